"""The name a print is made out to: asked of the dossier service, never guessed and never told to a log."""

from pathlib import Path

import httpx
import pytest

from services.certification.owners import OwnerNameless, OwnersOverHttp
from shared.peers import PeerAway
from tests.shared.test_peers import token


def owners(tmp_path: Path, items: list[dict[str, object]]) -> OwnersOverHttp:
    (tmp_path / "token").write_text(token("37"))
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"items": items}))
    return OwnersOverHttp(httpx.AsyncClient(transport=answer, base_url="http://dossier"), tmp_path / "token")


async def test_the_name_is_the_registered_one(tmp_path: Path) -> None:
    known = {"owner_id": "o1", "name": "HTX Đồng Giao", "email": "lan@example.vn", "language": "vi"}

    assert await owners(tmp_path, [known]).name("37", "o1") == "HTX Đồng Giao"


async def test_an_owner_nobody_knows_gets_no_print(tmp_path: Path) -> None:
    with pytest.raises(OwnerNameless):
        await owners(tmp_path, []).name("37", "o1")


async def test_an_answer_that_cannot_be_read_tells_no_personal_data(tmp_path: Path) -> None:
    with pytest.raises(PeerAway) as caught:
        await owners(tmp_path, [{"owner_id": 1, "name": ["Bà Lan"]}]).name("37", "o1")

    assert "Lan" not in str(caught.value)
