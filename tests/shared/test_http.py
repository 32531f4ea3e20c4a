"""The HTTP edge: bad input of every kind, problems in the reader's language, commands and their ids."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from shared.bodies import LINGERED, Limits
from shared.command import Command
from shared.errors import Flaw, OutcomeUnknown, Refusal
from shared.http import Router, command, create_app
from shared.identity import PUBLIC, Caller, allow
from shared.pages import After, Limit, Page, cursor
from shared.text import Text
from tests.shared.signing import OWNER, bearer, gate


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    code: Annotated[str, Field(pattern=r"^[A-Z]\d$")]
    weight: Annotated[Decimal, Field(gt=0, max_digits=6, decimal_places=2)] = Decimal(1)


class Parcel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Annotated[str, Text(20)]
    packed: date
    size: Literal["small", "large"] = "small"
    items: Annotated[list[Item], Field(max_length=3)] = []


class Sought(BaseModel):
    size: str
    number: Annotated[int, Field(alias="page")] = 1


class ParcelTooHeavy(Refusal):
    vi = "Kiện hàng nặng {weight} kg, quá mức. Hãy chia nhỏ."
    en = "The parcel weighs {weight} kg, too much. Split it."


def parcels() -> Router:
    router = Router(tags=["parcels"])

    @router.post("/parcels", status_code=201)
    async def packed(
        parcel: Parcel,
        caller: Annotated[Caller, allow("owner")],
        command: Annotated[Command, Depends(command)],
    ) -> dict[str, str]:
        return {
            "title": parcel.title,
            "id": command.id,
            "hash": command.hash,
            "because": command.correlation_id,
        }

    @router.post("/parcels/{number}/send")
    async def sent(
        number: str, caller: Annotated[Caller, allow("owner")], command: Annotated[Command, Depends(command)]
    ) -> str:
        return command.id

    @router.get("/parcels", dependencies=[PUBLIC])
    async def listed(after: After = None, limit: Limit = 50) -> Page[int]:
        start = int(after or 0)
        return Page.of(range(start, start + limit), str(start + limit))

    @router.get("/found", dependencies=[PUBLIC])
    async def found(sought: Annotated[Sought, Query()]) -> str:
        return f"{sought.size} {sought.number}"

    @router.get("/heavy", dependencies=[PUBLIC])
    async def heavy() -> None:
        raise ParcelTooHeavy(Flaw("/items/0", "Nặng 9 kg.", "Weighs 9 kg."), weight=9)

    @router.get("/away", dependencies=[PUBLIC])
    async def away() -> None:
        raise OutcomeUnknown("mongod at 10.0.0.7 did not answer")

    @router.get("/broken", dependencies=[PUBLIC])
    async def broken() -> None:
        raise ZeroDivisionError("secret detail")

    return router


@pytest.fixture
def app() -> FastAPI:
    return create_app("parcels", "1", [parcels()], gate=gate(), limits=Limits(size=2000, seconds=0.2))


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = bearer(OWNER) | {"Accept-Language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
        yield client


GOOD = {"title": "Rượu nếp", "packed": "2026-11-20"}


async def post(api: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await api.post("/parcels", content=body, headers={"Content-Type": "application/json"} | headers)


def wrong(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {flaw["pointer"]: flaw["detail"] for flaw in answer.json()["errors"]}


async def test_a_good_request_goes_through(api: httpx.AsyncClient) -> None:
    answer = await api.post("/parcels", json=GOOD)
    assert (answer.status_code, answer.json()["title"]) == (201, "Rượu nếp")


@pytest.mark.parametrize(
    ("changed", "pointer", "detail"),
    [
        ({"titel": "x"}, "/titel", "There is no such field; leave it out."),
        ({"title": 7}, "/title", "It must be text."),
        ({"title": None}, "/title", "It must be text."),
        ({"title": "   "}, "/title", "It must have at least 1 character(s)."),
        ({"title": "x" * 21}, "/title", "It must have at most 20 character(s)."),
        ({"title": "x" * 999}, "/title", "It must have at most 20 character(s)."),
        ({"title": "a\tb"}, "/title", "It holds control or invisible characters; type it again."),
        ({"packed": "2026-02-30"}, "/packed", "It must be a day that exists, written YYYY-MM-DD."),
        ({"packed": "yesterday"}, "/packed", "It must be a day that exists, written YYYY-MM-DD."),
        ({"packed": []}, "/packed", "It must be a day that exists, written YYYY-MM-DD."),
        ({"size": "huge"}, "/size", "It must be one of: 'small' or 'large'."),
        ({"items": {}}, "/items", "It must be a list."),
        ({"items": [{"code": "A1"}] * 4}, "/items", "It must have at most 3 item(s)."),
        ({"items": ["A1"]}, "/items/0", "It must be a JSON object."),
        ({"items": [{"code": "A1"}, {"code": "x"}]}, "/items/1/code", r"It must match ^[A-Z]\d$."),
        ({"items": [{"code": "A1", "weight": "0"}]}, "/items/0/weight", "It must be greater than 0."),
        ({"items": [{"code": "A1", "weight": "NaN"}]}, "/items/0/weight", "It must be a finite number."),
        (
            {"items": [{"code": "A1", "weight": "0.001"}]},
            "/items/0/weight",
            "It must have at most 2 decimal places.",
        ),
        ({"a/b~c": 1}, "/a~1b~0c", "There is no such field; leave it out."),
    ],
)
async def test_each_flaw_is_named_with_its_place(
    api: httpx.AsyncClient, changed: dict[str, object], pointer: str, detail: str
) -> None:
    assert wrong(await api.post("/parcels", json=GOOD | changed)) == {pointer: detail}


async def test_a_number_beyond_every_float_is_a_flaw(api: httpx.AsyncClient) -> None:
    answer = await post(api, b'{"title": "x", "packed": "2026-11-20", "items": [{"code": "A1", "weight": 9e999}]}')
    assert wrong(answer) == {"/items/0/weight": "It must be a finite number."}


async def test_flaws_are_told_in_vietnamese_unless_english_is_asked_for(api: httpx.AsyncClient) -> None:
    answer = await api.post("/parcels", json={"title": "x"}, headers={"Accept-Language": "fr"})
    assert wrong(answer) == {"/packed": "Thiếu trường này."}
    assert (answer.headers["content-language"], answer.json()["title"]) == ("vi", "Yêu cầu có chỗ sai")


async def test_all_flaws_are_counted_but_not_all_are_listed(app: FastAPI, api: httpx.AsyncClient) -> None:
    app.state.limits = Limits()
    answer = await api.post("/parcels", json=GOOD | {f"f{n}": n for n in range(3000)})
    assert len(answer.json()["errors"]) == 50
    assert "3000" in answer.json()["detail"]


async def test_a_body_that_is_missing_or_no_object_is_a_flaw(api: httpx.AsyncClient) -> None:
    assert wrong(await post(api, b"")) == {"": "This field is missing."}
    assert wrong(await post(api, b"[]")) == {"": "It must be a JSON object."}
    assert wrong(await post(api, b"null")).keys() == {""}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"title": "x"',
        b"{} {}",
        b'{"title": NaN}',
        b'{"title": Infinity}',
        b'{"title": "\xff\xfe"}',
        b'{"title": "\\ud800"}',
        b'{"title": "\\udc00\\ud800"}',
        b'{"title": "a\x00b"}',
        b"\x00",
        b"\xef\xbb\xbf{}",
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b"{'title': 1}",
    ],
)
async def test_what_is_not_clean_json_is_a_400(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await post(api, body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/body-not-json")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"title": "a\\u0000b"}', "/title"),
        (b'{"items": [{"code": "\\u0000"}]}', "/items/0/code"),
        (b'{"items": [{"\\u0000": 1}]}', "/items/0"),
    ],
)
async def test_a_nul_anywhere_is_refused_with_its_place(api: httpx.AsyncClient, body: bytes, pointer: str) -> None:
    answer = await post(api, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_a_backslash_followed_by_u0000_is_ordinary_text(api: httpx.AsyncClient) -> None:
    assert (await post(api, b'{"title": "a\\\\u0000", "packed": "2026-11-20"}')).json()["title"] == "a\\u0000"


async def test_text_is_brought_into_one_form(api: httpx.AsyncClient) -> None:
    typed_otherwise = "  Rươ\u0323u nê\u0301p "
    assert (await api.post("/parcels", json=GOOD | {"title": typed_otherwise})).json()["title"] == "Rượu nếp"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": ""},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_another_kind_of_content_is_a_415(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await api.post("/parcels", content=json.dumps(GOOD), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/content-type-unsupported")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=UTF-8", "Application/JSON", "application/merge-patch+json"]
)
async def test_json_is_taken_however_it_is_spelt(api: httpx.AsyncClient, kind: str) -> None:
    assert (await post(api, json.dumps(GOOD).encode(), **{"Content-Type": kind})).status_code == 201


async def test_a_body_that_is_too_large_is_refused(api: httpx.AsyncClient) -> None:
    answer = await post(api, b"x" * 2001)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert answer.json()["type"] == "/problems/body-too-large"


@pytest.mark.parametrize("path", ["/parcels", "/parcels/7/send"])
async def test_a_body_without_end_is_thrown_away_for_a_while_and_then_cut_off(
    api: httpx.AsyncClient, path: str
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 4 * LINGERED:
            sent += 1 << 20
            yield b"x" * (1 << 20)

    answer = await api.post(path, content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert LINGERED < sent <= LINGERED + (4 << 20)


async def test_a_body_that_says_it_is_enormous_is_not_read(api: httpx.AsyncClient) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    told = {"Content-Type": "application/json", "Content-Length": str(LINGERED + 1)}
    answer = await api.post("/parcels", content=unread(), headers=told)
    assert answer.status_code == 413


async def test_a_body_that_never_ends_is_not_waited_for(api: httpx.AsyncClient) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    answer = await api.post("/parcels", content=stalled(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")


@pytest.mark.parametrize("declared", ["9" * 400, "-1", "x", "²"])
async def test_an_odd_content_length_breaks_nothing(api: httpx.AsyncClient, declared: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": declared.encode()}
    answer = await api.post("/parcels", content=json.dumps(GOOD), headers=headers)
    assert answer.status_code in (201, 413)


@pytest.mark.parametrize("path", ["/parcels/%00/send", "/parcels/7/send?x=%00"])
async def test_a_nul_in_the_address_is_refused(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.post(path)).json()["type"] == "/problems/address-has-nul"


async def test_an_unknown_address_and_a_wrong_method_are_problems(api: httpx.AsyncClient) -> None:
    assert (await api.get("/nowhere")).json()["type"] == "/problems/address-unknown"
    answer = await api.delete("/parcels")
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert answer.headers["allow"]


async def test_a_refusal_is_told_with_its_flaws_in_the_readers_language(api: httpx.AsyncClient) -> None:
    english = (await api.get("/heavy")).json()
    assert english.pop("correlation_id")
    assert english == {
        "type": "/problems/parcel-too-heavy",
        "title": "Against a rule or the present state",
        "status": 409,
        "detail": "The parcel weighs 9 kg, too much. Split it.",
        "instance": "/heavy",
        "errors": [{"pointer": "/items/0", "detail": "Weighs 9 kg."}],
    }
    vietnamese = await api.get("/heavy", headers={"Accept-Language": "vi-VN,en;q=0.9"})
    assert vietnamese.json()["detail"] == "Kiện hàng nặng 9 kg, quá mức. Hãy chia nhỏ."


async def test_when_the_world_is_away_the_asker_hears_when_to_come_back(api: httpx.AsyncClient) -> None:
    answer = await api.get("/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "10.0.0.7" not in answer.text


async def test_an_unforeseen_error_shows_its_correlation_id_and_nothing_inside(
    api: httpx.AsyncClient,
) -> None:
    answer = await api.get("/broken", headers={"X-Correlation-Id": "trace-me"})
    assert (answer.status_code, answer.json()["correlation_id"]) == (500, "trace-me")
    assert answer.headers["connection"] == "close", "the server hangs up when the error reaches it"
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_answer_carries_the_headers_of_an_api(api: httpx.AsyncClient) -> None:
    for path in ("/parcels", "/nowhere", "/away"):
        headers = (await api.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-correlation-id"]


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Correlation-Id": "abc-1"}, "abc-1"),
        ({"traceparent": TRACE}, "4bf92f3577b34da6a3ce929d0e0e4736"),
        ({"traceparent": TRACE, "X-Correlation-Id": "abc-1"}, "abc-1"),
        ({"traceparent": TRACE, "X-Correlation-Id": "bad id\t"}, "4bf92f3577b34da6a3ce929d0e0e4736"),
        ({"X-Correlation-Id": "x" * 65}, None),
        ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}, None),
    ],
)
async def test_the_correlation_id_is_the_askers_own_when_it_is_well_formed(
    api: httpx.AsyncClient, headers: dict[str, str], expected: str | None
) -> None:
    answer = await api.post("/parcels", json=GOOD, headers=headers)
    given = answer.headers["x-correlation-id"]
    assert answer.json()["because"] == given
    assert given == expected or (expected is None and len(given) == 32)


async def test_the_same_key_makes_the_same_command_and_the_body_its_hash(api: httpx.AsyncClient) -> None:
    first = (await api.post("/parcels", json=GOOD, headers={"Idempotency-Key": "k-1"})).json()
    again = (await api.post("/parcels", json=GOOD, headers={"Idempotency-Key": "k-1"})).json()
    other = (await api.post("/parcels", json=GOOD | {"title": "x"}, headers={"Idempotency-Key": "k-1"})).json()
    assert (again["id"], again["hash"]) == (first["id"], first["hash"])
    assert other["id"] == first["id"]
    assert other["hash"] != first["hash"]


async def test_a_key_belongs_to_its_principal_and_its_address(api: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    ids = {
        (await api.post("/parcels/1/send", headers=key)).json(),
        (await api.post("/parcels/2/send", headers=key)).json(),
        (await api.post("/parcels/1/send", headers=key | bearer(OWNER | {"id": "own-2"}))).json(),
    }
    assert len(ids) == 3


async def test_without_a_key_every_command_is_new_and_sorts_by_time(api: httpx.AsyncClient) -> None:
    first = (await api.post("/parcels/1/send")).json()
    second = (await api.post("/parcels/1/send")).json()
    assert first != second
    assert first[:12] <= second[:12]


@pytest.mark.parametrize("key", ["", " ", "x" * 129, "a b", "a\tb", "khóa".encode()])
async def test_a_malformed_key_is_a_400(api: httpx.AsyncClient, key: str | bytes) -> None:
    answer = await api.post("/parcels", json=GOOD, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-malformed")


async def test_a_list_is_read_page_by_page(api: httpx.AsyncClient) -> None:
    first = (await api.get("/parcels?limit=2")).json()
    assert first["items"] == [0, 1]
    assert (await api.get("/parcels", params={"limit": 2, "after": first["next"]})).json()["items"] == [2, 3]


@pytest.mark.parametrize("after", ["", "x", "%FF", "MTE=", "é", cursor("a\x00"), "x" * 1000])
async def test_a_cursor_we_did_not_give_is_refused(api: httpx.AsyncClient, after: str) -> None:
    assert wrong(await api.get("/parcels", params={"after": after})).keys() == {"?after"}


async def test_a_misspelt_parameter_is_not_passed_over(api: httpx.AsyncClient) -> None:
    answer = await api.get("/parcels?limits=2&after=&q")
    assert wrong(answer)["?limits"] == "There is no such parameter; leave it out."
    assert (await api.get("/found?size=large&page=2")).json() == "large 2"
    assert wrong(await api.get("/found?sizes=large")).keys() == {"?sizes"}


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "9" * 50])
async def test_a_limit_out_of_reach_is_refused(api: httpx.AsyncClient, limit: str) -> None:
    assert wrong(await api.get("/parcels", params={"limit": limit})).keys() == {"?limit"}


async def test_the_description_tells_of_problems_keys_and_appointments(api: httpx.AsyncClient) -> None:
    described = (await api.get("/openapi.json")).json()
    operation = described["paths"]["/parcels"]["post"]
    assert {each["name"].lower() for each in operation["parameters"]} == {
        "idempotency-key",
        "ocop-appointment",
    }
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "Problem" in described["components"]["schemas"]
    assert "security" not in described["paths"]["/heavy"]["get"]


def test_a_route_made_outside_the_edge_stops_the_start() -> None:
    router = APIRouter()

    @router.get("/parcels", dependencies=[PUBLIC])
    async def seen() -> None:
        return None

    with pytest.raises(TypeError, match=r"shared\.http\.Router"):
        create_app("parcels", "1", [router], gate=gate())


def test_a_command_made_before_its_caller_is_known_stops_the_start() -> None:
    router = Router()

    @router.post("/parcels")
    async def packed(command: Annotated[Command, Depends(command)], caller: Annotated[Caller, allow("owner")]) -> None:
        return None

    with pytest.raises(TypeError, match="caller before the command"):
        create_app("parcels", "1", [router], gate=gate())
