"""State, its events and the memory of what was applied, saved in one write: the documents of one kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple

from pydantic import BaseModel

from shared.collection import Collection
from shared.command import Command
from shared.document import D, Decision, Document, Fact
from shared.envelope import Received
from shared.errors import NotFound
from shared.fold import Saved, Within
from shared.port import Raw


class Page(NamedTuple, Generic[D]):
    """Documents in order of their id; ``next`` is the id to go on after, or None at the end."""

    items: list[D]
    next: str | None


def place(document: Document, by: str) -> str:
    """Where a document stands in the order of the text ``by``; no id holds the end of a line."""
    return f"{document.id}\n{getattr(document, by)}"


class Store(Generic[D]):
    """The documents of one kind. Subclasses name the model and the indexes of their queries."""

    model: type[D]
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    alphabetical: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Indexes for lists in alphabetical order, each ending in the field that holds the text."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    async def add(
        self,
        document: D,
        *facts: Fact,
        because: Received[Any] | None = None,
        command: Command | None = None,
        answer: Callable[[D], BaseModel] | None = None,
    ) -> Saved[D]:
        """Insert. When the id is there already nothing changes and ``fresh`` is False."""

        def decide(held: D | None) -> Decision[D]:
            if held is not None:
                raise _AlreadyThere(held)
            return document, facts

        try:
            return await self.collection.apply(
                self.model,
                document.id,
                decide,
                because=because,
                command=command,
                answer=answer,
                creates=True,
                new=True,
            )
        except _AlreadyThere as there:
            held = there.document
            said = answer(held).model_dump(mode="json") if answer is not None else {"id": held.id}
            return Saved(held, False, said)

    async def change(
        self,
        id: str,
        decide: Callable[[D], Decision[D]],
        *,
        because: Received[Any] | None = None,
        command: Command | None = None,
        answer: Callable[[D], BaseModel] | None = None,
        within: Within = None,
    ) -> Saved[D]:
        """Load, decide, save; again from the start when another write came first.

        Raises ``NotFound`` when there is no such document within reach, whatever ``decide`` raises, ``KeyReused``,
        and ``Unavailable`` when the database or Kafka is away.
        """
        return await self.collection.apply(
            self.model, id, decide, because=because, command=command, answer=answer, within=within
        )

    async def change_if_there(
        self, id: str, decide: Callable[[D], Decision[D]], *, because: Received[Any]
    ) -> Saved[D] | None:
        """As ``change``, for what means nothing where there is no such document: then None, and none is made."""
        try:
            return await self.change(id, decide, because=because)
        except NotFound:
            return None

    async def settle(
        self,
        id: str,
        decide: Callable[[D | None], Decision[D]],
        *,
        because: Received[Any] | None = None,
        command: Command | None = None,
        answer: Callable[[D], BaseModel] | None = None,
    ) -> Saved[D]:
        """As ``change``, and ``decide`` is given None when there is no such document yet."""
        return await self.collection.apply(
            self.model, id, decide, because=because, command=command, answer=answer, creates=True
        )

    async def get(self, id: str, within: Within = None) -> D:
        """The document. Raises ``NotFound`` when it is not there or not within reach."""
        raw = await self.collection.read(id)
        if raw is None or raw["kind"] != self.model.__name__:
            raise NotFound(what=id)
        if within and any(raw.get(name) != value for name, value in within.items()):
            raise NotFound(what=id)
        return self._document(raw)

    async def find(self, where: Mapping[str, Any], *, after: str | None = None, limit: int = 50) -> Page[D]:
        """A page of the documents whose stored fields match, ordered by id."""
        found = await self.collection.port.find(self._of_kind(where), after=after, limit=limit + 1)
        items = [self._document(raw) for raw in found[:limit]]
        return Page(items, items[-1].id if len(found) > limit else None)

    async def every(self, where: Mapping[str, Any], *, at_once: int = 500) -> AsyncIterator[D]:
        """All documents whose stored fields match, ordered by id, read so many at a time as they are asked for."""
        after: str | None = None
        while True:
            page = await self.find(where, after=after, limit=at_once)
            for document in page.items:
                yield document
            if (after := page.next) is None:
                return

    async def listed(self, by: str, where: Mapping[str, Any], *, after: str | None = None, limit: int = 50) -> Page[D]:
        """A page of the documents whose stored fields match, in the Vietnamese order of the text ``by``.

        ``after`` and the page's ``next`` are places in this order: the text and the id of a document.
        """
        id, _, text = (after or "").partition("\n")
        start = None if after is None else (text, id)
        found = await self.collection.port.alphabetical(self._of_kind(where), by, after=start, limit=limit + 1)
        items = [self._document(raw) for raw in found[:limit]]
        return Page(items, place(items[-1], by) if len(found) > limit else None)

    async def count(self, where: Mapping[str, Any]) -> int:
        return await self.collection.port.count(self._of_kind(where))

    async def tally(self, where: Mapping[str, Any], by: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
        """How many documents have each combination of values of the stored fields ``by``: totals are queries."""
        return await self.collection.port.tally(self._of_kind(where), by)

    async def due(self, now: datetime, limit: int, where: Mapping[str, Any] = MappingProxyType({})) -> list[str]:
        """The ids of documents whose timer has come, the longest waiting first."""
        return await self.collection.port.due(self._of_kind({**where, "due": {"$lte": now}}), limit)

    def _of_kind(self, where: Mapping[str, Any]) -> Raw:
        return {"kind": self.model.__name__, **where}

    def _document(self, raw: Raw) -> D:
        return self.model.model_validate({**raw, "id": raw["_id"]})


class _AlreadyThere(Exception):
    def __init__(self, document: Any) -> None:
        self.document = document
