"""Each kind of case from the draft to the announcement, as each role, with the clock moved across every holiday."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.domain.product import CaseKind
from services.dossier.events.heard import EvaluationOpened, ResultAnnounced, ScoreFinalized
from tests.services.dossier.builders import ANSWERS
from tests.services.dossier.facts import fact
from tests.services.dossier.office import FORM_03, Asker, Office

HOLIDAYS = [
    pytest.param(date(2027, 1, 25), date(2027, 2, 22), id="Tết"),
    pytest.param(date(2027, 4, 12), date(2027, 5, 6), id="30 April to 2 May"),
    pytest.param(date(2026, 11, 10), date(2026, 12, 2), id="24 November"),
    pytest.param(date(2028, 2, 18), date(2028, 3, 10), id="29 February"),
    pytest.param(date(2026, 12, 28), date(2027, 1, 19), id="the end of the year"),
]
IMPROVED = {"improvements": [{"what": "Bao bì mới", "evidence": "product_story"}]}


async def made(asker: Asker, path: str, body: object = None) -> dict[str, Any]:
    """What a move is answered, which must go well."""
    answer = await asker.post(path, body)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, Any] = answer.json()
    return told


async def supplied(office: Office, id: str, asker: Asker, number: int, today: date, said: str) -> None:
    """Two things asked for, answered one by one after a change of the file."""
    names = (f"Mẫu 02 ({number})", f"Phiếu kiểm nghiệm ({number})")
    items = [{"paper": "form", "name": names[0]}, {"paper": "extra_test", "name": names[1]}]
    until = {"until": (today + timedelta(days=3)).isoformat()}
    await made(asker, f"/dossiers/{id}/supplements", {"items": items} | until)
    later = {"until": (today + timedelta(days=9)).isoformat(), "reason": "Phòng thử nghiệm hẹn."}
    await made(asker, f"/dossiers/{id}/supplements/{number}/extension", later)
    owner = office.as_("owner")
    change = await owner.patch(f"/dossiers/{id}", {"form": {"description": said}})
    assert change.status_code == 200, change.text
    left = [
        (
            await made(
                owner, f"/dossiers/{id}/supplements/{number}/answers", {"answers": [{"name": name, "answer": "Đã"}]}
            )
        )
        for name in names
    ]
    assert [each["left"] for each in left] == [[names[1]], []]


@pytest.mark.parametrize("kind", ["first", "upgrade", "re_evaluation"])
@pytest.mark.parametrize(("received", "last"), HOLIDAYS)
async def test_a_case_walks_from_the_draft_to_its_announcement(kind: CaseKind, received: date, last: date) -> None:
    office = Office(starts=received)
    owner, agency = office.as_("owner"), office.as_("agency")
    commune, secretary = office.as_("commune_officer", commune="14362"), office.as_("council_secretary")
    held = {"number": "37-2024-7", "stars": 3, "valid_until": (received + timedelta(days=150)).isoformat()}
    new = {"product_id": await office.product(), "case_kind": kind, "form": ANSWERS}
    opened = await made(owner, "/dossiers", new if kind == "first" else new | {"certificate": held})
    id = opened["id"]

    await made(owner, f"/dossiers/{id}/lodging", IMPROVED if kind == "upgrade" else None)
    receipt = await made(commune, f"/dossiers/{id}/receipt", {"samples": 5})
    await supplied(office, id, commune, 1, received, "Bổ sung cho xã.")
    await office.on(last)
    letter = {"letter": {"number": "45/TTr-UBND", "on": last.isoformat()}}
    proposal = await made(commune, f"/dossiers/{id}/assessment", FORM_03 | letter)
    await made(agency, f"/dossiers/{id}/registration", {"samples": 5})
    await supplied(office, id, agency, 2, last, "Bổ sung cho tỉnh.")
    await made(agency, f"/dossiers/{id}/submission")
    await office.hear(fact(EvaluationOpened, id), subject=f"ev-{id}", sequence=1)
    await supplied(office, id, secretary, 3, last, "Bổ sung cho Hội đồng.")
    await office.hear(fact(ScoreFinalized, id), subject=f"ev-{id}", sequence=2)
    scored = [(await each.get(f"/dossiers/{id}")).json()["state"] for each in (owner, commune, secretary, agency)]
    await office.hear(fact(ResultAnnounced, id), subject=f"rec-{id}", sequence=1)
    told = [(await each.get(f"/dossiers/{id}")).json()["state"] for each in (owner, commune, secretary, agency)]

    assert receipt["last_day"] == last.isoformat()
    assert (proposal["round"] is None) == (kind == "re_evaluation")
    assert scored == ["scoring", "scoring", "scoring", "scored"]
    assert told == ["recognised"] * 4
    spoken = [entry["type"].removeprefix("vn.ocop.").removesuffix(".v1") for entry in office.spoken(id)]
    assert spoken.count("deadline.near") >= 3 and "deadline.missed" not in spoken
    assert [spoken.count(each) for each in ("supplement.requested", "supplement.answered")] == [6, 6]
    dossier = await office.dossiers.get(id)
    assert [each.manifest_version for each in dossier.submissions] == [3, 4]
    assert "Bổ sung cho Hội đồng." in dossier.submissions[-1].manifest
