"""What every measurement stands on: a Kafka and a MongoDB of its own, in the clear, on this machine."""

import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from deploy.local.kafka import Kafka
from deploy.local.mongo import Mongo

ROOT = Path(__file__).parents[2]


class Stage:
    """Started before the first case, gone after the last."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ocop-bench-")
        folder = Path(self._folder.name)
        self.kafka = Kafka(folder / "kafka", jars=ROOT / ".local/kafka", log=folder / "kafka.log", secured=False)
        self.mongo = Mongo(folder / "mongo", log=folder / "mongo.log")

    async def __aenter__(self) -> Self:
        await self.kafka.start()
        await self.mongo.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.mongo.process.stop()
        await self.kafka.stop()
        self._folder.cleanup()

    def fresh_database(self) -> str:
        return f"bench_{uuid.uuid4().hex[:12]}"

    def cpu(self, service: int, reader: int) -> dict[str, float]:
        """Seconds of processor each process has used so far."""
        pids = {"kafka": self.kafka.process.pid, "mongo": self.mongo.process.pid, "service": service, "next": reader}
        return {name: seconds(pid) for name, pid in pids.items() if pid is not None}


def seconds(pid: int) -> float:
    """Processor time a process has used, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
