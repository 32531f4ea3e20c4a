"""Many dossiers at once over HTTP: a preview that does nothing, an answer for each, and nothing twice."""

from datetime import date
from typing import Any

from tests.services.dossier.office import Office, refused

ITEMS = {"items": [{"paper": "form", "name": "Mẫu 02"}], "until": "2026-12-10"}


async def bulk(office: Office, what: str, ids: list[str], role: str = "commune_officer", **body: Any) -> Any:
    new = {"dossiers": ids, "preview": False} | body
    answer = await office.as_(role).post(f"/bulk/{what}", new, key=body.pop("key", None))
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]


async def lodged(office: Office, many: int) -> list[str]:
    return [await office.moved_to("lodged", name=f"Sản phẩm {n}") for n in range(many)]


async def test_many_are_received_in_the_order_of_the_list_and_each_is_answered(office: Office) -> None:
    ids = await lodged(office, 3)
    draft = await office.dossier(name="Nháp")

    rows = await bulk(office, "receipts", [ids[2], draft, ids[0], "nobody", ids[1]], samples=5)

    assert [row["number"] and row["number"][:5] for row in rows] == ["X-001", None, "X-002", None, "X-003"]
    assert [row["done"] for row in rows] == [True, False, True, False, True]
    assert "draft" in rows[1]["refused"]["en"] and "nobody" in rows[3]["refused"]["vi"]
    received = (await office.dossiers.get(ids[2])).received
    assert received is not None and received.samples == 5


async def test_a_preview_tells_what_would_be_and_does_nothing(office: Office) -> None:
    ids = await lodged(office, 2)
    before = {id: office.port.documents[id]["version"] for id in ids}

    rows = await bulk(office, "receipts", [*ids, "nobody"], preview=True)

    assert [(row["done"], row["refused"] is None) for row in rows] == [(False, True), (False, True), (False, False)]
    assert {id: office.port.documents[id]["version"] for id in ids} == before
    assert not [id for id in office.port.documents if id.startswith("series/")]


async def test_the_same_request_again_does_the_rest_and_nothing_twice(office: Office) -> None:
    ids = await lodged(office, 2)
    officer = office.as_("commune_officer")
    new = {"dossiers": ids, "preview": False}
    # As after a crash in the middle of the list: the first row was done under the key of the whole.
    await officer.post("/bulk/receipts", new, key="k")
    versions = {id: office.port.documents[id]["version"] for id in ids}

    again = (await officer.post("/bulk/receipts", new, key="k")).json()["rows"]

    assert [(row["done"], row["number"][:5]) for row in again] == [(True, "X-001"), (True, "X-002")]
    assert {id: office.port.documents[id]["version"] for id in ids} == versions


async def test_dossiers_are_assigned_per_office_and_found_by_whoever_has_them(office: Office) -> None:
    ids = await lodged(office, 2)
    await bulk(office, "assignments", ids, to="an")
    await bulk(office, "assignments", ids[:1], "agency", to="binh")
    await bulk(office, "assignments", ids[:1], to="chi")

    dossier = (await office.as_("agency").get(f"/dossiers/{ids[0]}")).json()
    seen_by_owner = (await office.as_("owner").get(f"/dossiers/{ids[0]}")).json()
    of_an = (await office.as_("commune_officer").get("/lists/dossiers?assigned_to=an")).json()["items"]

    assert {each["office"]: each["to"] for each in dossier["assigned"]} == {"agency": "binh", "commune": "chi"}
    assert seen_by_owner["assigned"] == []
    assert [each["id"] for each in of_an] == ids[1:]


async def test_owners_are_reminded_of_what_they_owe_once_a_day(office: Office) -> None:
    waiting = await office.moved_to("received")
    await office.as_("commune_officer").post(f"/dossiers/{waiting}/supplements", ITEMS)
    other = await office.moved_to("received", name="Khác")

    first = await bulk(office, "reminders", [waiting, other])
    same_day = await bulk(office, "reminders", [waiting])
    await office.on(date(2026, 11, 23))
    next_day = await bulk(office, "reminders", [waiting])

    assert [row["done"] for row in first] == [True, False]
    assert "nothing" not in first[1]["refused"]["vi"] and "no request" in first[1]["refused"]["en"]
    assert (same_day[0]["done"], next_day[0]["done"]) == (False, True)
    asked = [each for each in office.spoken(waiting) if each["type"] == "vn.ocop.supplement.requested.v1"]
    assert len(asked) == 3


async def test_what_lies_out_of_reach_is_a_row_and_others_may_not_ask_at_all(office: Office) -> None:
    (id,) = await lodged(office, 1)
    officer = office.as_("commune_officer", commune="14401")

    rows = (await officer.post("/bulk/receipts", {"dossiers": [id], "preview": False})).json()["rows"]

    assert (rows[0]["done"], (await office.dossiers.get(id)).state) == (False, "lodged")
    refused(await office.as_("owner").post("/bulk/receipts", {"dossiers": [id]}), 403, "forbidden")
    refused(await officer.post("/bulk/receipts", {"dossiers": []}), 422, "request-invalid")
