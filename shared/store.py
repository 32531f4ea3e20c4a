"""State, its events and the memory of what was applied, saved in one write of one document.

A document lies in the database as ``{_id, kind, version, spoken, …fields…, outbox, seen, done}``: ``spoken`` is its
last event's sequence, ``outbox`` the events not yet acknowledged by Kafka, ``seen`` how far it has followed each
subject, ``done`` its last commands with their answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, Self

from pydantic import BaseModel

from shared.clock import Clock, system_clock
from shared.coalesce import Coalesced
from shared.command import Command
from shared.document import D, Decision, Document, Fact
from shared.envelope import Received
from shared.errors import NotFound, OutcomeUnknown, Unavailable
from shared.fold import Fold, Saved, Within
from shared.port import Conflict, Outcome, Port, Raw
from shared.voice import Voice

MOST_FOLDED = 32
"""Decisions that one write carries at most; fewer than the commands a document remembers."""
MOST_AT_ONCE = 1_000
"""Documents in one round trip."""


class Page(NamedTuple, Generic[D]):
    """Documents in order of their id; ``next`` is the id to go on after, or None at the end."""

    items: list[D]
    next: str | None


def place(document: Document, by: str) -> str:
    """Where a document stands in the order of the text ``by``; no id holds the end of a line."""
    return f"{document.id}\n{getattr(document, by)}"


class Relay(Protocol):
    """Where outboxes are handed to after a write."""

    def hand_over(self, id: str, authority: str, outbox: Sequence[Raw]) -> None: ...


class Chain:
    """The decisions of one run of records of one key: told when decided, saved together at the end.

    As a context it leaves no document open behind it, however the run ends.
    """

    def __init__(self, collection: Collection, careful: bool) -> None:
        self._collection = collection
        self._careful = careful
        self._folds: dict[str, list[Fold]] = {}

    def joined(self, kind: type[Document], id: str, new: bool) -> Fold | None:
        """The fold in which the next decision on ``id`` is made; None when this chain has to wait for it."""
        mine = self._folds.get(id)
        if mine is None:
            fold = self._collection.open_fold(kind, id, new and not self._careful)
            self._folds[id] = [fold]
            return fold
        return None if mine[-1].closed else mine[-1]

    async def next(self, kind: type[Document], id: str, new: bool) -> Fold:
        """The fold after the one in which this chain's last decision on ``id`` was made.

        Raises ``Conflict`` when that one was not saved: a later event must never be applied without the earlier
        one, or it would make it look old.
        """
        mine = self._folds[id]
        _raise(await mine[-1].saved)
        fold = self._collection.open_fold(kind, id, new and not self._careful)
        mine.append(fold)
        return fold

    async def save(self) -> None:
        """Write what was decided. Raises ``Conflict`` or ``Unavailable`` when the chain has to run again."""
        folds = self._folds
        self._close()
        for folded in folds.values():
            for fold in folded:
                outcome = await fold.saved
                # Nothing was decided on what could not be loaded, and whoever asked for it was told so.
                if fold.loaded.result() is None:
                    _raise(outcome)

    def _close(self) -> None:
        folds, self._folds = self._folds, {}
        for folded in folds.values():
            self._collection.close(folded[-1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        # What was decided before something failed is true all the same, and others may have decided on it.
        self._close()


class Collection:
    """A service's one collection: loads, folds and writes documents of every kind."""

    def __init__(
        self,
        port: Port,
        relay: Relay,
        *,
        clock: Clock = system_clock,
        epoch: int = 0,
        new_correlation: Callable[[], str],
    ) -> None:
        self.port = port
        self._relay = relay
        self._voice = Voice(clock, epoch, new_correlation)
        self._open: dict[str, Fold] = {}
        self._last: dict[str, Fold] = {}
        self._reads = Coalesced[str, Raw | None](self._read_together, most=MOST_AT_ONCE)
        self._writes = Coalesced[Any, Outcome](port.write, most=MOST_AT_ONCE)
        self._single: dict[str, int] = {}

    def chain(self, *, careful: bool = False) -> Chain:
        """A new run of records. A ``careful`` one, after a conflict, does not guess that a document is new."""
        return Chain(self, careful)

    async def read(self, id: str) -> Raw | None:
        """The document with this id, read together with whatever else is asked for now."""
        return await self._reads.ask(id)

    async def apply(
        self,
        kind: type[Document],
        id: str,
        decide: Callable[[Any], Decision[Any]],
        *,
        because: Received[Any] | None = None,
        command: Command | None = None,
        answer: Callable[[Any], BaseModel] | None = None,
        creates: bool = False,
        new: bool = False,
        within: Within = None,
    ) -> Saved[Any]:
        """Decide on one document and save what was decided.

        In a chain (``because.chain``) it returns when decided; else success and refusal are told only after the
        write they rest on is acknowledged.
        """
        if because is not None and because.chain is not None:
            chain: Chain = because.chain
            fold = chain.joined(kind, id, new) or await chain.next(kind, id, new)
            if not fold.loaded.done() or fold.loaded.result() is not None:
                _raise(await fold.loaded)
            if fold.closed:
                # It was taken away for saving while this chain waited for its turn.
                return await self.apply(kind, id, decide, because=because, creates=creates, within=within)
            told = fold.decide(decide, because, command, answer, creates, within)
            self._close_if_full(fold)
            return told
        while True:
            fold = self._fresh_fold(kind, id, new)
            _raise(await fold.loaded)
            if fold.closed:
                continue
            refused: Exception | None = None
            saved: Saved[Any] | None = None
            try:
                saved = fold.decide(decide, because, command, answer, creates, within)
            except Exception as error:  # noqa: BLE001 - raised again as soon as what it rests on is saved
                refused = error
            self._close_if_full(fold)
            # Everybody else who was waiting for this value decides first, in this same turn of the loop.
            asyncio.get_running_loop().call_soon(self.close, fold)
            outcome = await fold.saved
            if isinstance(outcome, Conflict):
                new = False
                continue
            _raise(outcome)
            if refused is not None:
                raise refused
            assert saved is not None
            return saved

    def open_fold(self, kind: type[Document], id: str, new: bool) -> Fold:
        """The fold of ``id`` that still takes decisions; a new one when there is none."""
        fold = self._open.get(id)
        if fold is None:
            fold = self._open[id] = Fold(self._voice, kind, id)
            prior, self._last[id] = self._last.get(id), fold
            if prior is not None and not prior.saved.done():
                prior.saved.add_done_callback(lambda _: self._load(fold, prior))
            elif new:
                # Most likely it is not there: the insert itself will tell, which saves a round trip.
                fold.joinable = False
                fold.loaded.set_result(None)
            else:
                self._load(fold, None)
        return fold

    def _fresh_fold(self, kind: type[Document], id: str, new: bool) -> Fold:
        """A fold whose value will be no older than this call, for those who tell a person."""
        fold = self._open.get(id)
        if fold is not None and not fold.joinable:
            del self._open[id]
            if fold.loaded.done():
                self.close(fold)
            else:
                fold.closing = True
        return self.open_fold(kind, id, new)

    def _close_if_full(self, fold: Fold) -> None:
        if fold.decided >= (1 if self._single.get(fold.id, 0) else MOST_FOLDED):
            self.close(fold)

    def close(self, fold: Fold) -> None:
        """Take no more decisions and save those that were made."""
        if fold.closed:
            return
        fold.closed = True
        if self._open.get(fold.id) is fold:
            del self._open[fold.id]
        if fold.loaded.done() and fold.loaded.result() is None and fold.dirty:
            self._save(fold)
        else:
            self._settle(fold, fold.loaded.result() if fold.loaded.done() else None)

    def _load(self, fold: Fold, prior: Fold | None) -> None:
        if prior is not None and prior.saved.result() is None and prior.dirty:
            fold.joinable = False
            fold.follow(prior)
            self._loaded(fold, None)
            return

        def begin(reading: asyncio.Future[Raw | None]) -> None:
            error = reading.exception()
            if error is None:
                try:
                    fold.begin(reading.result())
                except Exception as wrong:  # noqa: BLE001 - handed to everybody who waits for this document
                    error = wrong
            self._loaded(fold, error)

        self._reads.ask(fold.id).add_done_callback(begin)

    def _loaded(self, fold: Fold, error: BaseException | None) -> None:
        if fold.closed:
            return
        fold.loaded.set_result(error if isinstance(error, Exception) else None)
        if error is not None:
            self.close(fold)
        elif fold.closing:
            asyncio.get_running_loop().call_soon(self.close, fold)

    def _save(self, fold: Fold) -> None:
        try:
            prepared = self.port.prepare(fold.as_write())
        except Exception as wrong:  # noqa: BLE001 - handed to everybody whose decision is in this write
            self._saved(fold, wrong)
            return

        def written(writing: asyncio.Future[Outcome]) -> None:
            error = writing.exception()
            self._saved(fold, writing.result() if error is None else OutcomeUnknown(repr(error)))

        self._writes.ask(prepared).add_done_callback(written)

    def _saved(self, fold: Fold, outcome: Outcome) -> None:
        if outcome is not None and fold.decided > 1 and not isinstance(outcome, Unavailable | Conflict):
            # One of them is to blame. They decide again, one by one, and only that one is told.
            self._single[fold.id] = fold.decided
            outcome = Conflict()
        elif self._single and (left := self._single.get(fold.id, 0)) and fold.decided == 1:
            self._single[fold.id] = left - 1
            if left == 1:
                del self._single[fold.id]
        self._settle(fold, outcome)
        if outcome is None and fold.document is not None and (outbox := fold.outbox + fold.new_outbox):
            self._relay.hand_over(fold.id, fold.document.authority, outbox)

    def _settle(self, fold: Fold, outcome: Outcome) -> None:
        if self._last.get(fold.id) is fold:
            del self._last[fold.id]
        if not fold.loaded.done():
            fold.loaded.set_result(None)
        fold.saved.set_result(outcome)

    async def _read_together(self, ids: Sequence[str]) -> Sequence[Raw | None]:
        for id in ids:
            if (fold := self._open.get(id)) is not None:
                fold.joinable = False
        found = {raw["_id"]: raw for raw in await self.port.read(list(dict.fromkeys(ids)))}
        return [found.get(id) for id in ids]


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


def _raise(outcome: Outcome) -> None:
    if outcome is not None:
        raise outcome
