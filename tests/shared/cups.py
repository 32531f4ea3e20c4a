"""A document, events and a store that mean nothing, for tests of the plumbing."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from shared.command import Command
from shared.document import Decision, Document, Fact, Heard
from shared.envelope import Received
from shared.errors import Refusal
from shared.store import Store

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class CupFull(Refusal):
    vi = "Cốc {id} đã đầy."
    en = "Cup {id} is full."


class Poured(Fact):
    TYPE: ClassVar[str] = "vn.ocop.cup.poured.v1"
    STREAM: ClassVar[str] = "cups"

    drops: int


class Rained(Heard):
    TYPE: ClassVar[str] = "vn.ocop.sky.rained.v1"
    STREAM: ClassVar[str] = "skies"

    drops: int
    cup: str = "cup"


class Cup(Document):
    drops: int = 0
    note: str = ""
    poured_by: tuple[str, ...] = ()

    def pour(self, drops: int) -> Decision["Cup"]:
        if self.drops + drops > 1_000_000:
            raise CupFull(id=self.id)
        return self.but(drops=self.drops + drops), (Poured(drops=drops),)


class Cups(Store[Cup]):
    model = Cup
    indexes = (("drops",),)
    alphabetical = (("authority", "note"),)


class RelayHeard:
    """A relay that only remembers what it was handed."""

    def __init__(self) -> None:
        self.handed: list[tuple[str, str, list[int]]] = []

    def hand_over(self, id: str, authority: str, outbox: Any) -> None:
        self.handed.append((id, authority, [entry["sequence"] for entry in outbox]))


def asked(key: str, body: str = "same") -> Command:
    return Command(f"person|{key}", body, "correlation")


def rained(sequence: int, drops: int = 1, *, subject: str = "sky", authority: str = "37", chain: Any = None) -> Any:
    return Received(
        data=Rained(drops=drops),
        type=Rained.TYPE,
        id=f"{subject}.{sequence}",
        source=f"/authorities/{authority}/weather",
        authority=authority,
        addressee=authority,
        subject=subject,
        sequence=sequence,
        time=NOW + timedelta(seconds=sequence),
        correlation_id="correlation",
        traceparent="",
        chain=chain,
    )
