"""Bad input at every edge: a problem document in the reader's language, the places named, and nothing half done."""

import copy
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.system.country import COMMUNE, FORM, SET, Country
from tests.system.interface import Known, Operation, at_rest, everything, good, operations

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

VIETNAMESE = set("ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ")
JSON = {"Content-Type": "application/json"}
LARGE = 10 * 1024 * 1024

Sent = dict[str, Any]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the values stand in a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*path, name)
        yield from places(each, (*path, name))


def with_value(body: Mapping[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed: Any = copy.deepcopy(dict(body))
    inside = changed
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    whole: dict[str, Any] = changed
    return whole


def at(body: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


def pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def worse(body: Mapping[str, Any]) -> Iterator[tuple[str, Sent, str | None]]:
    """What is sent instead of a good body, and the place that must be named."""
    yield "an unknown field", {"json": {**body, "nonsense": 1}}, "/nonsense"
    # Ticks and agreements are looked at one by one elsewhere; two of them are enough here.
    seen = 0
    for path in places(body):
        if path[0] == "ticks" and len(path) > 1:
            seen += 1
            if seen > 2:
                continue
        value = at(body, path)
        wrong: object = {"an": "object"} if not isinstance(value, dict) else "text"
        yield f"a wrong type at {pointer(path)}", {"json": with_value(body, path, wrong)}, pointer(path)
        if isinstance(value, str):
            yield f"NUL at {pointer(path)}", {"json": with_value(body, path, f"{value}\x00")}, pointer(path)
            text = json.dumps(with_value(body, path, "@@@")).replace("@@@", "\\ud800")
            yield f"a lone surrogate at {pointer(path)}", {"content": text, "headers": JSON}, None
            if value[:4].isdigit() and value[4:5] == "-":
                for day in ("2026-02-30", "2026-13-01", "0000-00-00"):
                    yield f"the day {day} at {pointer(path)}", {"json": with_value(body, path, day)}, pointer(path)
    for what, content in {
        "no JSON": b'{"name": ',
        "bytes that are not UTF-8": b'{"reason": "\xff\xfe"}',
        "NaN": b'{"reason": NaN}',
        "deep nesting": b'{"reason": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "a list": b"[]",
        "a number": b"37",
    }.items():
        yield what, {"content": content, "headers": JSON}, None
    yield "another type of content", {"content": b"<a/>", "headers": {"Content-Type": "text/xml"}}, None
    yield "10 MB", {"content": b'{"reason": "' + b"x" * LARGE + b'"}', "headers": JSON}, None


def check_problem(answer: httpx.Response, where: str, language: str, place: str | None) -> None:
    assert 400 <= answer.status_code < 500, where
    assert answer.headers["content-type"] == "application/problem+json", where
    assert answer.headers["content-language"] == language, where
    problem = answer.json()
    assert problem["type"].startswith("/problems/"), where
    assert problem["status"] == answer.status_code, where
    assert problem["title"], where
    assert problem["detail"], where
    assert problem["correlation_id"] == answer.headers["x-correlation-id"], where
    sentences = " ".join([problem["title"], problem["detail"], *(e["detail"] for e in problem.get("errors", []))])
    assert bool(VIETNAMESE & set(problem["title"].lower())) == (language == "vi"), f"{where}: {sentences}"
    if place is not None:
        named = [error["pointer"] for error in problem.get("errors", [])]
        assert any(each == place or each.startswith(place + "/") for each in named), f"{where}: {named} not {place}"


async def with_bodies(country: Country) -> list[Operation]:
    return [each for each in await operations(country) if each.changes and each.takes_body]


async def test_every_bad_body_on_every_route_is_answered_with_a_problem_and_changes_nothing(
    country: Country, known: Known
) -> None:
    before = await at_rest(country)

    sent = 0
    for operation in await with_bodies(country):
        role, body = good(operation, known)
        for number, (what, given, place) in enumerate(worse(body)):
            language = ("vi", "en")[number % 2]
            headers = {**given.get("headers", {}), "Accept-Language": language}
            answer = await country.ask(
                operation.method,
                operation.service,
                operation.address(known),
                role,
                **{**given, "headers": headers},
            )
            where = f"{operation.name}, {what}: {answer.status_code} {answer.text[:500]}"
            check_problem(answer, where, language, place)
            sent += 1

    assert sent > 300
    assert await everything(country) == before


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_bad_addresses_are_problems_too(country: Country, known: Known, language: str) -> None:
    told = {"Accept-Language": language}
    for method, service, path in (
        ("GET", "dossier", "/nowhere"),
        ("DELETE", "dossier", f"/dossiers/{known.case.dossier}"),
        ("GET", "dossier", "/dossiers/%00"),
        ("GET", "dossier", "/dossiers?limit=many"),
        ("GET", "dossier", "/dossiers?stat=draft"),
        ("GET", "dossier", "/dossiers?after=nonsense"),
        ("GET", "dossier", "/dossiers?state=burnt"),
        ("GET", "scoring", "/catalogue/sets?on=2026-02-30"),
        ("GET", "scoring", "/evaluations/not-an-id"),
        ("GET", "certification", "/decisions/101?year=1"),
        ("GET", "notification", "/deliveries/nothing"),
    ):
        answer = await country.ask(method, service, path, headers=told)
        check_problem(answer, f"{method} {path}: {answer.status_code} {answer.text[:300]}", language, None)


async def test_a_repeated_request_is_answered_the_same_and_another_body_under_its_key_is_refused(
    country: Country,
) -> None:
    async def asked(
        service: str, path: str, body: Mapping[str, Any], other: Mapping[str, Any], role: str = "agency"
    ) -> dict[str, Any]:
        """The same three times and another body under one key; the first answer."""
        key = f"key-{uuid.uuid4().hex}"
        first = await country.tell(service, path, body, role, key=key)
        again = [await country.tell(service, path, body, role, key=key) for _ in range(2)]
        assert again == [first, first], path
        refused = await country.ask("POST", service, path, role, key=key, json=other)
        assert refused.status_code == 422, f"{path}: {refused.text}"
        assert refused.json()["type"] == "/problems/key-reused", path
        return first

    before = await at_rest(country)
    owner = {"name": "HTX A", "kind": "cooperative", "commune": COMMUNE, "email": "a@vidu.vn", "language": "vi"}
    owner_id = (await asked("dossier", "/owners", owner, {**owner, "name": "HTX B"}))["id"]
    product = {"owner_id": owner_id, "name": "Gạo", "product_set": SET, "commune": COMMUNE}
    product_id = (await asked("dossier", "/products", product, {**product, "name": "Nếp"}))["id"]
    dossier = {"product_id": product_id, "case_kind": "first", "form": FORM}
    id = (await asked("dossier", "/dossiers", dossier, {**dossier, "case_kind": "upgrade"}))["id"]
    await asked("dossier", f"/dossiers/{id}/submission", {"to": "37"}, {})
    await asked("dossier", f"/dossiers/{id}/withdrawal", {"reason": "Xin rút."}, {"reason": "Rút."})

    made = {name for name in await everything(country) if name.startswith("dossier ")} - before.keys()
    assert made == {f"dossier {each}" for each in (f"owner/{owner_id}", product_id, id)}


async def test_a_malformed_key_is_refused(country: Country, known: Known) -> None:
    for key in ("có dấu", "x" * 129, "hai chữ"):
        told = {"Idempotency-Key": key.encode()}
        body = {"reason": "Xin rút."}
        path = f"/dossiers/{known.case.dossier}/withdrawal"
        headers = {name: value.encode() for name, value in country.headers("agency").items()} | told
        answer = await country.raw("POST", "dossier", path, headers, json=body)
        check_problem(answer, f"{key}: {answer.text}", "en", None)
        assert answer.json()["type"] == "/problems/idempotency-key-malformed"
