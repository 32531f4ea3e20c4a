"""What the public is answered when everybody else is away, and how often."""

from pathlib import Path
from time import monotonic

import httpx
import pytest

from deploy.local.signing import ensure_keys, keys_folder
from services.certification.publication import publication
from services.certification.throttle import Throttle
from shared.http import create_app
from shared.identity import Gate
from shared.peers import PeerAway
from tests.services.certification.builders import PROVINCE, regulations
from tests.services.certification.office import Office, certified
from tests.services.certification.signing import ADDRESS
from tests.shared.signing import verifier

QUIET = 1_000


class CutOff:
    """A dossier service that does not answer."""

    async def name(self, authority: str, owner_id: str) -> str:
        raise PeerAway("the line is cut")


@pytest.fixture(scope="module")
def own_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of the province alone; of no other authority is anything known here."""
    folder = tmp_path_factory.mktemp("keys")
    ensure_keys(folder, [PROVINCE])
    return keys_folder(folder)


@pytest.fixture
def office() -> Office:
    """An office on a line that ends at its own database: nothing is sent to Kafka, nothing comes from it."""
    return Office()


def public(office: Office, keys: Path, burst: int = QUIET) -> httpx.AsyncClient:
    """The public side of a province that reaches neither the hub nor any other service."""
    throttle = Throttle(0.5, burst, monotonic)
    side = publication(
        office.process.recognitions,
        office.process.decisions,
        regulations(),
        office.clock,
        keys=keys,
        address=ADDRESS,
        owners=CutOff(),
        lookups=throttle,
        searches=throttle,
    )
    app = create_app("certification", "1", side.routers, gate=Gate(verifier(), frozenset({PROVINCE}), office.clock))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://certification")


async def test_a_province_that_is_cut_off_still_says_whether_its_certificates_are_valid(
    office: Office, own_keys: Path
) -> None:
    [number] = await certified(office, 1)

    async with public(office, own_keys) as anybody:
        code = (await anybody.get(f"/certificates/{number}/qr")).json()["text"].removeprefix("HTTPS://OCOP.VN")
        told = [
            (await anybody.get(path)).json()["validity"]
            for path in (f"/certificates/{number}", f"/verification?q={number}", f"/verification?q={code}")
        ]
        pages = [await anybody.get(path) for path in (code, f"/verify?q={number}")]
        signed = [await anybody.get(path) for path in (f"/certificates/{number}/credential", "/status/37/2026")]
        listed = (await anybody.get("/register")).json()["items"]

    assert told == ["valid"] * 3
    assert all(page.status_code == 200 and "37-2026-123-001" in page.text for page in pages)
    assert all(token.status_code == 200 and token.text.count(".") == 2 for token in signed)
    assert [line["number"] for line in listed] == [number]


@pytest.mark.parametrize("path", ["/certificates/37-2026-1-001", "/verify?q=x", "/register", "/issuers/37"])
async def test_whoever_asks_too_often_is_told_when_to_come_back(office: Office, own_keys: Path, path: str) -> None:
    async with public(office, own_keys, burst=2) as anybody:
        answers = [await anybody.get(path) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["content-type"] == "application/problem+json"
    assert int(answers[2].headers["retry-after"]) > 0
