"""Receipts and letters over HTTP: what was entered stands on the page, and none is printed before its step."""

from io import BytesIO

import pytest

from services.dossier.events.heard import EvaluationOpened, ResultAnnounced, ScoreFinalized
from tests.services.dossier.facts import fact
from tests.services.dossier.office import PACKAGE, Office, refused
from tests.services.dossier.routes.test_forms import WRITTEN, Reader, squeezed

ITEMS = {"items": [{"paper": "extra_test", "name": "Chỉ tiêu vi sinh"}], "until": "2026-12-10"}


async def text_of(office: Office, id: str, letter: str, format: str, read: Reader, role: str = "agency") -> str:
    answer = await office.as_(role).get(f"/dossiers/{id}/letters/{letter}?format={format}")
    assert answer.status_code == 200, answer.text
    return squeezed(read(BytesIO(answer.content).getvalue()))


@WRITTEN
async def test_receipts_of_both_offices_carry_number_day_and_samples(office: Office, format: str, read: Reader) -> None:
    id = await office.moved_to("registered")

    commune = await text_of(office, id, "commune-receipt", format, read, "owner")
    agency = await text_of(office, id, "agency-receipt", format, read)

    for value in ("X-001/PĐK-37-14362-2026", "21/11/2026", "HTX Quang Sơn", "Dứa sấy dẻo", "GIẤY TIẾP NHẬN HỒ SƠ"):
        assert squeezed(value) in commune, value
    assert squeezed("T-001/PĐK-37-14362-2026") in agency and "37-14362-01-2027" in agency
    assert "Mẫusố" not in commune.replace("Sốmẫu", "")


@WRITTEN
async def test_a_request_names_everything_and_its_last_day(office: Office, format: str, read: Reader) -> None:
    id = await office.moved_to("received")
    await office.as_("commune_officer").post(f"/dossiers/{id}/supplements", ITEMS)

    text = await text_of(office, id, "supplement-request", format, read)

    for value in ("Chỉ tiêu vi sinh", "Kiểm nghiệm bổ sung", "10/12/2026", "ỦY BAN NHÂN DÂN CẤP XÃ"):
        assert squeezed(value) in text, value


@WRITTEN
async def test_the_proposal_carries_the_letters_number_and_the_four_contents(
    office: Office, format: str, read: Reader
) -> None:
    id = await office.moved_to("proposed")

    text = await text_of(office, id, "proposal", format, read)

    for value in ("45/TTr-UBND", "Ngày 21 tháng 11 năm 2026", "Bản sắc, trí tuệ địa phương", "37-14362-01-2027"):
        assert squeezed(value) in text, value


@WRITTEN
async def test_the_letter_to_the_centre_lists_the_package_and_is_the_agencys(
    office: Office, format: str, read: Reader
) -> None:
    id = await office.submitted()
    await office.hear(fact(EvaluationOpened, id), sequence=1)
    await office.hear(fact(ScoreFinalized, id, potential_five_star=True, stars=4), sequence=2)
    await office.as_("agency").post(f"/dossiers/{id}/forwarding", PACKAGE)

    text = await text_of(office, id, "central-submission", format, read)

    for value in ("12/BC", "20/11/2026", "Báo cáo của Hội đồng", "5 sao"):
        assert squeezed(value) in text, value
    refused(await office.as_("owner").get(f"/dossiers/{id}/letters/central-submission"), 409, "nothing-to-print")


@pytest.mark.parametrize(
    "letter", ["commune-receipt", "agency-receipt", "supplement-request", "proposal", "central-submission"]
)
async def test_nothing_is_printed_before_its_step(office: Office, letter: str) -> None:
    id = await office.dossier()

    refused(await office.as_("agency").get(f"/dossiers/{id}/letters/{letter}"), 409, "nothing-to-print")


@WRITTEN
async def test_the_notice_of_a_result_says_what_to_mend_and_goes_to_whoever_sends_it(
    office: Office, format: str, read: Reader
) -> None:
    id = await office.submitted()
    refused(await office.as_("owner").get(f"/dossiers/{id}/letters/result"), 409, "nothing-to-print")
    missed = {"star": 4, "criterion": "3.5", "needed": 5, "had": 2}
    await office.hear(fact(ResultAnnounced, id, outcome="recognised", stars=3, failed_minimums=(missed,)), sequence=1)

    text = await text_of(office, id, "result", format, read, "service")

    for value in ("THÔNG BÁO KẾT QUẢ", "Được công nhận đạt 3 sao", "3.5", "Điểm cần đạt"):
        assert squeezed(value) in text, value
