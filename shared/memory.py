"""The store's port to nothing but memory, for tests of rules; it passes the same suite as the real one."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from shared.encoding import decoded, encoded
from shared.errors import Unavailable
from shared.port import (
    KEPT_COMMANDS,
    Conflict,
    Insert,
    Outcome,
    Raw,
    Unsent,
    Update,
)
from shared.text import vietnamese_order

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$in": lambda have, want: have in want,
    "$lte": lambda have, want: have is not None and have <= want,
    "$lt": lambda have, want: have is not None and have < want,
    "$gte": lambda have, want: have is not None and have >= want,
    "$gt": lambda have, want: have is not None and have > want,
    "$ne": lambda have, want: have != want,
    "$regex": lambda have, want: isinstance(have, str) and re.search(want, have) is not None,
}


class MemoryPort:
    """One collection, in a dictionary. ``away`` makes it answer as a database that is gone."""

    def __init__(self) -> None:
        self.documents: dict[str, Raw] = {}
        self.away = False

    async def read(self, ids: Sequence[str]) -> list[Raw]:
        self._answer()
        return [_copy(self.documents[id]) for id in ids if id in self.documents]

    def prepare(self, write: Insert | Update) -> Insert | Update:
        if isinstance(write, Insert):
            return Insert(write.id, _copy(write.document))
        kept = {"fields": write.fields, "outbox": write.outbox, "seen": write.seen, "done": write.done}
        return write._replace(**decoded(encoded(write.id, kept)))

    async def write(self, prepared: Sequence[Any]) -> list[Outcome]:
        self._answer()
        return [self._one(write) for write in prepared]

    async def find(self, where: Mapping[str, Any], *, after: str | None, limit: int) -> list[Raw]:
        self._answer()
        found = [raw for raw in self.documents.values() if _matches(raw, where) and raw["_id"] > (after or "")]
        return [_copy(raw) for raw in sorted(found, key=lambda raw: raw["_id"])[:limit]]

    async def due(self, where: Mapping[str, Any], limit: int) -> list[str]:
        self._answer()
        found = [raw for raw in self.documents.values() if _matches(raw, where)]
        return [raw["_id"] for raw in sorted(found, key=lambda raw: raw["due"])[:limit]]

    async def alphabetical(
        self, where: Mapping[str, Any], by: str, *, after: tuple[str, str] | None, limit: int
    ) -> list[Raw]:
        self._answer()
        found = sorted(
            ((vietnamese_order(raw[by]), raw["_id"]), raw) for raw in self.documents.values() if _matches(raw, where)
        )
        start = None if after is None else (vietnamese_order(after[0]), after[1])
        return [_copy(raw) for place, raw in found if start is None or place > start][:limit]

    async def count(self, where: Mapping[str, Any]) -> int:
        self._answer()
        return sum(_matches(raw, where) for raw in self.documents.values())

    async def tally(self, where: Mapping[str, Any], by: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
        self._answer()
        found = (raw for raw in self.documents.values() if _matches(raw, where))
        return list(Counter(tuple(raw.get(name) for name in by) for raw in found).items())

    async def unsent(self, before: datetime, after: tuple[datetime, str] | None, limit: int) -> list[Unsent]:
        self._answer()
        waiting = sorted((raw["outbox"][0]["saved"], id) for id, raw in self.documents.items() if raw["outbox"])
        chosen = [at for at in waiting if at[0] < before and (after is None or at > after)][:limit]
        found = [(saved, _copy(self.documents[id])) for saved, id in chosen]
        return [Unsent(raw["_id"], raw["authority"], raw["outbox"], saved) for saved, raw in found]

    async def oldest_unsent(self) -> datetime | None:
        self._answer()
        return min((raw["outbox"][0]["saved"] for raw in self.documents.values() if raw["outbox"]), default=None)

    async def unsent_documents(self, most: int) -> int:
        self._answer()
        return min(most, sum(bool(raw["outbox"]) for raw in self.documents.values()))

    async def clear(self, acknowledged: Mapping[str, int]) -> None:
        self._answer()
        for id, last in acknowledged.items():
            raw = self.documents[id]
            raw["outbox"] = [entry for entry in raw["outbox"] if entry["sequence"] > last]

    async def prepare_indexes(
        self, indexes: Sequence[tuple[str, ...]], alphabetical: Sequence[tuple[str, ...]] = ()
    ) -> None:
        self._answer()

    async def ping(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("the memory port was told to be away")

    def _one(self, write: Insert | Update) -> Outcome:
        held = self.documents.get(write.id)
        if isinstance(write, Insert):
            if held is not None:
                return Conflict()
            self.documents[write.id] = write.document
            return None
        if held is None or held["version"] != write.version:
            return Conflict()
        held.update(write.fields)
        for name in write.unset:
            held.pop(name, None)
        held["outbox"] = held["outbox"] + write.outbox
        held["seen"] = held["seen"] | write.seen
        held["done"] = (held["done"] + write.done)[-KEPT_COMMANDS:]
        held["version"] += 1
        return None


def _copy(document: Raw) -> Raw:
    """The document as a database would give it back; it shares nothing with the other."""
    return decoded(encoded(document["_id"], document))


def _matches(raw: Raw, where: Mapping[str, Any]) -> bool:
    # Written as loops: tests that let years pass ask this of many thousand documents.
    for path, want in where.items():
        have = _along(raw, path) if "." in path else raw.get(path)
        if not isinstance(want, dict):
            if have != want and not (isinstance(have, list) and want in have):
                return False
            continue
        values = have if isinstance(have, list) else (have,)
        for sign, bound in want.items():
            if not any(map(_COMPARISONS[sign], values, repeat(bound))):
                return False
    return True


def _along(raw: Raw, path: str) -> Any:
    have: Any = raw
    for step in path.split("."):
        if isinstance(have, list) and step.isdigit():
            have = have[int(step)] if int(step) < len(have) else None
        else:
            have = [(one or {}).get(step) for one in have] if isinstance(have, list) else (have or {}).get(step)
    return have
