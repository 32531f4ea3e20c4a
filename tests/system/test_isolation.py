"""A province sees, changes and says nothing of another; an observer changes nothing; a bad token opens nothing."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from deploy.ocop.issuer import AUDIENCE, ISSUER
from shared.identity import APPOINTMENT
from tests.system.country import HOME, NEIGHBOUR, Country, Said, submitted
from tests.system.interface import Known, at_rest, everything, good, operations
from tests.system.observatory import MailServer

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

ROLES = (
    "owner",
    "commune_officer",
    "agency",
    "council_member",
    "council_chair",
    "council_secretary",
    "chair",
    "observer",
    "operator",
    "service",
)


async def test_a_province_cannot_speak_on_the_topics_of_another(country: Country) -> None:
    assert country.stack.kafka is not None
    home = await country.stack.kafka.deployment([HOME])
    own, foreign = submitted("said-by-37"), submitted("said-by-37", authority=NEIGHBOUR)

    with pytest.raises(TopicAuthorizationFailedError):
        headers, value = foreign.record()
        await country.produce(f"ocop.{NEIGHBOUR}.dossiers", headers, value, key=b"said-by-37", bus=home)

    headers, value = own.record()
    await country.produce(f"ocop.{HOME}.dossiers", headers, value, key=b"said-by-37", bus=home)
    assert all(record.key != b"said-by-37" for record in await country.records(NEIGHBOUR, "dossiers"))


async def test_nobody_of_another_province_is_shown_or_changes_anything_over_any_route(
    country: Country, known: Known
) -> None:
    before = await at_rest(country, authority=HOME)

    for operation in await operations(country):
        if not operation.secured:
            continue
        body = good(operation, known)[1] if operation.takes_body else None
        for role in ROLES:
            answer = await country.ask(
                operation.method, operation.service, operation.address(known), role, authority=NEIGHBOUR, json=body
            )
            where = f"{operation.name} as {role}: {answer.status_code} {answer.text[:300]}"
            if answer.status_code >= 400:
                assert answer.status_code in (403, 404, 409, 422), where
            else:
                assert not any(id in answer.text for id in known.ids), where

    assert await everything(country, authority=HOME) == before


async def test_a_province_cannot_have_the_people_of_another_told_something(
    country: Country, known: Known, office: MailServer
) -> None:
    subject = f"lie-{uuid.uuid4().hex[:12]}"
    lie = Said(
        "vn.ocop.result.announced.v1",
        "certificates",
        "certification",
        subject,
        1,
        {
            "province": HOME,
            "dossier_id": known.case.dossier,
            "evaluation_id": known.evaluation,
            "owner_id": known.case.owner,
            "product": {"id": known.case.product, "name": "Gạo nói dối"},
            "case_kind": "first",
            "outcome": "not_recognised",
            "stars": 1,
            "failed_minimums": [],
            "decision_number": "666/QĐ-UBND",
            "decided_on": "2026-11-20",
        },
        NEIGHBOUR,
    )
    before = await at_rest(country, authority=HOME, kind={"$ne": "Lane"})

    await country.speak(lie)

    for service in ("dossier", "notification"):
        lane = await country.lane(service, f"lane/ocop.{NEIGHBOUR}.certificates/{subject}", 1, authority=NEIGHBOUR)
        assert lane["events"][0]["cause"] == "refused"
        assert "does not address" in lane["events"][0]["reason"]
    assert await everything(country, authority=HOME, kind={"$ne": "Lane"}) == before
    assert not any("Gạo nói dối" in mail.as_string() for mail in office.mail)


async def test_an_observer_reads_and_changes_nothing(country: Country, known: Known) -> None:
    before = await at_rest(country)

    for operation in await operations(country):
        if operation.changes:
            body = good(operation, known)[1] if operation.takes_body else None
            path = operation.address(known)
            answer = await country.ask(operation.method, operation.service, path, "observer", json=body)
            assert answer.status_code == 403, f"{operation.name}: {answer.status_code} {answer.text[:300]}"

    assert await everything(country) == before
    assert (await country.read("certification", "/certificates", "observer"))["items"]


def _claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    held = {"id": f"agency-{HOME}", "role": "agency", "authority": HOME, "from": "2020-01-01"}
    return {
        "iss": ISSUER,
        "sub": "agency",
        "aud": AUDIENCE,
        "nbf": now - 60,
        "exp": now + 600,
        "appointments": [held],
    } | changed


def _unsigned(claims: Mapping[str, Any]) -> str:
    header = {"alg": "none", "typ": "JWT"}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join(parts) + "."


def bad_tokens(country: Country) -> dict[str, str]:
    """Tokens that must open nothing, made as a forger would."""
    issuer = country.stack.addresses.issuer
    key = OKPKey.import_key(json.loads((issuer / "issuer.json").read_text()))
    stranger = OKPKey.generate_key("Ed25519")
    public = json.loads((issuer / "jwks.json").read_text())["keys"][0]
    signed = {"alg": "Ed25519", "kid": key.kid}
    now = int(time.time())
    good = jwt.encode(signed, _claims(), key, algorithms=["Ed25519"])
    header, payload, signature = good.split(".")
    return {
        "forged": jwt.encode(signed, _claims(), stranger, algorithms=["Ed25519"]),
        "expired": jwt.encode(signed, _claims(exp=now - 1), key, algorithms=["Ed25519"]),
        "not yet valid": jwt.encode(signed, _claims(nbf=now + 600), key, algorithms=["Ed25519"]),
        "for somebody else": jwt.encode(signed, _claims(aud="another"), key, algorithms=["Ed25519"]),
        "of another issuer": jwt.encode(signed, _claims(iss="https://evil.example"), key, algorithms=["Ed25519"]),
        "alg none": _unsigned(_claims()),
        "signed with the public key": jwt.encode(
            {"alg": "HS256", "kid": key.kid}, _claims(), OctKey.import_key(public["x"]), algorithms=["HS256"]
        ),
        "changed": f"{header}.{payload[:-4]}AAAA.{signature}",
        "nonsense": "a.b.c",
    }


async def test_a_bad_token_opens_no_route(country: Country, known: Known) -> None:
    before = await at_rest(country)
    tokens = bad_tokens(country)

    for operation in await operations(country):
        if not operation.secured:
            continue
        body = good(operation, known)[1] if operation.takes_body else None
        for what, token in tokens.items():
            told = {"Authorization": f"Bearer {token}", APPOINTMENT: f"agency-{HOME}"}
            path = operation.address(known)
            answer = await country.ask(operation.method, operation.service, path, headers=told, json=body)
            assert answer.status_code == 401, f"{operation.name}, {what}: {answer.status_code} {answer.text[:300]}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"

    assert await everything(country) == before


async def test_an_appointment_that_has_ended_opens_no_route(country: Country, known: Known) -> None:
    ended = country.headers("agency", until="2026-01-31")

    async def tried(operation: Any) -> None:
        body = good(operation, known)[1] if operation.takes_body else None
        path = operation.address(known)
        answer = await country.ask(operation.method, operation.service, path, headers=ended, json=body)
        assert answer.status_code == 403, f"{operation.name}: {answer.status_code} {answer.text[:300]}"
        assert answer.json()["type"] == "/problems/appointment-not-in-force"

    await asyncio.gather(*(tried(each) for each in await operations(country) if each.secured))
