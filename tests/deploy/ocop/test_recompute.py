"""``ocop recompute``: one evaluation or all of a province, and an exit code that says whether anything differs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.ocop.client import Client
from deploy.ocop.issuer import ensure_issuer
from deploy.ocop.recompute import recompute_all, recompute_one
from deploy.ocop.system import System
from deploy.ocop.telling import Trouble

GOOD = {"evaluation": "e-1", "state": "finalised", "sheets": 10, "differences": []}
BAD = {"evaluation": "e-2", "state": "finalised", "sheets": 9, "differences": ["average: 90.00 stored, 89.66 computed"]}


def scoring(request: httpx.Request) -> httpx.Response:
    """Scoring of one province with two finished evaluations, a page each."""
    if request.url.path == "/recomputations":
        last = request.url.params.get("after") == "more"
        return httpx.Response(200, json={"items": [BAD if last else GOOD], "next": None if last else "more"})
    if request.url.path == "/evaluations/e-2/recomputation":
        return httpx.Response(200, json=BAD)
    return httpx.Response(404, json={"type": "/problems/not-found", "detail": "not here"})


@asynccontextmanager
async def client(folder: Path) -> AsyncIterator[Client]:
    ensure_issuer(folder)
    system = System({"scoring": "http://scoring"}, ("37",), issuer=folder)
    async with httpx.AsyncClient(transport=httpx.MockTransport(scoring)) as http:
        yield Client(system, http, patience=0)


async def test_all_of_a_province_is_read_page_by_page(tmp_path: Path) -> None:
    async with client(tmp_path) as asked:
        found = await recompute_all(asked, ("37",))

    assert [(one.authority, one.evaluation, len(one.differences)) for one in found] == [
        ("37", "e-1", 0),
        ("37", "e-2", 1),
    ]


async def test_one_evaluation_is_found_with_its_differences(tmp_path: Path) -> None:
    async with client(tmp_path) as asked:
        found = await recompute_one(asked, "e-2")

    assert found.differences == ["average: 90.00 stored, 89.66 computed"]


async def test_one_that_nobody_has_is_said_so(tmp_path: Path) -> None:
    async with client(tmp_path) as asked:
        with pytest.raises(Trouble, match="no authority of this system has an evaluation e-9"):
            await recompute_one(asked, "e-9")
