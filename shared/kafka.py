"""How a process reaches Kafka, and what it calls itself there."""

import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from faststream.security import SASLScram512

from shared.document import CENTRE


class KafkaAccess(NamedTuple):
    """Address and credentials."""

    servers: str
    user: str | None = None
    password: str | None = None

    def client(self) -> dict[str, Any]:
        """The arguments of an aiokafka client."""
        if self.user is None:
            return self._manners()
        return {
            **self._manners(),
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }

    def broker(self) -> dict[str, Any]:
        """The arguments of a FastStream broker, which has words of its own for who one is."""
        if self.user is None:
            return self._manners()
        return {**self._manners(), "security": SASLScram512(self.user, self.password or "", use_ssl=False)}

    def _manners(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.servers.split(","),
            "metadata_max_age_ms": 5_000,
            "request_timeout_ms": 10_000,
            # While the broker is away each client knocks twice a second; at the usual 100 ms it would be a hot loop.
            "retry_backoff_ms": 500,
        }


def heard_topics(authorities: Collection[str], stream: str) -> str:
    """The pattern of the topics a deployment listens to.

    An authority hears itself and the centre; the centre hears everybody. FastStream takes braces for path parameters
    and aiokafka anchors a pattern only at its start, hence ``\\d\\d`` and ``$``.
    """
    who = r"\d\d" if CENTRE in authorities else "|".join(sorted({*authorities, CENTRE}))
    return rf"^ocop\.(?:{who})\.{re.escape(stream)}$"


def group(authorities: Iterable[str], service: str, stream: str) -> str:
    """The consumer group; its prefix is what the broker's access rules let this deployment use."""
    return f"ocop.{min(authorities)}.{service}.{stream}"
