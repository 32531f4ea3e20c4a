"""A command from outside: who asked for what, so that asking again is recognised."""

from typing import NamedTuple


class Command(NamedTuple):
    """One request to change something.

    ``id`` is made of principal, route and Idempotency-Key, or fresh when the asker sent no key; ``hash`` is the
    SHA-256 of the request body; ``correlation_id`` goes on into every event the command causes.
    """

    id: str
    hash: str
    correlation_id: str
