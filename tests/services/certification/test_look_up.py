"""The public look-up: every state with its dates, by number, older number, code and QR, as JSON and as a page."""

from datetime import date, timedelta
from html.parser import HTMLParser

import httpx
import pytest

from services.certification.domain.certificate import (
    Annulled,
    Certificate,
    Corrected,
    Extended,
    Imported,
    Replacement,
    Revoked,
)
from services.certification.store import Recognitions
from services.certification.verification import verify
from shared.clock import midnight
from tests.services.certification.builders import certificate, recognition
from tests.services.certification.office import Office, decision

NUMBER = "37-2026-123-001"
BY = {"decision_id": "decision/37/2027/9", "decision_number": "9/QĐ-UBND", "on": date(2027, 5, 4)}
TODAY = date(2028, 1, 1)
HELD = certificate()

NEW = "37-2027-9-001"

STATES: list[tuple[str, Certificate, date, str]] = [
    ("valid", HELD, TODAY, "to the end of 20 November 2029"),
    ("valid", HELD, date(2029, 11, 20), "20 November 2029"),
    ("expired", HELD, date(2029, 11, 21), "last valid day was 20 November 2029"),
    ("revoked", HELD.model_copy(update={"revoked": Revoked(**BY, ground="law_breach")}), TODAY, "on 4 May 2027"),
    ("valid", HELD.model_copy(update={"revoked": Revoked(**BY, ground="law_breach")}), date(2027, 5, 3), "2029"),
    ("annulled", HELD.model_copy(update={"annulled": Annulled(**BY, ground="faulty_rating")}), TODAY, "9/QĐ-UBND"),
    (
        "replaced",
        HELD.model_copy(update={"replaced": Replacement(number="37-2027-9-001", on=BY["on"])}),
        TODAY,
        "9-001",
    ),
    (
        "extended",
        HELD.model_copy(update={"extended": Extended(**BY, until=date(2030, 5, 19))}),
        date(2030, 5, 19),
        "until the end of 19 May 2030",
    ),
]


@pytest.mark.parametrize(("verdict", "held", "today", "said"), STATES)
def test_each_state_is_told_with_its_dates(verdict: str, held: Certificate, today: date, said: str) -> None:
    told = verify(held.number, held, today)

    assert told.validity == verdict
    assert said in told.says["en"]
    assert told.certificate is not None


def test_an_old_print_of_a_valid_certificate_is_superseded_and_of_an_ended_one_ended() -> None:
    corrected = HELD.model_copy(update={"corrections": (Corrected(**BY, reason="name", print_version=2),)})

    assert verify(HELD.number, corrected, TODAY, 1).validity == "superseded_print"
    assert verify(HELD.number, corrected, TODAY, 2).validity == "valid"
    assert verify(HELD.number, corrected, TODAY).validity == "valid"
    assert verify(HELD.number, corrected, date(2030, 1, 1), 1).validity == "expired"


@pytest.fixture
async def office() -> Office:
    office = Office()
    id = await office.score(1, product={"id": "product-001", "name": "Rượu nếp <b>cẩm</b>"})
    assert (await office.process.post("chair", "/decisions", decision(id))).status_code == 201
    await office.deliver()
    return office


async def scanned(office: Office) -> str:
    text = str((await office.process.anybody(f"/certificates/{NUMBER}/qr")).json()["text"])
    return text.removeprefix("HTTPS://OCOP.VN")


async def anybody(office: Office, path: str, language: str = "en") -> httpx.Response:
    async with office.process.as_("observer", language=language) as client:
        return await client.get(path, headers={"Authorization": ""})


async def test_a_scanned_code_leads_to_a_page_that_says_whether_it_is_valid(office: Office) -> None:
    page = await anybody(office, await scanned(office))

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "This certificate is valid to the end of 20 November 2029." in page.text
    # What a person wrote is text, never markup.
    assert "Rượu nếp &lt;b&gt;cẩm&lt;/b&gt;" in page.text
    assert "owner" not in page.text


