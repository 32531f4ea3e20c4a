"""One document on its way between two writes: what was loaded, and what has been decided on it since.

It lies in the database as ``{_id, kind, version, spoken, …fields…, outbox, seen, done}``: ``spoken`` is its last
event's sequence, ``outbox`` the events not yet acknowledged by Kafka, ``seen`` how far it has followed each subject,
``done`` its last commands with their answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple

from pydantic import BaseModel

from shared.command import Command
from shared.document import CENTRE, D, Decision, Document
from shared.envelope import Received
from shared.errors import KeyReused, Malformed, NotFound, OutboxFull
from shared.port import Insert, Outcome, Raw, Update
from shared.voice import Moment, Voice

MOST_FOLLOWED = 2_000
"""Subjects one document may follow."""
MOST_UNSENT = 1_000
"""Events that may wait in one document's outbox."""

Within = Mapping[str, str] | None
"""The asker's reach: fields a document must have, for example ``{"authority": "37"}``."""


class Saved(NamedTuple, Generic[D]):
    """A document as it stands after a call. ``fresh`` is False when the call had been applied before.

    ``answer`` is what the command was answered the first time.
    """

    document: D
    fresh: bool
    answer: Raw


class WrongSpeaker(Malformed):
    """An event of an authority that has nothing to say about this document."""


class TooManySubjects(ValueError):
    """A document follows more subjects than one document should; what it counts belongs in a query."""


class Fold:
    """One document on its way: loaded once, decided on by everybody who waits for it, written once."""

    def __init__(self, voice: Voice, kind: type[Document], id: str) -> None:
        self._voice = voice
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
        # What was decided since, and when the first of it was said: one write is one moment.
        self._moment: Moment | None = None
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

    def follow(self, prior: Fold) -> None:
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
        spoken: list[Raw] = []
        if facts:
            if self._moment is None:
                self._moment = self._voice.moment()
            spoken = self._voice.said(facts, self.spoken, self._moment, because, command)
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


def _may_speak(event: Received[Any], authority: str) -> bool:
    """An event concerns its speaker's documents and its addressee's; the centre's concerns everybody."""
    return event.authority == CENTRE or authority in (event.authority, event.addressee)
