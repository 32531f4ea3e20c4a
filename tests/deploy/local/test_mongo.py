"""The local MongoDB: a primary when it is promised, and the same data whatever port it gets."""

import socket
import threading
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from deploy.local.mongo import Mongo
from deploy.local.ports import HOST, choose_port

pytestmark = pytest.mark.real


async def test_a_majority_write_is_taken_at_once(mongo: Mongo, database: str) -> None:
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(mongo.url, w="majority", journal=True)

    await client[database]["dossiers"].insert_one({"_id": "one"})
    found = await client[database]["dossiers"].find_one({"_id": "one"})
    await client.close()

    assert found == {"_id": "one"}


async def test_data_is_kept_when_the_port_is_taken_by_another(tmp_path: Path) -> None:
    first = Mongo(tmp_path, log=tmp_path / "log")
    await first.start()
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(first.url)
    await client["kept"]["dossiers"].insert_one({"_id": "one"})
    await client.close()
    first.process.kill()

    with socket.create_server((HOST, first.port or 0)) as taken:
        threading.Thread(target=_hang_up, args=(taken,), daemon=True).start()
        second = Mongo(tmp_path, log=tmp_path / "log", port=choose_port(first.port))
        await second.start()
        client = AsyncMongoClient(second.url)
        found = await client["kept"]["dossiers"].find_one({"_id": "one"})
        await client.close()
        await second.stop()

    assert second.port != first.port
    assert found == {"_id": "one"}


def _hang_up(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return
