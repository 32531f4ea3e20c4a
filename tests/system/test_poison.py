"""Poison on the real services: parked with its cause, its subject waits, everybody else goes on, replay keeps order."""

import json
import uuid
from typing import Any

import pytest

from services.scoring.domain.evaluation import evaluation_id
from tests.system.country import HOME, NEIGHBOUR, Country, Said, eventually, submitted

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

REASON = {"reason": "the file was mended"}

POISON: dict[str, dict[str, Any]] = {
    "bytes that are no JSON": {"body": (b"\xff\xfe{",)},
    "a null body": {"body": (None,)},
    "a body that is not the event's": {"body": (b'{"to": 37}',)},
    "a header that is not UTF-8": {"headers": {"ce_correlationid": b"\xff\xfe"}},
    "the authority of another province": {"headers": {"ce_source": f"/authorities/{NEIGHBOUR}/dossier".encode()}},
    "a source that is none": {"headers": {"ce_source": b"dossier"}},
    "no type": {"headers": {"ce_type": None}},
    "a sequence that is no number": {"headers": {"ce_sequence": b"first"}},
    "a time that does not exist": {"headers": {"ce_time": b"2026-02-30T00:00:00Z"}},
    "a subject that is not the key": {"headers": {"ce_subject": b"another"}},
}


def fresh(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:12]}"


def lane_of(event: Said) -> str:
    return f"lane/ocop.{event.authority}.{event.stream}/{event.subject}"


@pytest.mark.parametrize("what", POISON)
async def test_poison_is_parked_and_only_its_subject_waits(country: Country, what: str) -> None:
    bad = submitted(fresh("poison"))._replace(**POISON[what])
    behind = submitted(bad.subject, 2)
    other = submitted(fresh("well"))

    await country.speak(bad, behind, other)

    await country.evaluated(other.subject, 1)
    lane = await country.lane("scoring", lane_of(bad), 2)
    assert [event["cause"] for event in lane["events"]] == ["malformed", "behind"]
    assert lane["events"][0]["reason"]
    told = await country.ask("GET", "scoring", f"/evaluations/{evaluation_id(bad.subject, HOME, 1)}", "council_chair")
    assert told.status_code == 404, "a later event was applied before the poison was dealt with"

    # What cannot be read cannot be mended either: it is discarded, and what waited behind it is applied.
    await country.tell("scoring", f"/operations/parked/{lane_of(bad)}/discard", REASON, "operator")
    replayed = await country.tell("scoring", f"/operations/parked/{lane_of(bad)}/replay", REASON, "operator")
    assert replayed == {"applied": 1}
    await country.evaluated(bad.subject, 2)


async def test_the_fault_of_a_handler_is_parked_and_replay_applies_what_waited_in_order(country: Country) -> None:
    dossier = fresh("broken")
    id = evaluation_id(dossier, HOME, 1)
    # A document as a faulty release would have left it: no handler can read it.
    broken = {"_id": id, "kind": "Evaluation", "version": 1, "spoken": 0, "outbox": [], "seen": {}, "done": []}
    async with country.collection("scoring") as evaluations:
        await evaluations.insert_one(broken)
    events = [submitted(dossier, version) for version in (1, 2, 3)]
    other = submitted(fresh("well"))

    await country.speak(*events, other)

    await country.evaluated(other.subject, 1)
    lane = await country.lane("scoring", lane_of(events[0]), 3)
    assert [event["cause"] for event in lane["events"]] == ["bug", "behind", "behind"]
    assert "ValidationError" in lane["events"][0]["reason"]
    assert "ocop_events_retried_total{" in await country.metrics("scoring")
    still = await country.ask("POST", "scoring", f"/operations/parked/{lane['id']}/replay", "operator", json=REASON)
    assert still.status_code == 409

    async with country.collection("scoring") as evaluations:
        await evaluations.delete_one({"_id": id})
    replayed = await country.tell("scoring", f"/operations/parked/{lane['id']}/replay", REASON, "operator")

    assert replayed == {"applied": 3}
    await country.evaluated(dossier, 3)

    async def spoken() -> bool:
        said = [record for record in await country.records(HOME, "scores") if record.key == id.encode()]
        return [dict(record.headers)["ce_sequence"] for record in said] == [b"%020d" % n for n in (1, 2, 3)]

    await eventually(spoken, "each version is told once, in order")


async def test_what_a_rule_refuses_is_parked_with_its_sentence_until_it_is_discarded(country: Country) -> None:
    refused = submitted(fresh("unknown"), product_set="spaceships")

    await country.speak(refused)

    lane = await country.lane("scoring", lane_of(refused), 1)
    assert lane["events"][0]["cause"] == "refused"
    replay = await country.ask("POST", "scoring", f"/operations/parked/{lane['id']}/replay", "operator", json=REASON)
    assert replay.status_code in (409, 422)
    discarded = await country.tell("scoring", f"/operations/parked/{lane['id']}/discard", REASON, "operator")
    assert discarded["sequence"] == 1
    async with country.collection("scoring") as evaluations:
        held = await evaluations.find_one({"_id": lane["id"]})
    assert [(action["what"], action["who"], action["why"]) for action in held["actions"]] == [
        ("discarded", "operator#operator-37", REASON["reason"])
    ]


async def test_a_parked_event_stands_on_the_dead_letter_topic_of_its_authority(country: Country) -> None:
    bad = submitted(fresh("dead"))._replace(body=(b"{",))

    await country.speak(bad)

    async def recorded() -> bool:
        letters = await country.records(HOME, "dossiers.dlq")
        told = [json.loads(letter.value) for letter in letters]
        return any(letter["key"] == bad.subject and letter["service"] == "scoring" for letter in told)

    await eventually(recorded, "the dead letter is there")
    await country.tell("scoring", f"/operations/parked/{lane_of(bad)}/discard", REASON, "operator")


async def test_a_type_that_nobody_consumes_is_skipped(country: Country) -> None:
    dossier = fresh("later")
    unknown = submitted(dossier)._replace(type="vn.ocop.dossier.photographed.v1", body=(b"\xff",))

    await country.speak(unknown, submitted(dossier, 2))

    await country.evaluated(dossier, 2)
    parked = await country.read("scoring", "/operations/parked?limit=200", "operator")
    assert all(lane["subject"] != dossier for lane in parked["items"])
