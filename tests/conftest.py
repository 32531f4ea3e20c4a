"""The real Kafka and MongoDB of a test run, started by the project's own launcher; unit tests get no socket."""

import gc
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient

from deploy.local.bucket import Bucket
from deploy.local.bus import Bus
from deploy.local.kafka import Kafka
from deploy.local.mongo import Mongo
from deploy.local.topics import STREAMS, ensure_topics

_ROOT = Path(__file__).parents[1]
_TOUCHES_THE_NETWORK = frozenset({"socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto"})
_sockets_allowed = threading.Event()
_sockets_allowed.set()


class SocketOpened(RuntimeError):
    """A test that is not marked ``real`` reached for the network."""


def _watch_sockets(event: str, arguments: tuple[object, ...]) -> None:
    if event in _TOUCHES_THE_NETWORK and not _sockets_allowed.is_set():
        raise SocketOpened(f"{event}{arguments[1:]}: mark the test `real`, or leave the network alone")


# An audit hook sees every socket of the interpreter, so nothing has to be patched.
sys.addaudithook(_watch_sockets)


def pytest_collection_finish() -> None:
    # What was imported stays to the end, so the garbage collector need not walk through it again and again.
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if item.get_closest_marker("real") is None:
        _sockets_allowed.clear()
    try:
        return (yield)
    finally:
        _sockets_allowed.set()


@pytest.fixture(scope="session")
def jars() -> Path:
    """Where Kafka's jars lie; shared with ``make run`` so that Maven is asked once."""
    return _ROOT / ".local" / "kafka"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> AsyncIterator[Kafka]:
    """The broker of this test run, behind SCRAM users and prefix ACLs, on a free port, with no topic."""
    folder = tmp_path_factory.mktemp("kafka")
    node = Kafka(folder, jars=jars, log=folder / "kafka.log")
    await node.start()
    yield node
    await node.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mongo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mongo]:
    """The MongoDB of this test run, a replica set of one on a free port."""
    folder = tmp_path_factory.mktemp("mongo")
    node = Mongo(folder, log=folder / "mongo.log")
    await node.start()
    yield node
    await node.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bucket(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bucket]:
    """The S3 server of this test run, on a free port, with one bucket."""
    folder = tmp_path_factory.mktemp("s3")
    server = Bucket(folder, program=_ROOT / ".local" / "s3", log=folder / "s3.log")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def mongo_url(mongo: Mongo) -> str:
    return mongo.url


@pytest_asyncio.fixture
async def database(mongo: Mongo) -> AsyncIterator[str]:
    """The name of a database of this test's own, dropped when the test ends."""
    name = f"test_{uuid.uuid4().hex}"
    yield name
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(mongo.url)
    await client.drop_database(name)
    await client.close()


@pytest.fixture
def stream() -> str:
    """A stream no other test speaks on: ``ocop.37.<stream>`` is this test's own once it is made."""
    return f"s{uuid.uuid4().hex[:12]}"


@pytest.fixture
def make_topics(kafka: Kafka) -> Callable[..., Awaitable[list[str]]]:
    """``await make_topics("00", "37", streams=(stream,))`` makes the topics and their dead letters."""

    async def make(*authorities: str, streams: tuple[str, ...] = STREAMS) -> list[str]:
        return await ensure_topics(kafka.admin, authorities, streams)

    return make


@pytest.fixture
def deployment(kafka: Kafka) -> Callable[..., Awaitable[Bus]]:
    """``await deployment("37")`` is the bus as the deployment of Ninh Bình, with its rights and no others."""

    async def be(*authorities: str) -> Bus:
        return await kafka.deployment(authorities)

    return be
