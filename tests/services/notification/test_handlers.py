"""Events in: one delivery per event and person, however often the event comes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notification.domain.rules import rules_for
from services.notification.events import CONSUMES
from services.notification.events.dossiers import DossierSubmitted
from services.notification.handlers import HANDLERS, plan_messages
from tests.services.notification.desk import OWNER, About, Desk, example, example_files, received

UNTOLD = {("RatingOverdue", "re-evaluation"), ("RescoringRequired", "second-round"), ("ScoreAnnulled", "wrong-entry")}
"""Release 0.1.0 named nobody of the council; and a result from paper was given by none that is known here."""
EXAMPLES = [
    pytest.param(heard, file.read_text(), id=f"{heard.__name__}-{file.stem}")
    for heard in CONSUMES
    if rules_for(heard.TYPE)
    for file in example_files(heard)
    if (heard.__name__, file.stem) not in UNTOLD
]


@pytest.mark.parametrize(("heard", "body"), EXAMPLES)
async def test_every_event_becomes_a_delivery_that_is_due(heard: type[About], body: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = heard.model_validate_json(body)

    id = await desk.hear(data)

    delivery = await desk.delivery(id)
    assert (delivery.state, delivery.authority) == ("waiting", "37")
    assert delivery.recipient.startswith((OWNER, "office:", "person:"))
    assert delivery.due is not None and delivery.due <= desk.clock()


def test_every_event_that_is_heard_has_a_handler() -> None:
    assert set(HANDLERS) == set(CONSUMES)


async def test_the_same_event_twice_makes_one_delivery(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    first, again = [await desk.hear(example("CertificateIssued")) for _ in range(2)]

    assert first and not again
    assert len(desk.port.documents) == 1


async def test_the_same_event_after_the_message_was_sent_sends_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.hear(example("CertificateIssued"))
    await desk.worker().round()

    await desk.hear(example("CertificateIssued"))
    await desk.worker().round()

    assert len(desk.shown()) == 1


async def test_two_facts_of_one_subject_are_two_deliveries(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    ids = {await desk.hear(example("CertificateExpiring", days_left=days), days) for days in (30, 60)}

    assert len(ids) == 2


@pytest.mark.parametrize(
    "name", [heard.__name__ for heard in CONSUMES if heard.STREAM == "certificates" and rules_for(heard.TYPE)]
)
async def test_what_the_centre_decides_is_told_by_the_products_province(name: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    event = received(example(name, province="48"), speaker="00")

    await plan_messages(event, desk.deliveries, desk.watch)

    assert {raw["authority"] for raw in desk.port.documents.values()} == {"48"}


async def test_a_dossier_sent_to_the_centre_is_confirmed_by_its_own_province(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data: Any = example("DossierSubmitted", "to-the-centre")
    assert isinstance(data, DossierSubmitted) and data.to == "00"

    id = await desk.hear(data)

    assert (await desk.delivery(id)).authority == "37"


async def test_of_a_dossier_sent_to_the_centre_the_centres_own_office_is_told_and_nobody_else_there(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    event = received(example("DossierSubmitted", "to-the-centre"))
    assert event.data.addressed_to(event.authority) == ("37", "00")

    await plan_messages(event._replace(addressee="00"), desk.deliveries, desk.watch)

    assert [(raw["authority"], raw["recipient"], raw["template"]) for raw in desk.port.documents.values()] == [
        ("00", "office:agency", "dossier-at-centre")
    ]


@pytest.mark.parametrize("name", ["ResultAnnounced", "CertificateRevoked", "CertificateAnnulled"])
async def test_of_what_the_centre_decides_the_provinces_office_is_told_too(name: str, tmp_path: Path) -> None:
    told: dict[str, set[str]] = {}
    for speaker in ("00", "37"):
        desk = Desk(tmp_path)
        await plan_messages(received(example(name), speaker=speaker), desk.deliveries, desk.watch)
        told[speaker] = {raw["recipient"] for raw in desk.port.documents.values()}

    assert told["00"] - told["37"] == {"office:agency"}


async def test_a_fact_that_is_heard_a_week_late_is_recorded_and_not_sent(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.pass_time(timedelta(days=7))

    id = await desk.hear(example("CertificateIssued"))
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert (delivery.state, delivery.due, desk.shown()) == ("recorded", None, [])


async def test_the_jump_of_a_trials_clock_makes_no_fact_old(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.clock.turn(timedelta(days=400))

    id = await desk.hear(example("CertificateIssued"))

    assert (await desk.delivery(id)).state == "waiting"


async def test_what_was_recorded_is_sent_once_an_operator_releases_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.pass_time(timedelta(days=8))
    id = await desk.hear(example("CertificateIssued"))

    await desk.deliveries.change(id, lambda held: held.released("operator: asked for", desk.clock()))
    await desk.worker().round()

    assert ((await desk.delivery(id)).state, len(desk.shown())) == ("sent", 1)


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("DossierLodged", {}, {"office:14362"}),
        ("CommuneAssessed", {}, {"office:agency"}),
        ("SupplementAnswered", {"by": "commune"}, {"office:14362"}),
        ("SupplementAnswered", {"by": "agency"}, {"office:agency"}),
        ("SupplementAnswered", {"by": "council"}, {"office:agency"}),
        ("DeadlineNear", {"owing": "owner"}, {OWNER}),
        ("DeadlineNear", {"owing": "commune"}, {"office:14362"}),
        ("DeadlineMissed", {"owing": "owner"}, {OWNER, "office:agency"}),
        ("DeadlineMissed", {"owing": "agency"}, {"office:agency"}),
        ("RevocationOverdue", {}, {"office:agency"}),
        ("ResultAnnounced", {"commune": "14362"}, {OWNER, "office:14362"}),
        ("ResultAnnounced", {"commune": None}, {OWNER}),
        ("SessionScheduled", {"seated": ["a", "b", "a"]}, {"person:a", "person:b", "office:agency"}),
        ("SessionClosed", {"seated": ["a"]}, {"person:a", "office:agency"}),
        ("RescoringRequired", {"seated": ["a", "b"]}, {"person:a", "person:b"}),
        ("RatingOverdue", {"seated": ["a"]}, {"person:a"}),
        ("RatingOverdue", {"seated": []}, set()),
        ("EvaluationStopped", {"seated": ["a", "b"]}, {"person:a", "person:b", "office:agency"}),
        ("EvaluationStopped", {"reason": "withdrawn", "seated": []}, {"office:agency"}),
        ("ScoreAnnulled", {"seated": ["a", "b"]}, {"person:a", "person:b"}),
        ("SupplementLapsed", {"by": "commune"}, {OWNER, "office:14362"}),
        ("SupplementLapsed", {"by": "council"}, {OWNER, "office:agency"}),
        ("CertificateRevoked", {}, {OWNER, "office:14362"}),
        ("CertificateAnnulled", {}, {OWNER, "office:14362"}),
    ],
)
async def test_each_office_person_and_whoever_owes_is_told_once(
    name: str, changed: dict[str, Any], told: set[str], tmp_path: Path
) -> None:
    desk = Desk(tmp_path)

    await desk.hear(example(name, **changed))

    recipients = [raw["recipient"] for raw in desk.port.documents.values()]
    assert (set(recipients), len(recipients)) == (told, len(told))
