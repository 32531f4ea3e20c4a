"""What dossier hears: each fact goes into its slot, once, whoever brings it and in whatever order."""

from datetime import date
from typing import Any

import pytest

from services.dossier.domain.dossier import SpeakerElsewhere
from services.dossier.events import CONSUMES
from services.dossier.events.heard import (
    CertificateAnnulled,
    CertificateCorrected,
    CertificateExpired,
    CertificateExpiring,
    CertificateExtended,
    CertificateHandedOver,
    CertificateIssued,
    CertificateRemoved,
    CertificateReplaced,
    CertificateRevoked,
    EvaluationOpened,
    OfProvince,
    ResultAnnounced,
    ScoreAnnulled,
    ScoreFinalized,
    SupplementProposed,
)
from services.dossier.handlers import HANDLERS
from shared.errors import NotFound
from shared.fold import WrongSpeaker
from tests.services.dossier.facts import fact
from tests.services.dossier.office import Office

ALL: tuple[type[OfProvince], ...] = CONSUMES
AFTER_THE_COUNCIL: tuple[type[OfProvince], ...] = (
    ResultAnnounced,
    CertificateIssued,
    CertificateExpiring,
    CertificateExtended,
    CertificateExpired,
    CertificateRemoved,
    CertificateReplaced,
    CertificateHandedOver,
    CertificateCorrected,
)


def test_there_is_a_handler_for_everything_that_is_heard() -> None:
    assert tuple(HANDLERS) == CONSUMES


@pytest.mark.parametrize("kind", ALL)
async def test_an_event_that_comes_twice_is_applied_once(office: Office, kind: type[OfProvince]) -> None:
    id = await office.submitted()
    await office.hear(fact(kind, id))
    once = office.port.documents[id]["version"]

    await office.hear(fact(kind, id))

    assert office.port.documents[id]["version"] == once


@pytest.mark.parametrize("kind", ALL)
async def test_only_what_is_to_be_asked_for_is_said_on_to_others(office: Office, kind: type[OfProvince]) -> None:
    id = await office.submitted()

    await office.hear(fact(kind, id))

    assert len(office.spoken(id)) == (2 if kind is SupplementProposed else 1)


async def test_the_whole_way_of_a_dossier_is_followed(office: Office) -> None:
    id = await office.submitted()

    await office.hear(fact(EvaluationOpened, id), sequence=1)
    await office.hear(fact(ScoreFinalized, id), sequence=2)
    for sequence, kind in enumerate(AFTER_THE_COUNCIL, 1):
        await office.hear(fact(kind, id), subject="rec-1", sequence=sequence)

    dossier = await office.dossiers.get(id)
    assert (dossier.state, dossier.evaluations[0].opened is not None) == ("recognised", True)
    (certificate,) = dossier.certificates
    assert certificate.issued is not None and certificate.issued.valid_until.isoformat() == "2029-11-19"
    assert certificate.expiring is not None and certificate.expiring.days_left == 180
    assert certificate.expired_after is not None
    assert certificate.replaced is not None and certificate.replaced.by == "37-2029-0007"
    assert certificate.extended is not None and certificate.last_day == certificate.extended.until
    assert certificate.removed is not None
    assert certificate.handed_over is not None and certificate.handed_over.place == "Nhà văn hóa"
    assert certificate.corrected is not None and certificate.corrected.print_version == 2


async def test_an_annulled_score_is_scored_anew_whichever_is_heard_first(office: Office) -> None:
    states = []
    for order in ((ScoreAnnulled, EvaluationOpened), (EvaluationOpened, ScoreAnnulled)):
        id = await office.submitted()
        await office.hear(fact(ScoreFinalized, id), subject=f"ev-{id}", sequence=1)
        for kind in order:
            subject = f"redo-{id}" if kind is EvaluationOpened else f"ev-{id}"
            await office.hear(fact(kind, id), subject=subject, sequence=2)
            states.append((await office.dossiers.get(id)).state)
        await office.hear(fact(ScoreFinalized, id, stars=4), subject=f"redo-{id}", sequence=3)
        states.append((await office.dossiers.get(id)).state)

    assert states == ["scoring", "scoring", "scored", "scored", "scoring", "scored"]


async def test_a_council_that_takes_its_result_back_tells_the_owner_nothing(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(ScoreFinalized, id), sequence=1)
    before = (await office.as_("owner").get(f"/dossiers/{id}")).json()

    await office.hear(fact(ScoreAnnulled, id), sequence=2)

    assert (await office.as_("owner").get(f"/dossiers/{id}")).json() == before


