"""State, its events and the memory of what was applied, saved in one write of one document.

A document lies in the database as ``{_id, kind, version, spoken, …fields…, outbox, seen, done}``: ``spoken`` is its
last event's sequence, ``outbox`` the events not yet acknowledged by Kafka, ``seen`` how far it has followed each
subject, ``done`` its last commands with their answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, Self

from pydantic import BaseModel

from shared.clock import Clock, system_clock
from shared.coalesce import Coalesced
from shared.command import Command
from shared.document import D, Decision, Document, Fact
from shared.envelope import CENTRE, EPOCH, Received
from shared.errors import KeyReused, Malformed, NotFound, OutboxFull, OutcomeUnknown, Unavailable
from shared.port import Conflict, Insert, Outcome, Port, Raw, Update
from shared.telemetry import tracing

MOST_FOLDED = 32
"""Decisions that one write carries at most; fewer than the commands a document remembers."""
MOST_FOLLOWED = 2_000
"""Subjects one document may follow."""
MOST_UNSENT = 1_000
"""Events that may wait in one document's outbox."""
LARGEST_EVENT = 256 * 1024
"""Bytes of data one event may carry."""
MOST_AT_ONCE = 1_000
"""Documents in one round trip."""

Within = Mapping[str, str] | None
"""The asker's reach: fields a document must have, for example ``{"authority": "37"}``."""


class WrongSpeaker(Malformed):
    """An event of an authority that has nothing to say about this document."""


class EventTooLarge(ValueError):
    """A decision speaks an event larger than ``LARGEST_EVENT``."""


class TooManySubjects(ValueError):
    """A document follows more subjects than one document should; what it counts belongs in a query."""


class Saved(NamedTuple, Generic[D]):
    """A document as it stands after a call. ``fresh`` is False when the call had been applied before.

    ``answer`` is what the command was answered the first time.
    """

    document: D
    fresh: bool
    answer: Raw


class Page(NamedTuple, Generic[D]):
    """Documents in order of their id; ``next`` is the id to go on after, or None at the end."""

    items: list[D]
    next: str | None


class Relay(Protocol):
    """Where outboxes are handed to after a write."""

    def hand_over(self, id: str, authority: str, outbox: Sequence[Raw]) -> None: ...


