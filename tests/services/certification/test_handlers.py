"""What certification hears, in any order, as often as it comes."""

from typing import Any

import pytest

from services.certification.domain.recognition import ScoreElsewhere
from services.certification.domain.rule_set import RuleSetUnknown
from services.certification.events import HeardProduct, ScoreAnnulled, ScoreFinalized
from services.certification.handlers import annul_result, await_decision
from shared.errors import Refusal
from tests.services.certification.builders import regulations
from tests.services.certification.office import Office, decision, received


@pytest.fixture
def office() -> Office:
    return Office()


async def test_a_result_heard_twice_waits_once(office: Office) -> None:
    await office.score(1)
    await office.score(1)
    await office.score(1, sequence=2)

    assert office.states() == ["waiting"]


async def test_a_withdrawal_heard_before_the_score_leaves_nothing_waiting(office: Office) -> None:
    await office.withdraw(1)
    await office.score(1)

    assert office.states() == ["withdrawn"]


async def test_a_dossier_that_was_never_submitted_has_no_result(office: Office) -> None:
    await office.withdraw(1, to=None)

    assert office.database.documents == {}


async def test_a_result_before_the_centre_is_withdrawn_by_its_province(office: Office) -> None:
    await office.score(1, stars=5, authority="00")

    await office.withdraw(1, to="00")

    assert office.states() == ["withdrawn"]


async def annul(office: Office, n: int) -> None:
    data = ScoreAnnulled(product=HeardProduct(id=f"product-{n:03d}", name=f"Sản phẩm {n}"))
    await annul_result(received(data, f"evaluation-{n:03d}", 2, "37", "scoring"), office.process.recognitions)


async def test_an_annulled_result_cannot_be_decided_and_the_next_one_waits(office: Office) -> None:
    await office.score(1)
    await annul(office, 1)
    await annul(office, 1)
    await office.score(1, evaluation_id="evaluation-001-again")

    refused = await office.process.post("chair", "/decisions", decision("evaluation-001"))

    assert office.states() == ["annulled", "waiting"]
    assert refused.status_code == 409
    assert "annulled" in refused.json()["errors"][0]["detail"]


async def test_a_province_withdraws_nothing_before_another_province(office: Office) -> None:
    await office.score(1)

    with pytest.raises(ScoreElsewhere):
        await office.withdraw(1, speaker="38", to="37")

    assert office.states() == ["waiting"]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [({"province": "38"}, ScoreElsewhere), ({"rule_set": "99-2099"}, RuleSetUnknown)],
)
async def test_a_score_that_cannot_be_decided_is_refused(
    office: Office, changed: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        await office.score(1, **changed)

    assert office.database.documents == {}


async def test_the_day_of_the_score_is_that_of_vietnam(office: Office) -> None:
    heard = received(_score(), "evaluation-9", 1, "37", "scoring")
    late = heard._replace(time=heard.time.replace(hour=17))

    await await_decision(late, office.process.recognitions, regulations())

    stored = office.database.documents[office.recognition_id(9)]["results"][0]
    assert (heard.time.date().isoformat(), stored["scored_on"]) == ("2026-11-01", "2026-11-02")


async def test_a_decision_heard_again_and_again_announces_each_result_once(office: Office) -> None:
    ids = [await office.score(n) for n in range(3)]
    await office.process.post("chair", "/decisions", decision(*ids))

    for _ in range(3):
        await office.deliver()
        await office.deliver(office.start())

    assert len(office.spoken("result.announced")) == len(office.spoken("certificate.issued")) == 3


async def test_each_product_speaks_its_result_before_its_certificate(office: Office) -> None:
    id = await office.score(1)
    await office.process.post("chair", "/decisions", decision(id))

    await office.deliver()

    spoken = [(event.sequence, event.type) for subject, event in office.spoken() if subject == office.recognition_id(1)]
    assert spoken == [(1, "vn.ocop.result.announced.v1"), (2, "vn.ocop.certificate.issued.v1")]


async def test_a_certificate_warns_on_its_ladder_and_expires_once(office: Office) -> None:
    id = await office.score(1)
    await office.process.post("chair", "/decisions", decision(id))
    await office.deliver()

    for _ in range(40):
        await office.turn(days=30)
        await office.ring()
        await office.ring()

    said = [event.type.split(".")[3] for subject, event in office.spoken() if subject == office.recognition_id(1)]
    assert said.count("expired") == 1 and said[-1] == "expired"
    assert 3 <= said.count("expiring") <= 8


async def test_a_late_upgrade_and_the_end_of_the_old_certificate_tell_one_end_of_it(office: Office) -> None:
    await office.process.post("chair", "/decisions", decision(await office.score(1)))
    await office.deliver()
    # The clock of the tests starts on 21 November 2026; the last valid day is 20 November 2029.
    await office.turn(days=3 * 365 + 1)
    upgrade = await office.score(1, stars=4, case_kind="upgrade", evaluation_id="evaluation-up")
    body = decision(upgrade, number="7", stars=4, decided_on="2029-11-20")
    answer = await office.process.post("chair", "/decisions", body)
    assert answer.status_code == 201

    await office.ring()
    await office.deliver()
    await office.ring()

    said = [event.type.split(".")[2:4] for subject, event in office.spoken() if subject == office.recognition_id(1)]
    ends = [what for what in said if what[1] in ("expired", "replaced")]
    assert len(ends) == 1


def _score() -> ScoreFinalized:
    return ScoreFinalized.model_validate(
        {
            "province": "37",
            "dossier_id": "dossier-009",
            "attempt": 1,
            "product": {"id": "product-009", "name": "Mật ong"},
            "owner_id": "owner-1",
            "commune": "14371",
            "product_set": "honey-raw-foods",
            "case_kind": "first",
            "stars": 3,
            "failed_minimums": [],
            "rule_set": "26-2026",
        }
    )