@pytest.mark.parametrize("ending", [CertificateRevoked, CertificateAnnulled])
async def test_a_product_whose_certificate_was_taken_away_begins_anew(office: Office, ending: type[OfProvince]) -> None:
    id = await office.submitted()
    for sequence, kind in enumerate((ResultAnnounced, CertificateIssued, ending), 1):
        await office.hear(fact(kind, id), subject="rec-1", sequence=sequence)

    new = {"product_id": (await office.dossiers.get(id)).product_id, "case_kind": "first"}
    again = await office.as_("owner").post("/dossiers", new)

    assert again.status_code == 201, again.text
    assert (await office.dossiers.get(again.json()["id"])).lineage is None


async def test_a_case_goes_on_from_the_last_day_of_an_extension(office: Office) -> None:
    id = await office.submitted()
    for sequence, kind in enumerate((ResultAnnounced, CertificateIssued, CertificateExtended), 1):
        await office.hear(fact(kind, id), subject="rec-1", sequence=sequence)

    new = {"product_id": (await office.dossiers.get(id)).product_id, "case_kind": "re_evaluation"}
    again = (await office.as_("owner").post("/dossiers", new)).json()["id"]

    lineage = (await office.dossiers.get(again)).lineage
    assert lineage is not None and lineage.valid_until.isoformat() == "2030-05-18"


async def test_the_centre_is_heard_on_a_dossier_of_the_province(office: Office) -> None:
    id = await office.submitted()

    await office.hear(fact(ResultAnnounced, id, stars=5), subject="rec-00", speaker="00")

    assert (await office.dossiers.get(id)).results[0].authority == "00"


@pytest.mark.parametrize("kind", ALL)
async def test_another_province_that_names_our_dossier_is_refused(office: Office, kind: type[OfProvince]) -> None:
    id = await office.submitted()
    before = dict(office.port.documents[id])

    with pytest.raises((SpeakerElsewhere, WrongSpeaker)):
        await office.hear(fact(kind, id), speaker="38")

    assert office.port.documents[id] == before


async def test_a_dossier_that_is_not_here_is_not_passed_over(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.hear(fact(ScoreFinalized, "nobody"))


async def test_an_event_is_for_the_province_whose_dossier_it_is() -> None:
    heard: Any = fact(ResultAnnounced, "d1")

    assert heard.addressed_to("00") == ("37",)


async def test_what_the_advisers_propose_is_asked_of_the_owner_and_its_answer_is_in_the_rated_file(
    office: Office,
) -> None:
    id = await office.submitted()

    await office.hear(fact(SupplementProposed, id), sequence=1)

    told = (await office.as_("owner").get(f"/dossiers/{id}")).json()
    (asked,) = told["supplements"]
    assert (told["state"], asked["office"], asked["until"]) == ("council_supplement", "council", "2026-12-10")
    names = [item["name"] for item in asked["items"]]
    assert names == ["Kiểm nghiệm bổ sung (tiêu chí 3.5)", "Giải thưởng"]
    assert told["proposals"] == []
    await office.as_("owner").patch(f"/dossiers/{id}", {"form": {"description": "Có phiếu kiểm nghiệm mới."}})
    answers = [{"name": name, "answer": "Đã nộp."} for name in names]
    answered = await office.as_("owner").post(f"/dossiers/{id}/supplements/1/answers", {"answers": answers})
    assert answered.status_code == 200, answered.text
    last = office.spoken(id)[-1]
    assert last["type"] == "vn.ocop.dossier.submitted.v1"
    assert (await office.dossiers.get(id)).submissions[-1].manifest_version == 2


async def test_a_proposal_that_cannot_be_asked_now_stands_for_the_agency_and_is_never_refused(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(SupplementProposed, id), sequence=1)

    await office.hear(fact(SupplementProposed, id, number=2), sequence=2)
    await office.hear(fact(SupplementProposed, id, number=3, until=date(2026, 11, 20)), sequence=3)
    await office.hear(fact(SupplementProposed, id), subject="ev-00", speaker="00")

    seen = (await office.as_("agency").get(f"/dossiers/{id}")).json()
    assert [(each["council"], each["number"], each["asked"]) for each in seen["proposals"]] == [
        ("37", 1, 1),
        ("37", 2, None),
        ("37", 3, None),
        ("00", 1, None),
    ]
    assert len(seen["supplements"]) == 1
