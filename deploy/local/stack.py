"""The whole system on one machine: Kafka, MongoDB and the services, watched, and driven by name."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.local.bus import Bus
from deploy.local.credentials import Principal
from deploy.local.kafka import USUAL_PORT as KAFKA_PORT
from deploy.local.kafka import Kafka
from deploy.local.missing import StartFailed
from deploy.local.mongo import USUAL_PORT as MONGO_PORT
from deploy.local.mongo import Mongo, find_mongod
from deploy.local.ports import choose_port
from deploy.local.processes import Process
from deploy.local.service import USUAL_PORTS, ServiceProcess, UnknownMember, common_settings
from deploy.local.sign_in import clock_file, ensure_sign_in
from deploy.local.signing import ensure_keys
from deploy.local.state import MemberState, Phase, Running, State, StateFile, end_leftovers
from deploy.local.topics import ensure_topics

SERVICES = tuple(USUAL_PORTS)
_USUAL = {"kafka": KAFKA_PORT, "mongo": MONGO_PORT, **USUAL_PORTS}
_LOOK_EVERY = 0.2
_LONGEST_BACK_OFF = 30.0

Told = Callable[[str, str], None]
"""Hears of progress: which member, and what about it (``starting``, ``ready``, ``ended``…)."""


class AlreadyRunning(RuntimeError):
    """Another launcher runs the system of this folder."""


class Part(Protocol):
    """What Kafka, MongoDB and a service process have in common."""

    process: Process
    port: int | None

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass
class Member:
    """A part with what is wanted of it. Once it was killed on purpose it is left alone until it is started."""

    name: str
    part: Part
    wanted: bool = False
    starting: bool = False
    restarts: int = 0
    failures: int = 0
    """Ends in a row, each soon after it came up."""
    came_up: float = 0.0
    again_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Whoever starts it, by hand or after a crash, does so alone."""
    note: str = ""

    @property
    def process(self) -> Process:
        return self.part.process

    @property
    def condition(self) -> str:
        if self.process.paused:
            return "paused"
        if self.process.running:
            return "starting" if self.starting else "ready"
        return "restarting" if self.wanted else "stopped"


@dataclass(frozen=True)
class Addresses:
    """Where everything is, for whoever wants to talk to it."""

    services: Mapping[str, str]
    kafka: Bus
    mongo_url: str
    folder: Path

    @property
    def issuer(self) -> Path:
        """The folder of the local token issuer."""
        return self.folder / "issuer"

    @property
    def clock(self) -> Path:
        """The file that moves every service's clock."""
        return clock_file(self.folder)


