"""Certificates older than the platform, and those that are corrected: followed, listed and gone on from."""

from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from services.dossier.domain.dossier import SpeakerElsewhere
from services.dossier.events.heard import (
    CertificateAnnulled,
    CertificateCorrected,
    CertificateExpired,
    CertificateExpiring,
    CertificateHandedOver,
    CertificateImported,
    CertificateIssued,
    CertificateReplaced,
    OfCertificate,
    ResultAnnounced,
)
from shared.fold import WrongSpeaker
from tests.services.dossier.facts import fact
from tests.services.dossier.office import PRODUCT, Office, refused

OLD = "37-H2024-01-GCN"


async def hear(office: Office, kind: type[OfCertificate], product_id: str, sequence: int, **changed: Any) -> None:
    """What the province says of the product's old certificate."""
    product = {"id": product_id, "name": changed.pop("name", "Dứa sấy dẻo")}
    said = fact(kind, changed.pop("dossier_id", ""), **({"number": OLD, "product": product} | changed))
    await office.hear(said, subject=f"rec-{product_id}", sequence=sequence, service="certification")


async def imported(office: Office, **changed: Any) -> str:
    """A product of htx-1 whose certificate of 2024 was taken over; its id."""
    id = await office.product(**changed)
    await hear(office, CertificateImported, id, 1)
    return id


