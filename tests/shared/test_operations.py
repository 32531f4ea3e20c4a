"""What an operator may ask of a process and do to it, and nobody else."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from shared.collection import Collection
from shared.delivery import Delivery, bind
from shared.envelope import Received, Record
from shared.health import Health
from shared.http import create_app
from shared.kafka import KafkaAccess
from shared.memory import MemoryPort
from shared.operations import operations_routes
from shared.parked import Lanes, Parking
from shared.relay import Relay
from shared.timers import FURTHEST, ClockGuard
from tests.shared.cups import Cup, Cups, Rained, RelayHeard
from tests.shared.signing import Hands, claims, gate, sign
from tests.shared.test_parked import LANE, record

REASON = {"reason": "it is mended"}


class Tower:
    """The operations of a service that pours rain into cups, without a network."""

    def __init__(self) -> None:
        self.clock = Hands()
        self.port = MemoryPort()
        self.dry = False
        collection = Collection(self.port, RelayHeard(), clock=self.clock, new_correlation=lambda: "c")
        self.cups, self.lanes = Cups(collection), Lanes(collection)
        authorities = frozenset({"37", "48"})
        self.parking = Parking(self.lanes, "tea", authorities, self.clock)
        delivery = Delivery("tea", authorities, bind({Rained: self.pour}), collection, self.parking)
        self.guard = ClockGuard(collection, self.clock, "37")
        relay = Relay("tea", KafkaAccess("127.0.0.1:9"))
        self.health = Health("tea", "all", self.port, relay, delivery, self.guard)
        routes = operations_routes(self.health, self.parking, self.lanes, delivery, self.guard)
        self._app = create_app("tea", "1", [routes], gate=gate("37", "48"))

    async def pour(self, event: Received[Rained]) -> None:
        if self.dry:
            raise ZeroDivisionError
        await self.cups.settle(
            "cup", lambda cup: (cup or Cup(id="cup", authority="37")).pour(event.data.drops), because=event
        )

    async def park(self, *records: Record) -> None:
        for each in records:
            await self.parking.park(each, "bug", "why")

    def as_(self, role: str, authority: str = "37") -> httpx.AsyncClient:
        held = {"id": role, "role": role, "authority": authority, "from": "2026-01-01"}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app, raise_app_exceptions=False),
            base_url="http://tea",
            headers={"Authorization": f"Bearer {sign(claims(held))}", "Ocop-Appointment": role},
        )


@pytest.fixture
def tower() -> Tower:
    return Tower()


@pytest_asyncio.fixture
async def operator(tower: Tower) -> AsyncIterator[httpx.AsyncClient]:
    async with tower.as_("operator") as client:
        yield client


def rain(sequence: int) -> Record:
    return record(sequence, value=b'{"drops":%d}' % sequence)


async def test_parked_events_are_listed_for_their_own_authority_only(tower: Tower, operator: httpx.AsyncClient) -> None:
    await tower.park(rain(1), rain(2))

    listed = (await operator.get("/operations/parked")).json()["items"]
    async with tower.as_("operator", "48") as stranger:
        foreign = (await stranger.get("/operations/parked")).json()["items"]

    assert [(lane["id"], [event["sequence"] for event in lane["events"]]) for lane in listed] == [(LANE, [1, 2])]
    assert listed[0]["events"][0]["headers"]["ce_subject"] == "sky"
    assert foreign == []


async def test_replay_applies_a_lane_through_the_same_handler(tower: Tower, operator: httpx.AsyncClient) -> None:
    await tower.park(rain(1), rain(2))

    answer = await operator.post(f"/operations/parked/{LANE}/replay", json=REASON)

    assert answer.json() == {"applied": 2}
    assert (await tower.cups.get("cup")).drops == 3
    assert (await operator.get("/operations/parked")).json()["items"] == []


async def test_replay_of_what_still_fails_keeps_it(tower: Tower, operator: httpx.AsyncClient) -> None:
    await tower.park(rain(1))
    tower.dry = True

    answer = await operator.post(f"/operations/parked/{LANE}/replay", json=REASON)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/still-failing")
    assert "ZeroDivisionError" in answer.json()["detail"]
    assert len((await tower.lanes.get(LANE)).events) == 1


async def test_what_was_done_with_a_lane_is_told_after_it_was_emptied(
    tower: Tower, operator: httpx.AsyncClient
) -> None:
    await tower.park(rain(1), rain(2))
    await operator.post(f"/operations/parked/{LANE}/discard", json=REASON)
    await operator.post(f"/operations/parked/{LANE}/replay", json=REASON)

    lane = (await operator.get(f"/operations/parked/{LANE}")).json()
    async with tower.as_("operator", "48") as stranger:
        foreign = await stranger.get(f"/operations/parked/{LANE}")

    assert lane["events"] == []
    assert [(each["what"], each["sequence"], each["who"], each["why"]) for each in lane["actions"]] == [
        ("discarded", 1, "an#operator", "it is mended"),
        ("replayed", 2, "an#operator", "it is mended"),
    ]
    assert foreign.status_code == 404


async def test_discarding_names_the_person_and_the_reason(tower: Tower, operator: httpx.AsyncClient) -> None:
    await tower.park(rain(1), rain(2))

    answer = await operator.post(f"/operations/parked/{LANE}/discard", json=REASON)

    assert answer.json() == {"sequence": 1, "offset": 1}
    (action,) = (await tower.lanes.get(LANE)).actions
    assert (action.what, action.who, action.why) == ("discarded", "an#operator", "it is mended")


@pytest.mark.parametrize("what", ["replay", "discard"])
async def test_nobody_touches_the_lane_of_another_authority(tower: Tower, what: str) -> None:
    await tower.park(rain(1))

    async with tower.as_("operator", "48") as stranger:
        answer = await stranger.post(f"/operations/parked/{LANE}/{what}", json=REASON)

    assert answer.status_code == 404
    assert len((await tower.lanes.get(LANE)).events) == 1


@pytest.mark.parametrize("what", [f"parked/{LANE}/replay", f"parked/{LANE}/discard", "clock/accept"])
async def test_an_observer_may_look_and_not_touch(tower: Tower, what: str) -> None:
    await tower.park(rain(1))

    async with tower.as_("observer") as observer:
        looked = [(await observer.get(f"/operations/{page}")).status_code for page in ("status", "parked")]
        touched = await observer.post(f"/operations/{what}", json=REASON)

    assert looked == [200, 200]
    assert touched.status_code == 403


async def test_an_operator_accepts_a_clock_that_has_jumped(tower: Tower, operator: httpx.AsyncClient) -> None:
    await tower.guard.passed()
    assert (await operator.post("/operations/clock/accept")).status_code == 409, "there is nothing to accept"
    tower.clock.turn(FURTHEST + timedelta(hours=1))
    assert await tower.guard.passed() is None
    assert (await operator.get("/operations/status")).json()["clock_stopped_at"] is not None

    answer = await operator.post("/operations/clock/accept")

    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["now"]) == tower.clock.now
    assert await tower.guard.passed() == tower.clock.now


def cloudburst(subject: str, sequence: int) -> Record:
    """An event of a subject with a lane of its own."""
    one = record(sequence, value=b'{"drops":%d}' % sequence)
    headers = [(name, subject.encode() if name == "ce_subject" else raw) for name, raw in one.headers]
    return one._replace(key=subject.encode(), headers=headers)


async def test_lanes_are_grouped_by_what_is_wrong_with_them(tower: Tower, operator: httpx.AsyncClient) -> None:
    for number in range(3):
        await tower.parking.park(cloudburst(f"sky-{number}", 1), "bug", f"Traceback …\nKeyError: {number}")
    await tower.parking.park(cloudburst("sea", 1), "malformed", "the body is not rain")

    groups = (await operator.get("/operations/parked-groups")).json()
    async with tower.as_("operator", "48") as stranger:
        foreign = (await stranger.get("/operations/parked-groups")).json()

    assert [(group["lanes"], "KeyError: …" in group["trouble"]) for group in groups] == [(3, True), (1, False)]
    assert foreign == []


async def test_a_group_is_emptied_in_order_and_once(tower: Tower, operator: httpx.AsyncClient) -> None:
    poured: list[int] = []
    for subject in ("sky-1", "sky-2"):
        for sequence in (1, 2):
            await tower.parking.park(cloudburst(subject, sequence), "bug", "ZeroDivisionError")
            poured.append(sequence)
    (group,) = (await operator.get("/operations/parked-groups")).json()

    emptied = (await operator.post(f"/operations/parked-groups/{group['group']}/replay", json=REASON)).json()
    again = await operator.post(f"/operations/parked-groups/{group['group']}/replay", json=REASON)

    assert emptied == {"lanes": 2, "applied": 4, "failing": []}
    assert (await tower.cups.get("cup")).drops == sum(poured)
    assert again.status_code == 404
    lane = await tower.lanes.get("lane/ocop.37.skies/sky-1")
    assert [(action.sequence, action.why) for action in lane.actions] == [(1, "it is mended"), (2, "it is mended")]


async def test_a_lane_of_a_group_that_still_fails_holds_up_no_other(tower: Tower, operator: httpx.AsyncClient) -> None:
    await tower.parking.park(cloudburst("sky-1", 1)._replace(value=b"{"), "malformed", "not JSON")
    await tower.parking.park(cloudburst("sky-2", 1), "malformed", "not JSON")
    (group,) = (await operator.get("/operations/parked-groups")).json()

    told = (await operator.post(f"/operations/parked-groups/{group['group']}/replay", json=REASON)).json()

    assert (told["lanes"], told["applied"]) == (1, 1)
    assert [each["lane"] for each in told["failing"]] == ["lane/ocop.37.skies/sky-1"]


async def test_a_bug_that_is_not_mended_for_one_lane_holds_up_no_other(
    tower: Tower, operator: httpx.AsyncClient
) -> None:
    for subject in ("sky-1", "sky-2"):
        await tower.parking.park(cloudburst(subject, 1), "bug", "ZeroDivisionError")
    (group,) = (await operator.get("/operations/parked-groups")).json()
    tower.dry = True

    told = await operator.post(f"/operations/parked-groups/{group['group']}/replay", json=REASON)

    assert told.status_code == 200
    assert [each["lane"][-5:] for each in told.json()["failing"]] == ["sky-1", "sky-2"]


async def test_only_an_operator_replays_a_group(tower: Tower) -> None:
    async with tower.as_("observer") as observer:
        assert (await observer.post("/operations/parked-groups/x/replay", json=REASON)).status_code == 403
