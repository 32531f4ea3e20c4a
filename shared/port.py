"""What the store asks of a database: a few verbs on one collection, each for many documents at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from shared.errors import Refusal

Raw = dict[str, Any]
"""A document as it lies in the database."""


class Insert(NamedTuple):
    """A new document; it conflicts when its ``_id`` is there already."""

    id: str
    document: Raw


class Update(NamedTuple):
    """A change of the document whose version is still ``version``; it conflicts when another came first."""

    id: str
    version: int
    fields: Raw
    unset: tuple[str, ...]
    outbox: list[Raw]
    seen: dict[str, int]
    done: list[Raw]


class Unsent(NamedTuple):
    """A document with events in its outbox, as the relay finds it."""

    id: str
    authority: str
    outbox: list[Raw]
    saved: datetime


class DocumentTooLarge(Refusal):
    status = 413
    vi = "Bản ghi {id} sẽ lớn hơn mức cho phép ({size} byte). Hãy chia nhỏ hoặc rút gọn nội dung."
    en = "Document {id} would be larger than is allowed ({size} bytes). Split or shorten what you send."


class Conflict(Exception):
    """Another write came first: load again and decide again. It never leaves the plumbing."""


Outcome = Exception | None
"""What became of one write of many: ``None`` when it is safely stored, ``Conflict``, ``DocumentTooLarge``,
``OutcomeUnknown`` when the database went away, anything else when it refused the write."""

LARGEST_WRITE = 8 * 1024 * 1024
"""Bytes one write may have, well under the 16 MiB of a document."""

KEPT_COMMANDS = 256
"""How many of its last commands a document remembers."""


class Port(Protocol):
    """One collection of one database."""

    async def read(self, ids: Sequence[str]) -> list[Raw]:
        """The documents with these ids that exist, in any order."""
        ...

    def prepare(self, write: Insert | Update) -> Any:
        """The write in the form ``write`` takes, encoded and measured. Raises ``DocumentTooLarge``."""
        ...

    async def write(self, prepared: Sequence[Any]) -> list[Outcome]:
        """All of them in one round trip, each for itself; the outcomes in the same order."""
        ...

    async def find(self, where: Mapping[str, Any], *, after: str | None, limit: int) -> list[Raw]:
        """Up to ``limit`` documents that match, ordered by ``_id``; with ``after``, those whose ``_id`` is greater."""
        ...

    async def due(self, where: Mapping[str, Any], limit: int) -> list[str]:
        """The ids of up to ``limit`` documents that match, ordered by their ``due``."""
        ...

    async def alphabetical(
        self, where: Mapping[str, Any], by: str, *, after: tuple[str, str] | None, limit: int
    ) -> list[Raw]:
        """Up to ``limit`` documents that match, in the Vietnamese order of the text ``by`` and then of their ``_id``.

        With ``after``, a text and an id, those that come after this place.
        """
        ...

    async def count(self, where: Mapping[str, Any]) -> int: ...

    async def tally(self, where: Mapping[str, Any], by: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
        """How many of the documents that match have each combination of values of the fields ``by``, in any order."""
        ...

    async def unsent(self, before: datetime, after: tuple[datetime, str] | None, limit: int) -> list[Unsent]:
        """Documents whose oldest unsent event was saved before ``before``, oldest first, from a cursor on."""
        ...

    async def oldest_unsent(self) -> datetime | None:
        """When the oldest event that is still unsent was saved."""
        ...

    async def unsent_documents(self, most: int) -> int:
        """How many documents hold unsent events, counted up to ``most``."""
        ...

    async def clear(self, acknowledged: Mapping[str, int]) -> None:
        """Drop from each outbox the events up to the sequence that Kafka has acknowledged."""
        ...

    async def prepare_indexes(
        self, indexes: Sequence[tuple[str, ...]], alphabetical: Sequence[tuple[str, ...]] = ()
    ) -> None:
        """Make the plumbing's own indexes and these; ``alphabetical`` ones end in the text of a list's order."""
        ...

    async def ping(self) -> None:
        """Raises ``Unavailable`` when the database does not answer."""
        ...
