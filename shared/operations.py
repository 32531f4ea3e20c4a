"""What an operator may ask of a process and do to it: status, parked events, the clock."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.delivery import Delivery
from shared.envelope import printable
from shared.errors import Malformed, NotFound, Refusal
from shared.health import Health, Status
from shared.http import Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.parked import Action, Cause, Lane, Lanes, Parking
from shared.text import Text
from shared.timers import ClockGuard


class StillMalformed(Refusal):
    """What was parked because it cannot be read still cannot be read."""

    vi = "Sự kiện đầu làn vẫn không đọc được ({reason}). Hãy loại nó với lý do; bên gửi sẽ đính chính bằng sự kiện mới."
    en = "The first event of the lane still cannot be read ({reason}). Discard it; its speaker corrects with a new one."


Watching = Annotated[Caller, allow("operator", "observer")]
Operating = Annotated[Caller, allow("operator")]


class Reason(BaseModel):
    """Why an operator does what cannot be undone."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Text(500)]


class Discarding(Reason):
    """Why, and which event is meant: with the offset of the lane's first event a repeat takes no other out."""

    offset: Annotated[int, Field(strict=True, ge=0)] | None = None


class ParkedView(BaseModel):
    """A parked event, for a person to read."""

    sequence: int
    offset: int
    cause: Cause
    reason: str
    parked_at: datetime
    headers: dict[str, str]
    body: str


class LaneView(BaseModel):
    """The parked events of one subject, and what was done with those that are gone."""

    id: str
    topic: str
    subject: str
    events: list[ParkedView]
    actions: tuple[Action, ...]

    @classmethod
    def of(cls, lane: Lane) -> "LaneView":
        events = [
            ParkedView(
                sequence=event.sequence,
                offset=event.offset,
                cause=event.cause,
                reason=event.reason,
                parked_at=event.parked_at,
                headers=printable(event.headers),
                body=(event.value or b"")[:4_000].decode(errors="backslashreplace"),
            )
            for event in lane.events
        ]
        return cls(id=lane.id, topic=lane.topic, subject=lane.subject, events=events, actions=lane.actions)


class Replayed(BaseModel):
    """How many events of a lane were applied."""

    applied: int


class GroupView(BaseModel):
    """Lanes whose first events fail alike."""

    group: str
    trouble: str
    lanes: int
    events: int
    since: datetime


class LaneFailing(BaseModel):
    """A lane that could not be emptied, and why."""

    lane: str
    reason: str


class GroupReplayed(BaseModel):
    """What became of the lanes of a group: how many were emptied, and those that still fail."""

    lanes: int
    applied: int
    failing: list[LaneFailing]


class Discarded(BaseModel):
    """Which event was taken out of its lane."""

    sequence: int
    offset: int


class ClockNow(BaseModel):
    """The time that an operator has vouched for."""

    now: datetime


def operations_routes(
    health: Health, parking: Parking, lanes: Lanes, delivery: Delivery, guard: ClockGuard
) -> APIRouter:
    """The routes below ``/operations``, the same in every service."""
    router = Router(prefix="/operations", tags=["operations"])

    @router.get("/status")
    async def status(caller: Watching) -> Status:
        return health.status()

    @router.get("/parked")
    async def parked(caller: Watching, after: After = None, limit: Limit = 50) -> Page[LaneView]:
        """Lanes in which events wait, of the caller's authority."""
        found = await lanes.find({**Lanes.WAITING, "authority": caller.authority}, after=after, limit=limit)
        return Page.of((LaneView.of(lane) for lane in found.items), found.next)

    @router.get("/parked/{lane:path}")
    async def one(lane: str, caller: Watching) -> LaneView:
        """One lane, also after it was emptied: who replayed or discarded what, when and why."""
        return LaneView.of(await lanes.get(lane, {"authority": caller.authority}))

    @router.get("/parked-groups")
    async def groups(caller: Watching) -> list[GroupView]:
        """What is wrong, by how many lanes it holds up: each group is mended by one thing."""
        grouped: defaultdict[str, list[Lane]] = defaultdict(list)
        async for lane in lanes.every({**Lanes.WAITING, "authority": caller.authority}):
            grouped[lane.events[0].group].append(lane)
        views = [
            GroupView(
                group=group,
                trouble=alike[0].events[0].trouble,
                lanes=len(alike),
                events=sum(len(lane.events) for lane in alike),
                since=min(lane.events[0].parked_at for lane in alike),
            )
            for group, alike in grouped.items()
        ]
        return sorted(views, key=lambda view: -view.lanes)

    @router.post("/parked-groups/{group}/replay")
    async def replay_group(group: str, body: Reason, caller: Operating) -> GroupReplayed:
        """Empty every lane whose first event is of this group, each in order; one that still fails holds up itself."""
        waiting = lanes.every({**Lanes.WAITING, "authority": caller.authority})
        alike = [lane async for lane in waiting if lane.events[0].group == group]
        if not alike:
            raise NotFound(what=group)
        applied, failing = 0, []
        for lane in alike:
            try:
                applied += await parking.replay(lane.id, delivery.replay, caller.principal, body.reason)
            except (Malformed, Refusal) as error:
                failing.append(LaneFailing(lane=lane.id, reason=str(error)[:500]))
        return GroupReplayed(lanes=len(alike) - len(failing), applied=applied, failing=failing)

    @router.post("/parked/{lane:path}/replay")
    async def replay(lane: str, body: Reason, caller: Operating) -> Replayed:
        """Apply the events of a lane in order; stop at the first that still fails."""
        await lanes.get(lane, {"authority": caller.authority})
        try:
            applied = await parking.replay(lane, delivery.replay, caller.principal, body.reason)
        except Malformed as error:
            raise StillMalformed(reason=error) from error
        return Replayed(applied=applied)

    @router.post("/parked/{lane:path}/discard")
    async def discard(lane: str, body: Discarding, caller: Operating) -> Discarded:
        """Take the first event out of a lane without applying it; the speaker corrects with a new event."""
        await lanes.get(lane, {"authority": caller.authority})
        event = await parking.discard(lane, caller.principal, body.reason, body.offset)
        return Discarded(sequence=event.sequence, offset=event.offset)

    @router.post("/clock/accept")
    async def accept(caller: Operating) -> ClockNow:
        """Let the timers go on after the clock has jumped."""
        return ClockNow(now=await guard.accept(caller.principal))

    return router
