"""A real S3 server on this machine: one VersityGW over a folder, for what must be tried on the protocol itself."""

import os
import subprocess
from pathlib import Path
from secrets import token_hex

from deploy.local.missing import StartFailed, executable
from deploy.local.ports import HOST, answers, choose_port
from deploy.local.processes import Process

VERSION = "v1.8.0"
_MODULE = f"github.com/versity/versitygw/cmd/versitygw@{VERSION}"
_BUCKET = "files"


def resolve_server(folder: Path) -> Path:
    """The server's program below ``folder``; Go is asked only when it is not there yet (about a minute)."""
    server = folder / "bin" / f"versitygw-{VERSION}"
    if server.is_file():
        return server
    go = executable("go")
    server.parent.mkdir(parents=True, exist_ok=True)
    command = [go, "install", _MODULE]
    environment = os.environ | {"GOBIN": str(server.parent.resolve())}
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment)
    if done.returncode != 0:
        raise StartFailed(f"Go could not bring VersityGW.\n{done.stderr[-2_000:]}")
    # Renamed last: a build that was interrupted runs again.
    (server.parent / "versitygw").rename(server)
    return server


class Bucket:
    """One server with one bucket; ``program`` is where its program is kept between runs."""

    def __init__(self, folder: Path, *, program: Path, log: Path) -> None:
        self.process = Process("s3", (), log)
        self.port: int | None = None
        self._folder = folder
        self._program = program
        self._keys = (token_hex(8), token_hex(16))

    @property
    def url(self) -> str:
        return f"s3://{_BUCKET}"

    def environment(self) -> dict[str, str]:
        """The ``AWS_*`` variables of whoever uses the bucket."""
        access, secret = self._keys
        return {
            "AWS_ACCESS_KEY_ID": access,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_ENDPOINT": f"http://{HOST}:{self.port}",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    async def start(self, within: float = 30.0) -> None:
        """Come up; a later start goes on with the folder and the port."""
        server = resolve_server(self._program)
        self.port = self.port or choose_port()
        # A folder below the server's is a bucket; what S3 tells of an object lies beside it.
        for name in (f"data/{_BUCKET}", "about"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        access, secret = self._keys
        self.process.environment = {"ROOT_ACCESS_KEY_ID": access, "ROOT_SECRET_ACCESS_KEY": secret}
        self.process.command = (
            str(server),
            "--port",
            f"{HOST}:{self.port}",
            "--quiet",
            "posix",
            "--sidecar",
            str(self._folder / "about"),
            str(self._folder / "data"),
        )
        self.process.spawn()
        await self.process.ready(self._listens, within)

    async def stop(self) -> None:
        await self.process.stop()

    async def _listens(self) -> bool:
        assert self.port is not None
        return answers(self.port)
