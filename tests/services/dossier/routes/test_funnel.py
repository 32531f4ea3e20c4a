"""The funnel over HTTP: products and owners counted once at each step, by set and by kind of case."""

from typing import Any

import pytest

from services.dossier.events.heard import CertificateExpired, EvaluationOpened, ResultAnnounced, ScoreFinalized
from tests.services.dossier.facts import fact
from tests.services.dossier.office import Office, refused


async def funnel(office: Office, role: str = "agency", **limits: str) -> Any:
    answer = await office.as_(role, **limits).get("/funnel")
    assert answer.status_code == 200, answer.text
    return answer.json()


def steps(counted: Any) -> list[tuple[int, int]]:
    """Products and owners at the four steps."""
    return [
        (counted[step]["products"], counted[step]["owners"])
        for step in ("registered", "complete", "announced", "recognised")
    ]


async def test_nothing_is_counted_as_nothing(office: Office) -> None:
    counted = await funnel(office)

    assert steps(counted["total"]) == [(0, 0)] * 4
    assert counted["product_sets"] == []


async def test_each_product_and_each_owner_is_counted_once_at_each_step(office: Office) -> None:
    await office.product(owner_id="htx-3", product_set="rice-grains")
    await office.dossier(owner_id="htx-2")
    recognised = await office.submitted()
    again = await office.submitted("re_evaluation", product_set="white-spirit")
    failed = await office.submitted(owner_id="htx-2", product_set="white-spirit")
    waiting = await office.submitted()
    for id in (recognised, again):
        await office.hear(fact(ResultAnnounced, id), subject=f"rec-{id}")
    await office.hear(fact(ResultAnnounced, failed, outcome="not_recognised"), subject=f"rec-{failed}")
    await office.hear(fact(EvaluationOpened, waiting))

    counted = await funnel(office)

    assert steps(counted["total"]) == [(6, 3), (4, 2), (3, 2), (2, 1)]
    by_set = {each["product_set"]: steps(each["steps"]) for each in counted["product_sets"]}
    assert by_set == {
        "rice-grains": [(1, 1), (0, 0), (0, 0), (0, 0)],
        "processed-produce": [(3, 2), (2, 1), (1, 1), (1, 1)],
        "white-spirit": [(2, 2), (2, 2), (2, 2), (1, 1)],
    }
    by_kind = {each["case_kind"]: steps(each["steps"]) for each in counted["case_kinds"]}
    assert by_kind == {
        "first": [(4, 2), (3, 2), (2, 2), (1, 1)],
        "upgrade": [(0, 0)] * 4,
        "re_evaluation": [(1, 1)] * 4,
    }


async def test_a_withdrawn_dossier_is_not_complete_and_a_second_one_counts_its_product_once(office: Office) -> None:
    first = await office.submitted()
    await office.as_("owner").post(f"/dossiers/{first}/withdrawal", {"reason": "Nhầm"})
    assert steps((await funnel(office))["total"]) == [(1, 1), (0, 0), (0, 0), (0, 0)]

    new = {"product_id": (await office.dossiers.get(first)).product_id, "case_kind": "first"}
    second = (await office.as_("owner").post("/dossiers", new)).json()["id"]

    assert (await office.dossiers.get(second)).state == "draft"
    assert steps((await funnel(office))["total"]) == [(1, 1), (0, 0), (0, 0), (0, 0)]


async def test_the_end_of_a_certificate_does_not_undo_a_recognition(office: Office) -> None:
    id = await office.submitted()
    await office.hear(fact(ResultAnnounced, id), subject="rec-1", sequence=1)
    await office.hear(fact(CertificateExpired, id), subject="rec-1", sequence=2)

    assert steps((await funnel(office))["total"]) == [(1, 1)] * 4


async def test_the_funnel_betrays_no_score_before_the_announcement(office: Office) -> None:
    id = await office.submitted()
    before = await funnel(office, "observer")

    await office.hear(fact(ScoreFinalized, id))

    assert await funnel(office, "observer") == before


async def test_each_counts_within_reach(office: Office) -> None:
    await office.submitted()

    assert steps((await funnel(office, authority="38"))["total"]) == [(0, 0)] * 4
    assert steps((await funnel(office, "commune_officer", commune="14401"))["total"]) == [(0, 0)] * 4
    assert steps((await funnel(office, "commune_officer", commune="14362"))["total"])[0] == (1, 1)


@pytest.mark.parametrize("role", ["owner", "service", "council_member"])
async def test_the_funnel_is_for_those_who_oversee(office: Office, role: str) -> None:
    refused(await office.as_(role).get("/funnel"), 403, "forbidden")