async def standing(office: Office, product_id: str, role: str = "owner", **limits: str) -> dict[str, Any]:
    answer = await office.as_(role, **limits).get(f"/products/{product_id}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_old_certificate_is_expected_to_end_like_any_other_with_its_answer(office: Office) -> None:
    products = [await imported(office, name=f"Sản phẩm {n}") for n in range(3)]
    office.clock.turn(office.clock().replace(year=2027, month=1, day=5) - office.clock())
    for id, said in zip(products[:2], ("register", "not_register"), strict=True):
        again = {"product_id": id, "answer": said, "case_kind": "re_evaluation"}
        assert (await office.as_("owner").post("/years/2027/registrations", again)).status_code == 200

    listed = (await office.as_("agency").get("/years/2027/expiring")).json()["items"]
    of_commune = (await office.as_("commune_officer", commune="14362").get("/years/2027/expiring")).json()["items"]
    count = (await office.as_("agency").get("/years/2027/expiring/count")).json()
    sheet = (await office.as_("agency").get("/years/2027/expiring.xlsx")).content

    answers = dict(zip(products, ("register", "not_register", None), strict=True))
    assert {each["product_id"]: each["answer"] for each in listed} == answers
    assert listed == of_commune
    assert {(each["certificate"], each["stars"], each["valid_until"]) for each in listed} == {(OLD, 3, "2027-02-27")}
    assert count == {"products": 3, "registering": 1, "not_registering": 1, "unanswered": 1}
    _, *rows = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert [row[5] for row in rows] == ["Đăng ký", "Không đăng ký", "Chưa trả lời"]


async def test_a_list_of_both_kinds_comes_in_pages_and_each_once(office: Office) -> None:
    old = [await imported(office, name=f"Cũ {n}") for n in range(3)]
    for n in range(2):
        id = await office.submitted(name=f"Mới {n}")
        await office.hear(fact(ResultAnnounced, id), subject=f"rec-{id}", sequence=1)
        issued = fact(CertificateIssued, id, valid_until="2027-11-19")
        await office.hear(issued, subject=f"rec-{id}", sequence=2)
        old.append((await office.dossiers.get(id)).product_id)

    for limit in (1, 2, 3, 5):
        found, path = list[str](), f"/years/2027/expiring?limit={limit}"
        page = (await office.as_("agency").get(path)).json()
        found += [each["product_id"] for each in page["items"]]
        while page["next"] is not None:
            page = (await office.as_("agency").get(f"{path}&after={page['next']}")).json()
            found += [each["product_id"] for each in page["items"]]
        assert sorted(found) == sorted(old), limit


async def test_a_re_evaluation_goes_on_from_an_old_certificate_and_a_first_evaluation_is_refused(
    office: Office,
) -> None:
    id = await imported(office)
    owner = office.as_("owner")

    first = await owner.post("/dossiers", {"product_id": id, "case_kind": "first"})
    again = await owner.post("/dossiers", {"product_id": id, "case_kind": "re_evaluation"})

    refused(first, 409, "product-recognised")
    lineage = (await owner.get(f"/dossiers/{again.json()['id']}")).json()["lineage"]
    assert lineage == {"certificate": OLD, "stars": 3, "valid_until": "2027-02-27", "dossier_id": None}


async def test_an_old_certificate_that_was_taken_away_makes_room_for_a_first_evaluation(office: Office) -> None:
    id = await imported(office)
    await hear(office, CertificateAnnulled, id, 2)

    first = await office.as_("owner").post("/dossiers", {"product_id": id, "case_kind": "first"})

    assert first.status_code == 201, first.text


async def test_owner_and_officers_see_one_standing_of_a_product_whatever_its_certificate_came_of(
    office: Office,
) -> None:
    id = await imported(office)
    readers = (("owner", {}), ("commune_officer", {"commune": "14362"}), ("agency", {}), ("observer", {}))
    seen = []
    for sequence, kind in enumerate((CertificateHandedOver, CertificateExpiring, CertificateExpired), 2):
        await hear(office, kind, id, sequence)
        (told,) = {str((await standing(office, id, role, **limits))["certificates"]) for role, limits in readers}
        seen.append(told)
    await hear(office, CertificateReplaced, id, 5)

    (certificate,) = (await standing(office, id))["certificates"]
    assert len(set(seen)) == 3
    assert (certificate["number"], certificate["state"], certificate["last_day"]) == (OLD, "replaced", "2027-02-27")
    assert certificate["heard"]["imported"]["printed_number"] == "01/GCN"
    assert certificate["heard"]["handed_over"] == {"on": "2026-12-05", "place": "Nhà văn hóa"}


async def test_a_certificate_stands_as_the_day_says_without_any_timer(office: Office) -> None:
    id = await imported(office)

    before = (await standing(office, id))["certificates"][0]["state"]
    office.clock.turn(office.clock().replace(year=2027, month=2, day=28) - office.clock())

    assert (before, (await standing(office, id))["certificates"][0]["state"]) == ("valid", "expired")


@pytest.mark.parametrize(("reason", "called"), [("name", "Dứa Đồng Giao"), ("loss", "Dứa sấy dẻo")])
async def test_a_name_corrected_on_the_certificate_is_the_products_and_the_former_stays(
    office: Office, reason: str, called: str
) -> None:
    id = await imported(office)

    for _ in range(2):
        await hear(office, CertificateCorrected, id, 2, reason=reason, name="Dứa Đồng Giao")

    told = await standing(office, id)
    assert told["name"] == called
    assert [each["name"] for each in told["former"]] == (["Dứa sấy dẻo"] if reason == "name" else [])
    found = (await office.as_("agency").get("/lists/products?search=dua dong giao")).json()["items"]
    assert len(found) == (1 if reason == "name" else 0)


async def test_a_certificate_that_says_a_former_name_calls_nothing_back(office: Office) -> None:
    id = await imported(office)
    await office.as_("owner").patch(f"/products/{id}", {"name": "Dứa Queen sấy"})

    await hear(office, CertificateCorrected, id, 2, reason="misprint")

    assert (await standing(office, id))["name"] == "Dứa Queen sấy"


async def test_a_new_owner_has_the_product_its_file_and_its_open_case(office: Office) -> None:
    recognised = await office.submitted()
    await office.hear(fact(ResultAnnounced, recognised), subject="rec-1", sequence=1)
    await office.hear(fact(CertificateIssued, recognised), subject="rec-1", sequence=2)
    product_id = (await office.dossiers.get(recognised)).product_id
    again = {"product_id": product_id, "case_kind": "re_evaluation"}
    opened = (await office.as_("owner").post("/dossiers", again)).json()["id"]
    said = {"reason": "new_owner", "owner_id": "htx-2", "product": {"id": product_id, "name": "Dứa sấy dẻo"}}

    for _ in range(2):
        await office.hear(fact(CertificateCorrected, recognised, **said), subject="rec-1", sequence=3)

    new, former = office.as_("owner", organisation="htx-2"), office.as_("owner")
    for path in (f"/products/{product_id}", f"/dossiers/{recognised}", f"/dossiers/{opened}"):
        assert (await new.get(path)).status_code == 200, path
        refused(await former.get(path), 404, "not-found")
    (before,) = (await standing(office, product_id, organisation="htx-2"))["former"]
    assert before["owner_id"] == "htx-1"


async def test_an_old_certificate_follows_its_merged_commune_and_keeps_a_divided_one(office: Office) -> None:
    # Xã Quang Sơn went into phường Tam Điệp whole, phường Ngọc Hà of Hà Nội into two.
    whole, divided = await office.product(), await office.product(name="Khác")
    await hear(office, CertificateImported, whole, 1, commune="14377")
    await hear(office, CertificateImported, divided, 1, commune="00016")

    held = {each.product_id: each.commune for each in (await office.priors.find({})).items}
    assert held == {whole: "14362", divided: "00016"}


@pytest.mark.parametrize("kind", [CertificateImported, CertificateCorrected])
async def test_another_province_says_nothing_of_our_products(office: Office, kind: type[OfCertificate]) -> None:
    id = await office.product()
    product = {"id": id, "name": PRODUCT["name"]}

    with pytest.raises((SpeakerElsewhere, WrongSpeaker)):
        await office.hear(fact(kind, "", product=product), subject="rec", speaker="38")

    assert (await office.priors.find({})).items == []


async def test_an_old_certificate_of_a_product_that_is_not_registered_here_is_kept_all_the_same(
    office: Office,
) -> None:
    await hear(office, CertificateImported, "nobody-knows", 1)
    await hear(office, CertificateCorrected, "nobody-knows", 2, reason="name", name="Tên mới")

    (held,) = (await office.priors.find({})).items
    assert (held.product_name, held.certificates[0].corrected is not None) == ("Tên mới", True)
