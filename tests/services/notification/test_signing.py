"""Signatures as Standard Webhooks asks for them, and secrets of which two may be live."""

import json
import shutil
import subprocess
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from services.notification.domain.subscription import BOTH_LIVE, Secret
from services.notification.signing import new_secret, shown, signed_headers
from tests.services.notification.switchboard import Switchboard

BODY = '{"name":"Rượu nhung hươu"}'


def test_a_shared_secret_is_verified_by_the_library() -> None:
    secret = new_secret("v1")

    headers = signed_headers("a.1", datetime.now(UTC), BODY, [secret])

    assert Webhook(shown(secret)).verify(BODY, headers) == {"name": "Rượu nhung hươu"}


@pytest.mark.parametrize("changed", [{"webhook-id": "a.2"}, {"webhook-timestamp": "1"}])
def test_whatever_is_changed_is_noticed(changed: dict[str, str]) -> None:
    secret = new_secret("v1")
    headers = signed_headers("a.1", datetime.now(UTC), BODY, [secret])

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers | changed)


def test_a_key_pair_signs_and_only_its_public_half_is_shown() -> None:
    secret = new_secret("v1a")
    at = datetime.now(UTC)

    headers = signed_headers("a.1", at, BODY, [secret])

    public = shown(secret)
    key = Ed25519PublicKey.from_public_bytes(b64decode(public.removeprefix("whpk_")))
    signed = f"a.1.{int(at.timestamp())}.{BODY}".encode()
    version, signature = headers["webhook-signature"].split(",")
    key.verify(b64decode(signature), signed)
    with pytest.raises(InvalidSignature):
        key.verify(b64decode(signature), signed + b" ")
    assert (version, public.startswith("whpk_"), secret in public) == ("v1a", True, False)


async def test_after_a_rotation_both_secrets_verify_for_a_day_and_then_only_the_new_one(tmp_path: Path) -> None:
    board = Switchboard(tmp_path)
    await board.subscribe("shop")
    old, new = (await board.subscriptions.get("shop")).secrets[0].value, new_secret("v1")

    rotated = (await board.subscriptions.change("shop", lambda held: held.rotated(new, board.clock()))).document
    during = signed_headers("a.1", datetime.now(UTC), BODY, rotated.live_secrets(board.clock()))
    later = signed_headers("a.1", datetime.now(UTC), BODY, rotated.live_secrets(board.clock() + BOTH_LIVE))

    for secret in (old, new):
        Webhook(secret).verify(BODY, during)
    Webhook(new).verify(BODY, later)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(BODY, later)


async def test_a_second_rotation_leaves_two_secrets_and_never_three(tmp_path: Path) -> None:
    board = Switchboard(tmp_path)
    await board.subscribe("shop")

    for _ in range(3):
        await board.subscriptions.change("shop", lambda held: held.rotated(new_secret("v1"), board.clock()))

    assert len((await board.subscriptions.get("shop")).live_secrets(board.clock())) == 2


def test_a_secret_without_an_end_is_live() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert Secret(value="x", since=now).live(now + timedelta(days=10_000))


JS = """
const { Webhook } = require("standardwebhooks");
const crypto = require("crypto");
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
const told = new Webhook(given.secret).verify(given.body, given.headers);
const key = crypto.createPublicKey({
  key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(given.public.slice(5), "base64").toString("base64url") },
  format: "jwk",
});
const signed = `${given.keyed["webhook-id"]}.${given.keyed["webhook-timestamp"]}.${given.body}`;
const signature = Buffer.from(given.keyed["webhook-signature"].slice(4), "base64");
console.log(told.name, crypto.verify(null, Buffer.from(signed), key, signature));
"""


@pytest.mark.real
def test_the_library_of_another_language_verifies_us(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm and node, "Node 20+ is needed for this test, as for the AsyncAPI parser"
    subprocess.run(
        [npm, "install", "--silent", "--no-save", "--prefix", str(tmp_path), "standardwebhooks@1.1.1"], check=True
    )
    secret, pair = new_secret("v1"), new_secret("v1a")
    given = {
        "secret": secret,
        "public": shown(pair),
        "body": BODY,
        "headers": signed_headers("a.1", datetime.now(UTC), BODY, [secret]),
        "keyed": signed_headers("a.1", datetime.now(UTC), BODY, [pair]),
    }

    told = subprocess.run(
        [node, "-e", JS], input=json.dumps(given), capture_output=True, text=True, cwd=tmp_path, check=True
    )

    assert told.stdout.strip() == "Rượu nhung hươu true"
