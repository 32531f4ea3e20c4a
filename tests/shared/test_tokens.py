"""Tokens: which are believed, which are not, and for how long."""

import base64
import hmac
import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from joserfc import jws

from shared.tokens import (
    KeysAtUrl,
    KeysInFile,
    KeysUnavailable,
    NotSignedIn,
    TokenExpired,
    TokenNotYetValid,
    TokenUntrusted,
    Verifier,
    read_keys,
)
from tests.shared.signing import (
    AUDIENCE,
    ISSUER,
    KEYS,
    NOW,
    OWNER,
    STRANGER,
    Hands,
    KnownKeys,
    claims,
    sign,
    verifier,
)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwks(*names: str) -> bytes:
    return json.dumps({"keys": [KEYS[name].as_dict(private=False) for name in names]}).encode()


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "Ed25519"])
async def test_a_token_signed_by_the_issuer_speaks_for_its_person(algorithm: str) -> None:
    person = await verifier().person(sign(claims(OWNER), algorithm))
    assert person.subject == "an"
    assert person.appointments[0].organisation == "htx-1"


async def test_the_older_name_of_the_edwards_signature_is_understood() -> None:
    header, key = {"alg": "EdDSA", "kid": "ed"}, KEYS["Ed25519"]
    with pytest.warns(match="EdDSA"):
        token = jws.serialize_compact(header, json.dumps(claims(OWNER)), key, algorithms=["EdDSA"])
    assert (await verifier().person(token)).subject == "an"


async def test_an_audience_among_several_is_enough() -> None:
    assert (await verifier().person(sign(claims(aud=["other", AUDIENCE])))).subject == "an"


async def test_an_expired_token_is_refused() -> None:
    with pytest.raises(TokenExpired):
        await verifier().person(sign(claims(exp=int(NOW.timestamp()))))


async def test_a_token_of_tomorrow_is_refused() -> None:
    with pytest.raises(TokenNotYetValid):
        await verifier().person(sign(claims(nbf=int(NOW.timestamp()) + 3600)))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://elsewhere.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": 7}, "aud"),
        ({"exp": None}, "exp"),
        ({"exp": 1e300}, "exp"),
        ({"sub": ""}, "sub"),
        ({"appointments": [{"id": "x"}]}, "appointments"),
        ({"appointments": [OWNER] * 65}, "appointments"),
    ],
)
async def test_a_token_with_other_claims_is_refused(changed: dict[str, object], reason: str) -> None:
    with pytest.raises(TokenUntrusted, match=reason):
        await verifier().person(sign(claims(OWNER, **changed)))


async def test_a_forged_signature_is_refused() -> None:
    with pytest.raises(TokenUntrusted, match="signature"):
        await verifier().person(sign(claims(OWNER), key=STRANGER))


async def test_a_changed_payload_is_refused() -> None:
    header, _, signature = sign(claims(OWNER)).split(".")
    with pytest.raises(TokenUntrusted, match="signature"):
        await verifier().person(f"{header}.{part(claims(OWNER, sub='bao'))}.{signature}")


@pytest.mark.parametrize("name", ["none", "None", "HS256", "HS512", "PS256", "ES256K", "", None, 7])
async def test_another_algorithm_than_the_accepted_ones_is_refused(name: object) -> None:
    with pytest.raises(TokenUntrusted):
        await verifier().person(f"{part({'alg': name, 'kid': 'ec'})}.{part(claims(OWNER))}.")


async def test_a_public_key_used_as_a_shared_secret_is_refused() -> None:
    signed = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(claims(OWNER))}"
    proof = hmac.digest(KEYS["RS256"].as_pem(private=False), signed.encode(), "sha256")
    token = f"{signed}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"
    with pytest.raises(TokenUntrusted, match="alg"):
        await verifier().person(token)


async def test_a_key_of_another_kind_than_the_algorithm_is_refused() -> None:
    with pytest.raises(TokenUntrusted):
        await verifier().person(sign(claims(OWNER), "ES256", kid="rsa"))


async def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(TokenUntrusted, match="kid"):
        await verifier().person(sign(claims(OWNER), kid="nobody"))


@pytest.mark.parametrize(
    "token",
    ["x", "a.b", "a.b.c", "a.b.c.d", "....", "é.é.é", "{}.{}.{}", part([]) + ".e30.e30", "e30.e30.e30"],
)
async def test_what_is_not_a_token_is_refused(token: str) -> None:
    with pytest.raises(TokenUntrusted):
        await verifier().person(token)


