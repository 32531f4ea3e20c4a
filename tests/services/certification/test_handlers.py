"""What certification hears, in any order, as often as it comes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.certification.domain.rule_set import CaseKind, RuleSetUnknown
from services.certification.domain.waiting import ScoreElsewhere
from services.certification.events.certificates import CertificateExpiring
from services.certification.events.heard import (
    AnnouncedElsewhere,
    DossierDisqualified,
    DossierLodged,
    DossierStopped,
    DossierWithdrawn,
    EvaluationStopped,
    HeardProduct,
    IssuedElsewhere,
    ScoreAnnulled,
    ScoreFinalized,
)
from services.certification.handlers import (
    HANDLERS,
    annul_result,
    await_decision,
    await_decision_on_central,
    heed_other_authority,
    record_filing,
    record_stop,
)
from shared.document import Heard
from shared.errors import Refusal
from tests.services.certification.builders import regulations
from tests.services.certification.office import Office, certified, decision, file_again, received


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


async def test_a_dossier_that_was_never_submitted_has_no_result(office: Office) -> None:
    await office.withdraw(1, to=None)

    assert office.database.documents == {}


async def test_a_result_before_the_centre_is_withdrawn_by_its_province(office: Office) -> None:
    await office.score(1, stars=5, authority="00")

    await office.withdraw(1, to="00")

    assert office.states() == ["withdrawn"]


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


class TestAcrossAuthorities:
    async def issue(self, office: Office, authority: str, number: str, stars: int, on: str) -> bytes:
        """A certificate of product 1, given by this authority; what it says of it."""
        id = await office.score(
            1, stars=stars, authority=authority, evaluation_id=f"evaluation-{authority}-{number}", case_kind="first"
        )
        body = decision(id, number=number, stars=stars, decided_on=on)
        answer = await office.process.post("chair", "/decisions", body, authority=authority)
        assert answer.status_code == 201, answer.text
        await office.deliver()
        recognition = office.recognition_id(1, authority)
        return [event.data for id, event in office.spoken("certificate.issued") if id == recognition][-1]

    async def hear(self, office: Office, said: bytes, speaker: str) -> None:
        data = IssuedElsewhere.model_validate_json(said)
        event = received(data, office.recognition_id(1, speaker), 2, speaker, "certification")
        await heed_other_authority(event, office.process.recognitions, regulations())

    async def test_five_stars_of_the_centre_end_the_provinces_certificate_on_that_decisions_date(
        self, office: Office
    ) -> None:
        await self.issue(office, "37", "123", 4, "2026-11-05")
        said = await self.issue(office, "00", "77", 5, "2026-11-20")

        await self.hear(office, said, "00")
        await self.hear(office, said, "00")

        old = (await office.process.anybody("/certificates/37-2026-123-001")).json()
        assert (old["validity"], old["certificate"]["replaced_by"]) == ("replaced", "00-2026-77-001")
        assert old["certificate"]["replaced_on"] == "2026-11-20"
        assert len(office.spoken("certificate.replaced")) == 1

    async def test_a_later_decision_of_the_province_ends_the_five_stars_of_the_centre(self, office: Office) -> None:
        await self.issue(office, "00", "77", 5, "2026-11-05")
        said = await self.issue(office, "37", "123", 4, "2026-11-20")

        await self.hear(office, said, "37")

        old = (await office.process.anybody("/certificates/00-2026-77-001")).json()
        assert (old["validity"], old["certificate"]["replaced_by"]) == ("replaced", "37-2026-123-001")

    async def test_the_word_of_the_centre_may_come_before_the_provinces_own_certificate(self, office: Office) -> None:
        said = await self.issue(office, "00", "77", 5, "2026-11-20")
        await self.hear(office, said, "00")

        await self.issue(office, "37", "123", 4, "2026-11-05")

        told = [event.type.split(".")[3] for id, event in office.spoken() if id == office.recognition_id(1)]
        assert told == ["announced", "issued", "replaced"]

    async def test_an_older_word_ends_nothing(self, office: Office) -> None:
        said = await self.issue(office, "00", "77", 5, "2026-11-05")
        await self.issue(office, "37", "123", 4, "2026-11-20")

        await self.hear(office, said, "00")

        assert office.spoken("certificate.replaced") == []

    async def test_a_province_ends_no_certificate_of_anothers_product(self, office: Office) -> None:
        said = await self.issue(office, "37", "123", 4, "2026-11-20")

        with pytest.raises(ScoreElsewhere):
            await self.hear(office, said, "38")


async def test_once_a_file_is_lodged_the_owner_is_told_other_things(office: Office) -> None:
    await certified(office, 1)
    await file_again(office, 1)

    for _ in range(3 * 366 + 5):
        await office.turn(days=1)
        await office.ring()

    said = [CertificateExpiring.model_validate_json(event.data) for _, event in office.spoken("certificate.expiring")]
    assert [(fact.step, fact.says) for fact in said] == [(days, "under-evaluation") for days in (60, 30, 7)]


PRODUCT = HeardProduct(id="product-001", name="Sản phẩm 1")


async def lodge(office: Office, case_kind: CaseKind = "re_evaluation") -> None:
    """The owner of product 1 has lodged a file with the commune; no council has it yet."""
    heard = received(DossierLodged(product=PRODUCT, case_kind=case_kind), "dossier-again-001", 2, "37", "dossier")
    await record_filing(heard, office.process.recognitions, regulations())


async def submit(office: Office) -> None:
    await file_again(office, 1)


def stopped(reason: str) -> EvaluationStopped:
    return EvaluationStopped(dossier_id="dossier-again-001", attempt=1, product=PRODUCT, reason=reason)


@pytest.mark.parametrize(
    ("case_kind", "steps"), [("re_evaluation", [60, 30, 7]), ("upgrade", [240, 180, 150, 135, 125, 120, 30, 7])]
)
async def test_lodging_with_the_commune_is_the_filing_that_the_window_is_for(
    office: Office, case_kind: CaseKind, steps: list[int]
) -> None:
    await certified(office, 1)
    await lodge(office, case_kind)

    assert await steps_told(office) == steps


@pytest.mark.parametrize(
    ("filing", "ending"),
    [
        (submit, DossierWithdrawn(to="37", attempt=1, product=PRODUCT)),
        (lodge, DossierWithdrawn(product=PRODUCT)),
        (lodge, DossierStopped(product=PRODUCT, case_kind="re_evaluation")),
        (lodge, DossierDisqualified(product=PRODUCT, case_kind="re_evaluation")),
        (lodge, stopped("scoring_stopped")),
    ],
    ids=["taken back from the council", "taken back from the commune", "stopped", "disqualified", "not to be scored"],
)
async def test_a_file_that_comes_to_nothing_brings_the_usual_steps_again(
    office: Office, filing: Callable[..., Awaitable[None]], ending: Heard
) -> None:
    await certified(office, 1)
    await filing(office)
    handle: Any = HANDLERS[type(ending)]
    for _ in range(2):
        heard = received(ending, "dossier-again-001", 9, "37", "dossier")
        await handle(heard, office.process.recognitions, regulations())

    assert await steps_told(office) == [240, 180, 150, 135, 125, 120, 30, 7]


async def test_what_a_council_has_stopped_is_not_under_way_when_its_filing_is_heard_later(office: Office) -> None:
    await certified(office, 1)
    heard = received(stopped("disqualified"), "evaluation-again-001", 2, "37", "scoring")
    await record_stop(heard, office.process.recognitions, regulations())
    await lodge(office)
    await submit(office)

    assert await steps_told(office) == [240, 180, 150, 135, 125, 120, 30, 7]


@pytest.mark.parametrize(
    "ending",
    [
        DossierWithdrawn(product=PRODUCT),
        DossierStopped(product=PRODUCT, case_kind="re_evaluation"),
        DossierDisqualified(product=PRODUCT, case_kind="re_evaluation"),
        stopped("withdrawn"),
    ],
)
async def test_the_end_of_what_was_never_filed_here_leaves_no_document(office: Office, ending: Heard) -> None:
    handle: Any = HANDLERS[type(ending)]

    await handle(received(ending, "dossier-again-001", 9, "37", "dossier"), office.process.recognitions, regulations())

    assert office.database.documents == {}


async def steps_told(office: Office) -> list[int]:
    """The steps of the ladder that are told from now to the end."""
    for _ in range(3 * 366 + 5):
        await office.turn(days=1)
        await office.ring()
    said = [CertificateExpiring.model_validate_json(event.data) for _, event in office.spoken("certificate.expiring")]
    return [fact.step for fact in said]


class TestRatedByTheCentre:
    @staticmethod
    async def announced(office: Office, stars: int, outcome: str = "not_recognised") -> None:
        """The centre's council rated product 1, and the Ministry has announced it; the province hears so, twice."""
        id = await office.score(1, evaluation_id="central-001", stars=stars, authority="00")
        body = decision(number="9")
        body["items"] = [{"evaluation_id": id, "outcome": outcome} | ({"stars": 5} if outcome == "recognised" else {})]
        answer = await office.process.post("chair", "/decisions", body, authority="00")
        assert answer.status_code == 201, answer.text
        await office.deliver()
        said = [(id, event) for id, event in office.spoken("result.announced") if "central-001" in event.data.decode()]
        [(subject, event)] = said
        data = AnnouncedElsewhere.model_validate_json(event.data)
        for _ in range(2):
            heard = received(data, subject, event.sequence, "00", "certification")
            await await_decision_on_central(heard, office.process.recognitions, regulations())

    async def test_below_five_stars_the_province_recognises_four_on_that_result_and_not_on_its_own_too(
        self, office: Office
    ) -> None:
        own = await office.score(1, stars=4, potential_five_star=True)
        forwarding = decision(own)
        forwarding["items"][0] = {"evaluation_id": own, "outcome": "forwarded"}
        await office.process.post("chair", "/decisions", forwarding)
        await office.deliver()
        await self.announced(office, stars=4)

        listed = (await office.process.get("chair", "/results?state=waiting")).json()["items"]
        given = await office.process.post("chair", "/decisions", decision("central-001", number="124", stars=4))
        await office.deliver()
        again = await office.process.post("chair", "/decisions", decision(own, number="125", stars=4))

        assert [(one["evaluation_id"], one["central"]) for one in listed] == [("central-001", True)]
        assert given.json()["certificates"][0]["number"] == "37-2026-124-001"
        assert again.status_code == 409 and "124/QĐ-UBND" in again.json()["errors"][0]["detail"]

    async def test_the_province_may_decide_on_its_own_result_instead_and_then_not_on_the_centres(
        self, office: Office
    ) -> None:
        own = await office.score(1, stars=4, potential_five_star=True)
        await self.announced(office, stars=3)

        higher = await office.process.post("chair", "/decisions", decision(own, number="124", stars=4))
        await office.deliver()
        again = await office.process.post("chair", "/decisions", decision("central-001", number="125", stars=3))

        assert (higher.status_code, again.status_code) == (201, 409)

    async def test_no_more_is_recognised_on_it_than_the_centre_gave_and_it_is_not_sent_up_again(
        self, office: Office
    ) -> None:
        await self.announced(office, stars=3)
        sent = decision("central-001", number="125")
        sent["items"][0] = {"evaluation_id": "central-001", "outcome": "forwarded"}

        above = await office.process.post("chair", "/decisions", decision("central-001", number="124", stars=4))
        forwarded = await office.process.post("chair", "/decisions", sent)

        assert [flaw["pointer"] for flaw in above.json()["errors"]] == ["/items/0/stars"]
        assert [flaw["pointer"] for flaw in forwarded.json()["errors"]] == ["/items/0/outcome"]

    @pytest.mark.parametrize(("stars", "outcome"), [(5, "recognised"), (2, "not_recognised"), (5, "not_recognised")])
    async def test_what_the_province_could_not_recognise_does_not_wait_for_it(
        self, office: Office, stars: int, outcome: str
    ) -> None:
        await self.announced(office, stars, outcome)

        assert (await office.process.get("chair", "/results?state=waiting")).json()["items"] == []
