"""A service's one collection: what is asked of many documents at once is loaded, decided and written together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

from pydantic import BaseModel

from shared.clock import Clock, system_clock
from shared.coalesce import Coalesced
from shared.command import Command
from shared.document import Decision, Document
from shared.envelope import Received
from shared.errors import OutcomeUnknown, Unavailable
from shared.fold import Fold, Saved, Within
from shared.port import Conflict, Outcome, Port, Raw
from shared.voice import Voice

MOST_FOLDED = 32
"""Decisions that one write carries at most; fewer than the commands a document remembers."""
MOST_AT_ONCE = 1_000
"""Documents in one round trip."""


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


def _raise(outcome: Outcome) -> None:
    if outcome is not None:
        raise outcome