class _Fold:
    """One document on its way: loaded once, decided on by everybody who waits for it, written once."""

    def __init__(self, collection: Collection, kind: type[Document], id: str) -> None:
        self._collection = collection
        self._kind = kind
        self.id = id
        loop = asyncio.get_running_loop()
        self.loaded: asyncio.Future[Exception | None] = loop.create_future()
        self.saved: asyncio.Future[Outcome] = loop.create_future()
        # Whether the value will be no older than a call that comes now; whether it is to be saved as soon as loaded.
        self.joinable = True
        self.closing = False
        self.closed = False
        self.decided = 0
        self.foreign = False
        # What was loaded; a document that does not exist yet has version 0.
        self.stored: Document | None = None
        self.version = 0
        self.spoken = 0
        self.outbox: list[Raw] = []
        self.seen: dict[str, int] = {}
        self.done: dict[str, Raw] = {}
        # What was decided since.
        self.document: Document | None = None
        self.new_outbox: list[Raw] = []
        self.new_seen: dict[str, int] = {}
        self.new_done: list[Raw] = []

    def begin(self, raw: Raw | None) -> None:
        """Start from what the database holds."""
        if raw is not None:
            if raw["kind"] != self._kind.__name__:
                self.foreign = True
            else:
                self.stored = self._kind.model_validate({**raw, "id": raw["_id"]})
                self.version, self.spoken = raw["version"], raw["spoken"]
                self.outbox, self.seen = raw["outbox"], raw["seen"]
                self.done = {entry["command"]: entry for entry in raw["done"]}
        self.document = self.stored

    def follow(self, prior: _Fold) -> None:
        """Start from what ``prior`` has just saved, which is the truth at this instant."""
        self.stored = self.document = prior.document
        self.version, self.spoken = prior.version + 1, prior.spoken
        self.outbox = prior.outbox + prior.new_outbox
        self.seen = prior.seen | prior.new_seen
        self.done = prior.done | {entry["command"]: entry for entry in prior.new_done}

    @property
    def dirty(self) -> bool:
        return bool(self.new_outbox or self.new_seen or self.new_done) or self.document is not self.stored

    def decide(
        self,
        decide: Callable[[Any], Decision[Any]],
        because: Received[Any] | None,
        command: Command | None,
        answer: Callable[[Any], BaseModel] | None,
        creates: bool,
        within: Within,
    ) -> Saved[Any]:
        """Apply one decision to the value as it stands. A refusal leaves the value untouched."""
        held = self.document
        if self.foreign or (held is None and not creates):
            raise NotFound(what=self.id)
        if held is not None and within and any(getattr(held, name) != value for name, value in within.items()):
            raise NotFound(what=self.id)
        if command is not None and (known := self.done.get(command.id)) is not None and held is not None:
            if known["hash"] != command.hash:
                raise KeyReused()
            return Saved(held, False, known["answer"])
        origin = "" if because is None else because.origin
        if because is not None:
            if held is not None and because.sequence <= self.seen.get(origin, 0):
                return Saved(held, False, {})
            if len(self.seen) >= MOST_FOLLOWED and origin not in self.seen:
                raise TooManySubjects(f"{self.id} follows {MOST_FOLLOWED} subjects already")
        if len(self.outbox) + len(self.new_outbox) >= MOST_UNSENT:
            raise OutboxFull(f"{self.id} has {MOST_UNSENT} events that Kafka has not taken")
        new, facts = decide(held)
        if new.id != self.id or (held is not None and new.authority != held.authority):
            raise AssertionError(f"a decision changed the id or the authority of {self.id}")
        if because is not None and not _may_speak(because, new.authority):
            raise WrongSpeaker(f"{because.source} has nothing to say about {self.id} of {new.authority}")
        spoken = self._collection.speak(self.spoken, facts, because, command)
        said: Raw = {}
        if command is not None:
            said = answer(new).model_dump(mode="json") if answer is not None else {"id": new.id}
        if spoken:
            self.new_outbox.extend(spoken)
            self.spoken = spoken[-1]["sequence"]
        if because is not None:
            self.new_seen[origin] = self.seen[origin] = because.sequence
        if command is not None:
            entry = {"command": command.id, "hash": command.hash, "answer": said}
            self.new_done.append(entry)
            self.done[command.id] = entry
        self.document = new
        self.decided += 1
        return Saved(new, True, said)

    def as_write(self) -> Insert | Update:
        """Everything decided here, as one write."""
        new = self.document
        assert new is not None
        if self.version == 0:
            return Insert(self.id, self._whole(new))
        old = self.stored
        assert old is not None
        before, after = old.__dict__, new.__dict__
        changed = {name for name in after if before[name] is not after[name] and before[name] != after[name]}
        fields: Raw = new.model_dump(mode="json", include=changed - {"due"}) if changed else {}
        unset: tuple[str, ...] = ()
        if "due" in changed:
            if new.due is None:
                unset = ("due",)
            else:
                fields["due"] = new.due
        if self.new_outbox:
            fields["spoken"] = self.spoken
        return Update(self.id, self.version, fields, unset, self.new_outbox, self.new_seen, self.new_done)

    def _whole(self, new: Document) -> Raw:
        raw: Raw = {"_id": self.id, "kind": self._kind.__name__, "version": 1, "spoken": self.spoken}
        raw |= new.model_dump(mode="json", exclude={"id", "due"})
        if new.due is not None:
            raw["due"] = new.due
        return raw | {"outbox": self.new_outbox, "seen": self.new_seen, "done": self.new_done}