class Stack:
    """The system of one folder. Tests and chaos drive the very class that ``make run`` does.

    ``OCOP_KAFKA`` and ``OCOP_MONGO_URL`` in ``environment`` name a Kafka and a MongoDB of the user's own; nothing
    is started for them. ``keep_up`` starts again what ended by itself. ``usual_ports`` looks at 9092, 27017 and
    8101 to 8104 first.
    """

    def __init__(
        self,
        folder: Path,
        authorities: Iterable[str],
        services: Iterable[str] = SERVICES,
        *,
        secured: bool = True,
        keep_up: bool = True,
        usual_ports: bool = True,
        jars: Path | None = None,
        environment: Mapping[str, str] | None = None,
        told: Told = lambda member, news: None,
    ) -> None:
        self.folder = folder.resolve()
        self.authorities = tuple(sorted(set(authorities)))
        self.members: dict[str, Member] = {}
        self._environment = dict(os.environ if environment is None else environment)
        self._services = tuple(services)
        self._keep_up = keep_up
        self._usual_ports = usual_ports
        self._told = told
        self._file = StateFile(self.folder / "run")
        self._kept = State()
        self._phase: Phase = "stopped"
        self._watch: asyncio.Task[None] | None = None
        self._restarting: set[asyncio.Task[None]] = set()
        self._deployment: Bus | None = None
        self._admin: Bus | None = None
        self.kafka: Kafka | None = None
        self.mongo: Mongo | None = None
        if "OCOP_KAFKA" not in self._environment:
            jars = jars or self.folder / "kafka"
            self.kafka = Kafka(self.folder / "kafka", jars=jars, log=self._log("kafka"), secured=secured)
            self.members["kafka"] = Member("kafka", self.kafka)
        if "OCOP_MONGO_URL" not in self._environment:
            self.mongo = Mongo(self.folder / "mongo", log=self._log("mongo"))
            self.members["mongo"] = Member("mongo", self.mongo)

    @property
    def addresses(self) -> Addresses:
        """Where everything is; complete once ``up`` has returned."""
        assert self._deployment is not None, "the stack is not up"
        urls = self._urls()
        services = {name: urls[name] for name in USUAL_PORTS if name in urls}
        return Addresses(services, self._deployment, self.mongo_url, self.folder)

    @property
    def mongo_url(self) -> str:
        return self.mongo.url if self.mongo else self._environment["OCOP_MONGO_URL"]

    @property
    def admin(self) -> Bus:
        """Kafka as the launcher's super user, for readers that stand outside every deployment."""
        assert self._admin is not None, "the stack is not up"
        return self._admin

    async def up(self) -> Addresses:
        """Start everything and come back when all of it is ready; going on with whatever data the folder holds."""
        if not self._file.lock():
            raise AlreadyRunning(
                f"The system of {self.folder} runs already; look at it with `ocop status`, end it with `ocop down`."
            )
        try:
            self._kept = self._file.read()
            for name in end_leftovers(self._kept):
                self._told(name, "left over from before, ended")
            self._phase = "starting"
            if self.kafka is not None:
                self._told("kafka", "looking for Java and the jars, which Maven brings the first time")
                await asyncio.to_thread(self.kafka.resolve)
            if self.mongo is not None:
                find_mongod()
            for name in self._services:
                self._add(name)
            for part in (self.kafka, self.mongo):
                if part is not None:
                    part.port = part.port or self._choose_port(part.process.name)
            await self._together(name for name in ("kafka", "mongo") if name in self.members)
            await self._prepare()
            await self._together(self._services)
            self._phase = "ready"
            self._write()
        except BaseException:
            await self.down()
            raise
        if self._keep_up:
            self._watch = asyncio.create_task(self._keep_running(), name="keep running")
        return self.addresses

    async def down(self) -> None:
        """Stop everything, the last started first, and remember the ports. What another one runs is left alone."""
        if not self._file.locked:
            return
        self._phase = "stopping"
        for task in (*self._restarting, *((self._watch,) if self._watch else ())):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._watch = None
        services = [member for member in self.members.values() if isinstance(member.part, ServiceProcess)]
        # Services drain into Kafka and MongoDB, so those two go last.
        await asyncio.gather(*(self.stop(member.name) for member in reversed(services)))
        await asyncio.gather(*(self.stop(name) for name in ("kafka", "mongo") if name in self.members))
        self._phase = "stopped"
        self._write()
        self._file.unlock()

    async def start(self, name: str) -> None:
        """Start a member, or add one (``scoring-worker-1``), and come back when it is ready; it may be already."""
        member = self.members.get(name) or self._add(name)
        member.wanted = True
        member.again_at = 0.0
        async with member.turn:
            if not member.process.running:
                await self._start(member)

    async def stop(self, name: str) -> None:
        """SIGTERM; comes back when the member has ended. It stays down until it is started."""
        member = self._member(name)
        if member.process.running:
            self._told(name, "stopping")
        member.wanted = False
        await member.part.stop()
        self._write()

    def kill(self, name: str) -> None:
        """SIGKILL, at once. The member stays down until it is started."""
        member = self._member(name)
        member.wanted = False
        member.process.kill()
        self._write()

    def pause(self, name: str) -> None:
        """SIGSTOP: the member hangs."""
        self._member(name).process.pause()
        self._write()

    def resume(self, name: str) -> None:
        """SIGCONT after ``pause``."""
        self._member(name).process.resume()
        self._write()

    def _member(self, name: str) -> Member:
        try:
            return self.members[name]
        except KeyError:
            raise UnknownMember(name) from None

    def _add(self, name: str) -> Member:
        part = ServiceProcess(name, self._choose_port(name), log=self._log(name))
        self.members[name] = Member(name, part)
        return self.members[name]

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _choose_port(self, name: str) -> int:
        """The port the member had before, else its usual one, else a free one."""
        taken = {member.part.port for member in self.members.values()}
        kept = self._kept.members.get(name, MemberState()).port
        usual = _USUAL.get(name) if self._usual_ports else None
        port = choose_port(*(port for port in (kept, usual) if port not in taken))
        while port in taken:
            port = choose_port()
        return port

    async def _together(self, names: Iterable[str]) -> None:
        with _first_error():
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(self.start(name))

    async def _start(self, member: Member) -> None:
        self._told(member.name, "starting")
        member.starting = True
        if isinstance(member.part, ServiceProcess):
            member.part.settings = self._settings()
        try:
            await member.part.start()
        except StartFailed:
            member.process.kill()
            raise
        finally:
            member.starting = False
        member.came_up = time.monotonic()
        self._told(member.name, "ready")
        self._write()

    async def _prepare(self) -> None:
        """What has to be there before the services: principal, topics, the issuer's keys, the services' token."""
        self._told("topics", "starting")
        if self.kafka is not None:
            self._admin = self.kafka.admin
            self._deployment = await self.kafka.deployment(self.authorities)
        else:
            self._admin = self._deployment = own_kafka(self._environment)
        await ensure_topics(self._admin, self.authorities)
        self._told("topics", "ready")
        ensure_sign_in(self.folder, self.authorities)
        ensure_keys(self.folder, self.authorities)

    def _settings(self) -> dict[str, str]:
        assert self._deployment is not None, "services start after Kafka"
        return self._environment | common_settings(
            self._deployment, self.authorities, self.mongo_url, self.folder, self._urls()
        )

    def _urls(self) -> dict[str, str]:
        """The first process of each service that answers over HTTP."""
        urls: dict[str, str] = {}
        for member in self.members.values():
            if isinstance(member.part, ServiceProcess) and member.part.role != "worker":
                urls.setdefault(member.part.service, member.part.url)
        return urls

    async def _keep_running(self) -> None:
        while True:
            for member in self.members.values():
                if member.wanted and not member.starting and not member.process.running:
                    self._restart_when_due(member)
            await asyncio.sleep(_LOOK_EVERY)

    def _restart_when_due(self, member: Member) -> None:
        now = time.monotonic()
        if not member.again_at:
            member.failures = 0 if now - member.came_up > _LONGEST_BACK_OFF else member.failures + 1
            member.again_at = now + min(_LONGEST_BACK_OFF, 0.25 * 2**member.failures)
            member.note = f"ended with code {member.process.exit_code}"
            self._told(member.name, member.note)
            self._write()
        if now >= member.again_at:
            member.again_at = 0.0
            member.restarts += 1
            member.starting = True
            task = asyncio.create_task(self._restart(member), name=f"restart {member.name}")
            self._restarting.add(task)
            task.add_done_callback(self._restarting.discard)

    async def _restart(self, member: Member) -> None:
        try:
            async with member.turn:
                if member.wanted and not member.process.running:
                    await self._start(member)
        except StartFailed as failed:
            # It is not running, so the next look sees it and waits longer.
            self._told(member.name, str(failed).splitlines()[0])
        finally:
            member.starting = False

    def _write(self) -> None:
        own = Running.seen(os.getpid()) if self._phase != "stopped" else None
        members = {
            name: MemberState(
                running=Running.seen(member.process.pid) if member.process.pid else None,
                port=member.part.port,
                restarts=member.restarts,
                paused=member.process.paused,
                note=member.note,
            )
            for name, member in self.members.items()
        }
        self._file.write(
            State(
                phase=self._phase,
                supervisor=own,
                authorities=self.authorities,
                kafka=self._deployment.servers if self._deployment else "",
                mongo_url=self.mongo_url,
                services=self._urls(),
                members=members,
            )
        )


def own_kafka(environment: Mapping[str, str]) -> Bus:
    """The Kafka that the user names in ``OCOP_KAFKA``, as the principal named beside it."""
    user = environment.get("OCOP_KAFKA_USER")
    principal = Principal(user, environment.get("OCOP_KAFKA_PASSWORD", "")) if user else None
    return Bus(environment["OCOP_KAFKA"], principal)


@contextlib.contextmanager
def _first_error() -> Iterator[None]:
    """Of several members that fail together the first one says enough."""
    try:
        yield
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