async def test_a_forged_code_tells_nothing_of_the_certificate_it_names(office: Office) -> None:
    path = await scanned(office)
    forged = path[:-30] + ("A" if path[-30] != "A" else "B") + path[-29:]

    page = await anybody(office, forged)
    told = (await anybody(office, f"/verification?q={forged}")).json()

    assert page.status_code == 200
    assert "Not genuine" in page.text and NUMBER not in page.text
    assert (told["validity"], told["reason"], told["number"]) == ("not_genuine", "signature_wrong", "")


async def test_number_and_code_are_answered_alike_as_json(office: Office) -> None:
    by_number = (await anybody(office, f"/certificates/{NUMBER}")).json()
    typed = (await anybody(office, f"/verification?q=%20{NUMBER}%20")).json()
    by_code = (await anybody(office, f"/verification?q=https://ocop.vn{await scanned(office)}")).json()

    assert by_number == typed
    assert by_code | {"print_version": None} == by_number
    assert by_code["print_version"] == 1


async def test_an_older_paper_is_found_by_what_is_printed_on_it(office: Office) -> None:
    older = Imported(printed_number="12/2024/OCOP", product_code="83-829-28780-3-2022", issuer="Tam Điệp")
    held = certificate(number="37-H2024-12-2024-OCOP").model_copy(update={"imported": older})
    recognitions: Recognitions = office.process.recognitions
    await recognitions.add(recognition().but(certificates=(held,)))

    for asked in ("12/2024/OCOP", "83-829-28780-3-2022", held.number):
        assert (await anybody(office, f"/verification?q={asked}")).json()["number"] == held.number


async def test_an_answer_is_kept_no_longer_than_to_midnight_in_viet_nam(office: Office) -> None:
    eve = midnight(date(2029, 11, 21)) - timedelta(seconds=90)
    office.clock.now = eve

    known, unknown = await anybody(office, f"/certificates/{NUMBER}"), await anybody(office, "/verify?q=37-2026-9-999")
    office.clock.now = eve + timedelta(seconds=90)
    after = await anybody(office, f"/certificates/{NUMBER}")

    assert (known.json()["validity"], known.headers["cache-control"]) == ("valid", "public, max-age=90")
    assert unknown.headers["cache-control"] == "public, max-age=30"
    assert after.json()["validity"] == "expired"


@pytest.mark.parametrize(
    "asked", ["", "x", "37-2026-123-002", "🐟", "'; drop", "A" * 399, "/Q/", "../../etc", "{$gt:1}"]
)
async def test_what_is_nowhere_is_told_politely(office: Office, asked: str) -> None:
    told = await anybody(office, "/verification?" + str(httpx.QueryParams({"q": asked})))
    page = await anybody(office, "/verify?" + str(httpx.QueryParams({"q": asked})))

    assert (told.status_code, page.status_code) == (200, 200)
    assert told.json()["validity"] in ("unknown", "not_genuine")


@pytest.mark.parametrize("path", ["/verification?q=" + "A" * 401, "/Q/" + "A" * 500, "/verify?lang=fr", "/verify?x=1"])
async def test_what_is_malformed_is_refused_with_a_problem(office: Office, path: str) -> None:
    answer = await anybody(office, path)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


class Outline(HTMLParser):
    """The parts of a page that somebody who cannot see it goes by."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", ["/verify", f"/verify?q={NUMBER}", "/verify?q=nothing"])
async def test_a_page_can_be_used_without_seeing_it(office: Office, language: str, path: str) -> None:
    page = await anybody(office, path, language)
    outline = Outline(page.text)

    assert outline.all("html") == [{"lang": language}]
    assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("title")) == 1
    assert all(each.get("type") == "hidden" or each.get("id") == "q" for each in outline.all("input"))
    assert [each["for"] for each in outline.all("label")] == ["q"]
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in outline.all("section"):
        assert attributes["aria-labelledby"] in ids
    (viewport,) = [each["content"] for each in outline.all("meta") if each.get("name") == "viewport"]
    assert viewport is not None and "maximum-scale" not in viewport
    assert not outline.all("script") and not outline.all("img")
    assert page.headers["content-language"] == language
    assert "script-src" not in page.headers["content-security-policy"]