class Chain:
    """The decisions of one run of records of one key: told when decided, saved together at the end.

    As a context it leaves no document open behind it, however the run ends.
    """

    def __init__(self, collection: Collection, careful: bool) -> None:
        self._collection = collection
        self._careful = careful
        self._folds: dict[str, list[_Fold]] = {}

    def joined(self, kind: type[Document], id: str, new: bool) -> _Fold | None:
        """The fold in which the next decision on ``id`` is made; None when this chain has to wait for it."""
        mine = self._folds.get(id)
        if mine is None:
            fold = self._collection.open_fold(kind, id, new and not self._careful)
            self._folds[id] = [fold]
            return fold
        return None if mine[-1].closed else mine[-1]

    async def next(self, kind: type[Document], id: str, new: bool) -> _Fold:
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
        self._clock = clock
        self._floor = epoch * EPOCH
        self._new_correlation = new_correlation
        self._open: dict[str, _Fold] = {}
        self._last: dict[str, _Fold] = {}
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

    def open_fold(self, kind: type[Document], id: str, new: bool) -> _Fold:
        """The fold of ``id`` that still takes decisions; a new one when there is none."""
        fold = self._open.get(id)
        if fold is None:
            fold = self._open[id] = _Fold(self, kind, id)
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

    def _fresh_fold(self, kind: type[Document], id: str, new: bool) -> _Fold:
        """A fold whose value will be no older than this call, for those who tell a person."""
        fold = self._open.get(id)
        if fold is not None and not fold.joinable:
            del self._open[id]
            if fold.loaded.done():
                self.close(fold)
            else:
                fold.closing = True
        return self.open_fold(kind, id, new)

    def _close_if_full(self, fold: _Fold) -> None:
        if fold.decided >= (1 if self._single.get(fold.id, 0) else MOST_FOLDED):
            self.close(fold)

    def close(self, fold: _Fold) -> None:
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

    def speak(
        self, spoken: int, facts: Sequence[Fact], because: Received[Any] | None, command: Command | None
    ) -> list[Raw]:
        """The facts as outbox entries, each with the subject's next sequence."""
        if not facts:
            return []
        if because is not None:
            correlation, causation, trace = because.correlation_id, because.id, because.traceparent
        elif command is not None:
            correlation, causation, trace = command.correlation_id, command.id, ""
        else:
            correlation, causation, trace = self._new_correlation(), "", ""
        trace = tracing.current() or trace
        # The event's time is the service's; how long it waits to be sent is measured by the machine's own clock.
        saved = system_clock()
        now = saved if self._clock is system_clock else self._clock()
        entries: list[Raw] = []
        sequence = max(spoken, self._floor)
        for fact in facts:
            sequence += 1
            data = fact.model_dump_json().encode()
            if len(data) > LARGEST_EVENT:
                raise EventTooLarge(f"{fact.TYPE} has {len(data)} bytes, more than {LARGEST_EVENT}")
            entries.append(
                {
                    "sequence": sequence,
                    "type": fact.TYPE,
                    "stream": fact.stream,
                    "time": now,
                    "data": data,
                    "correlation": correlation,
                    "causation": causation,
                    "trace": trace,
                    "saved": saved,
                }
            )
        return entries

    def _load(self, fold: _Fold, prior: _Fold | None) -> None:
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

    def _loaded(self, fold: _Fold, error: BaseException | None) -> None:
        if fold.closed:
            return
        fold.loaded.set_result(error if isinstance(error, Exception) else None)
        if error is not None:
            self.close(fold)
        elif fold.closing:
            asyncio.get_running_loop().call_soon(self.close, fold)

    def _save(self, fold: _Fold) -> None:
        try:
            prepared = self.port.prepare(fold.as_write())
        except Exception as wrong:  # noqa: BLE001 - handed to everybody whose decision is in this write
            self._saved(fold, wrong)
            return

        def written(writing: asyncio.Future[Outcome]) -> None:
            error = writing.exception()
            self._saved(fold, writing.result() if error is None else OutcomeUnknown(repr(error)))

        self._writes.ask(prepared).add_done_callback(written)

    def _saved(self, fold: _Fold, outcome: Outcome) -> None:
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

    def _settle(self, fold: _Fold, outcome: Outcome) -> None:
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

    async def count(self, where: Mapping[str, Any]) -> int:
        return await self.collection.port.count(self._of_kind(where))

    async def tally(self, where: Mapping[str, Any], by: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
        """How many documents have each combination of values of the stored fields ``by``: totals are queries."""
        return await self.collection.port.tally(self._of_kind(where), by)

    async def due(self, now: datetime, limit: int) -> list[str]:
        """The ids of documents whose timer has come, the longest waiting first."""
        found = await self.collection.port.find(
            self._of_kind({"due": {"$lte": now}}), after=None, limit=limit, by="due"
        )
        return [raw["_id"] for raw in found]

    def _of_kind(self, where: Mapping[str, Any]) -> Raw:
        return {"kind": self.model.__name__, **where}

    def _document(self, raw: Raw) -> D:
        return self.model.model_validate({**raw, "id": raw["_id"]})


class _AlreadyThere(Exception):
    def __init__(self, document: Any) -> None:
        self.document = document


def _may_speak(event: Received[Any], authority: str) -> bool:
    """An event concerns its speaker's documents and its addressee's; the centre's concerns everybody."""
    return event.authority == CENTRE or authority in (event.authority, event.addressee)


def _raise(outcome: Outcome) -> None:
    if outcome is not None:
        raise outcome