async def test_an_oversized_token_is_refused_before_it_is_looked_at() -> None:
    keys = KnownKeys()
    with pytest.raises(TokenUntrusted, match="8192"):
        await verifier(keys=keys).person(sign(claims(OWNER, padding="x" * 9000)))
    assert keys.asked == 0


async def test_a_critical_header_we_do_not_know_is_refused() -> None:
    header = {"alg": "ES256", "kid": "ec", "crit": ["exp"], "exp": 1}
    with pytest.raises(TokenUntrusted):
        await verifier().person(f"{part(header)}.{part(claims(OWNER))}.{part('x')}")


async def test_a_good_token_is_remembered_for_a_minute() -> None:
    clock, keys = Hands(), KnownKeys()
    checks, token = verifier(clock, keys), sign(claims(OWNER))
    await checks.person(token)
    clock.turn(timedelta(seconds=59))
    await checks.person(token)
    assert keys.asked == 1
    clock.turn(timedelta(seconds=1))
    await checks.person(token)
    assert keys.asked == 2


async def test_a_remembered_token_ends_when_it_says() -> None:
    clock = Hands()
    checks, token = verifier(clock), sign(claims(OWNER, exp=int(NOW.timestamp()) + 10))
    await checks.person(token)
    clock.turn(timedelta(seconds=10))
    with pytest.raises(TokenExpired):
        await checks.person(token)


async def test_a_forged_token_is_not_remembered() -> None:
    checks, token = verifier(), sign(claims(OWNER), key=STRANGER)
    for _ in range(2):
        with pytest.raises(TokenUntrusted):
            await checks.person(token)


async def test_a_key_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(jwks("ES256"))
    keys = KeysInFile(file)
    assert await keys.find("rsa") is None
    file.with_suffix(".new").write_bytes(jwks("ES256", "RS256"))
    file.with_suffix(".new").replace(file)
    assert await keys.find("rsa") is not None


async def test_a_missing_key_file_is_the_worlds_fault(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable):
        await KeysInFile(tmp_path / "jwks.json").find("ec")


async def test_a_broken_key_file_leaves_the_known_keys(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(jwks("ES256"))
    keys = KeysInFile(file)
    await keys.find("ec")
    file.write_bytes(b"{")
    assert await keys.find("ec") is not None


def test_shared_secrets_and_broken_keys_are_left_out_of_a_key_set() -> None:
    entries = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "o"},
        {"kty": "EC", "kid": "b"},
        {"kty": "EC", "crv": "P-256", "x": "!", "y": "!", "kid": "c"},
        {"kty": "?", "kid": "d"},
        {},
        KEYS["ES256"].as_dict(private=False) | {"kid": "enc", "use": "enc"},
        KEYS["ES256"].as_dict(private=False),
    ]
    assert list(read_keys(json.dumps({"keys": entries}).encode())) == ["ec"]


class Issuer:
    """An issuer's address that counts how often it is asked."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0
        self.away = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(502) if self.away else httpx.Response(200, content=jwks(*self.names))


async def test_an_unknown_key_is_looked_up_at_the_issuer_at_most_every_thirty_seconds() -> None:
    issuer, clock = Issuer("ES256"), Hands()
    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer)) as client:
        keys = KeysAtUrl("https://issuer.example/jwks", client, clock)
        assert await keys.find("ec") is not None
        issuer.names = ("ES256", "RS256")
        assert await keys.find("rsa") is None
        clock.turn(timedelta(seconds=30))
        assert await keys.find("rsa") is not None
        for invented in range(10):
            assert await keys.find(f"invented-{invented}") is None
    assert issuer.asked == 2


async def test_known_keys_go_on_while_the_issuer_is_away() -> None:
    issuer, clock = Issuer("ES256"), Hands()
    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer)) as client:
        keys = KeysAtUrl("https://issuer.example/jwks", client, clock)
        await keys.find("ec")
        issuer.away = True
        clock.turn(timedelta(hours=1))
        assert await keys.find("ec") is not None
    assert issuer.asked == 2


async def test_an_issuer_that_never_answered_is_the_worlds_fault() -> None:
    issuer = Issuer("ES256")
    issuer.away = True
    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer)) as client:
        checks = Verifier(KeysAtUrl("https://issuer.example/jwks", client, Hands()), ISSUER, AUDIENCE, Hands())
        with pytest.raises(KeysUnavailable):
            await checks.person(sign(claims(OWNER)))


def test_a_refused_sign_in_is_a_401() -> None:
    assert {kind.status for kind in (NotSignedIn, TokenExpired, TokenNotYetValid, TokenUntrusted)} == {401}
