"""A message is looked at before it is sent, and an authority says it in words of its own, which are proved first."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.notification.domain.rules import RULES
from services.notification.domain.wording import MOST_VERSIONS, Wording, WordingOverfull, Words
from services.notification.events import TOLD
from services.notification.examples import examples
from services.notification.routes import template_routes
from shared.http import create_app
from tests.services.notification.desk import NOW, Desk, example, messages
from tests.services.notification.routes.test_subscriptions import as_
from tests.shared.signing import gate

FACTS = json.loads(example("CertificateIssued", "first").model_dump_json())
OWN: dict[str, Any] = {
    "subject": "Chúc mừng: {{ event.product.name }}",
    "paragraphs": [
        "Giấy {{ event.number }}, {{ event.stars }} sao, hết hạn {{ event.valid_until | day }}.",
        "{% if event.replaces %}Giấy này thay giấy {{ event.replaces }}.{% endif %}",
    ],
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest_asyncio.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    routers = [template_routes(desk.wordings, messages(), examples(TOLD), desk.clock)]
    app = create_app("notification", "1", routers, gate=gate("37", "48"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notification") as client:
        client.headers.update(as_("x", "agency"))
        yield client


async def test_a_template_is_previewed_with_an_example_event(client: httpx.AsyncClient) -> None:
    shown = (await client.post("/templates/certificate-issued/preview", json={"language": "en", "facts": FACTS})).json()

    assert "37-2026-1048-001" in shown["text"] and "<p>" in shown["html"] and shown["template_version"]


@pytest.mark.parametrize("template", sorted({rule.template for rule in RULES if rule.event in examples(TOLD)}))
async def test_every_message_is_previewed_with_the_example_of_its_contract(
    client: httpx.AsyncClient, template: str
) -> None:
    shown = await client.post(f"/templates/{template}/preview", json={})

    assert shown.status_code == 200 and shown.json()["subject"]


async def test_what_no_contract_describes_is_previewed_with_data_of_ones_own(client: httpx.AsyncClient) -> None:
    without = await client.post("/templates/letter/preview", json={})
    with_data = await client.post("/templates/letter/preview", json={"facts": {"title": "Mời", "paragraphs": ["Họp."]}})

    assert (without.status_code, with_data.status_code) == (422, 200)


async def test_a_preview_of_other_data_says_what_is_missing(client: httpx.AsyncClient) -> None:
    refused = await client.post("/templates/certificate-issued/preview", json={"facts": {"number": "1"}})
    unknown = await client.post("/templates/none/preview", json={"facts": {}})

    assert "/facts/product" in [flaw["pointer"] for flaw in refused.json()["errors"]]
    assert unknown.status_code == 404


async def test_own_words_are_sent_and_the_record_names_their_version(client: httpx.AsyncClient, desk: Desk) -> None:
    saved = (await client.put("/templates/certificate-issued/vi", json=OWN)).json()
    id = await desk.hear(example("CertificateIssued", "first"))

    await desk.worker().round()

    (mail,) = desk.shown()
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    sent = (await desk.delivery(id)).sent
    assert mail["Subject"] == "Chúc mừng: Rượu nhung hươu Tam Điệp"
    assert plain is not None and "Giấy 37-2026-1048-001, 3 sao, hết hạn " in plain.get_content()
    assert html is not None and "<p>Giấy 37-2026-1048-001, 3 sao" in html.get_content()
    assert sent is not None and sent.template_version == saved["versions"][0]["template_version"]


async def test_every_version_is_kept_and_the_same_words_are_one(client: httpx.AsyncClient) -> None:
    for words in (OWN, OWN, {**OWN, "subject": "Khác"}):
        await client.put("/templates/certificate-issued/vi", json=words)

    shown = (await client.get("/templates/certificate-issued/vi")).json()

    assert [version["subject"] for version in shown["versions"]] == [OWN["subject"], "Khác"]
    assert len({version["template_version"] for version in shown["versions"]}) == 2
    assert {"event.product.name", "event.valid_until"} <= set(shown["fields"])


async def test_words_are_looked_at_before_they_are_saved(client: httpx.AsyncClient) -> None:
    facts = {**FACTS, "product": {"id": "p", "name": "<b>Chè</b>"}}

    shown = (await client.post("/templates/certificate-issued/preview", json={"facts": facts, "words": OWN})).json()

    versions = (await client.get("/templates/certificate-issued/vi")).json()["versions"]
    assert shown["subject"] == "Chúc mừng: <b>Chè</b>" and "&lt;b&gt;Chè" in shown["html"]
    assert versions == []


async def test_a_province_speaks_for_itself_only(client: httpx.AsyncClient) -> None:
    await client.put("/templates/certificate-issued/vi", json=OWN)

    theirs = await client.get("/templates/certificate-issued/vi", headers=as_("x", "agency", "48"))

    assert theirs.json()["versions"] == []


@pytest.mark.parametrize(
    "source",
    [
        "{{ event.nummer }}",
        "{{ event.product.naem }}",
        "{{ event.number.upper }}",
        "{{ name }}",
        "{% if event.star %}x{% endif %}",
        "{% if event.stars %}{{ event.gone }}{% endif %}",
        "{% if event.stars %}x{% else %}{{ event.gone }}{% endif %}",
        "{% for each in event.number %}x{% endfor %}",
        "{{ event.number | day }}",
        "{{ event.replaces | day }}",
        "{{ event.valid_until | days_before(99999) | day }}",
        "{{ event.number | upper }}",
        "{{ event.number > 3 }}",
        "{{ 'x' * 999999999 }}",
        "{{ event.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ event.number() }}",
        "{% for i in range(9) %}x{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'layout.vi.html' %}",
        "{% macro f() %}{% endmacro %}",
        "{{ event.number",
        "{% if event.stars %}",
    ],
)
async def test_what_does_not_fit_the_event_is_refused_when_it_is_saved(client: httpx.AsyncClient, source: str) -> None:
    refused = await client.put("/templates/certificate-issued/vi", json={**OWN, "paragraphs": ["Chào.", source]})

    assert (refused.status_code, [flaw["pointer"] for flaw in refused.json()["errors"]]) == (422, ["/paragraphs/1"])


@pytest.mark.parametrize(
    "words",
    [
        "{% for failed in event.failed_minimums %}{{ failed.star }} sao: {{ failed.criterion }}. {% endfor %}",
        "Thiếu {{ event.failed_minimums | length }} mục.",
        "{% if event.outcome == 'recognised' and not event.stars < 4 %}Chúc mừng!{% endif %}",
        "Trước ngày {{ event.decided_on | days_before(15) | day }}.",
    ],
)
async def test_conditions_lists_and_days_can_be_used(client: httpx.AsyncClient, words: str) -> None:
    facts = json.loads(example("ResultAnnounced").model_dump_json())
    asked = {"facts": facts, "words": {"subject": "Kết quả", "paragraphs": [words]}}

    shown = await client.post("/templates/result-announced/preview", json=asked)

    assert shown.status_code == 200


async def test_lists_do_not_multiply(client: httpx.AsyncClient) -> None:
    inner = "{% for b in event.failed_minimums %}x{% endfor %}"
    words = {"subject": "x", "paragraphs": ["{% for a in event.failed_minimums %}" + inner + "{% endfor %}"]}

    assert (await client.put("/templates/result-announced/vi", json=words)).status_code == 422


def test_versions_have_a_limit() -> None:
    wording = Wording.unsaid("37", "certificate-issued", "vi")
    for number in range(MOST_VERSIONS):
        wording, _ = wording.saved(Words(subject=str(number), paragraphs=("x",)), "an", NOW)

    with pytest.raises(WordingOverfull):
        wording.saved(Words(subject="one more", paragraphs=("x",)), "an", NOW)


@pytest.mark.parametrize("role", ["operator", "owner", "observer"])
async def test_only_an_agency_changes_the_words(client: httpx.AsyncClient, role: str) -> None:
    refused = await client.put("/templates/certificate-issued/vi", json=OWN, headers=as_("x", role))

    assert refused.status_code == 403
