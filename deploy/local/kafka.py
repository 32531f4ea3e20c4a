"""A real Apache Kafka on this machine: one KRaft node, behind SCRAM users and prefix ACLs unless told otherwise."""

import asyncio
import base64
import subprocess
import uuid
from collections.abc import Iterable
from pathlib import Path

from confluent_kafka import KafkaException

from deploy.local.bus import MECHANISM, Bus
from deploy.local.credentials import Credentials, Principal, write_private
from deploy.local.grants import deployment_grants, grant, subscriber_grants
from deploy.local.maven import resolve_jars
from deploy.local.missing import StartFailed, executable
from deploy.local.ports import HOST, answers, choose_port
from deploy.local.processes import Process

ADMIN = "admin"
_CONTROLLER = "controller"
_BLUEPRINT = Path(__file__).parents[1] / "kafka"
USUAL_PORT = 9092


BROKER = {
    "process.roles": "broker,controller",
    "node.id": "1",
    # A misspelt topic must be an error, never a new topic.
    "auto.create.topics.enable": "false",
    "num.partitions": "2",
    "log.retention.ms": "-1",
    "default.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "2",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # The wait for further members of a new group, 3 s by default, would be added to every start.
    "group.initial.rebalance.delay.ms": "100",
    # After a SIGKILL the node is let in again only when its former session has passed; 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}
"""What every one-node Kafka of this project is set to, wherever it runs."""


def resolve_libs(folder: Path) -> Path:
    """The folder of Kafka's jars below ``folder``; Maven is asked only when they are not there yet (about 20 s)."""
    return resolve_jars(folder, _BLUEPRINT / "pom.xml", "Apache Kafka")


class Kafka:
    """One Kafka node whose data lies in ``folder`` and whose jars lie below ``jars``."""

    def __init__(self, folder: Path, *, jars: Path, log: Path, secured: bool = True, port: int | None = None) -> None:
        self.secured = secured
        self.process = Process("kafka", (), log)
        self.port = port
        self.folder = folder
        self._jars = jars
        self._credentials = Credentials(folder / "credentials.json")
        self._controller_port: int | None = None

    @property
    def servers(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def admin(self) -> Bus:
        """The bus as its super user, for the launcher alone."""
        return Bus(self.servers, self._principal(ADMIN))

    def resolve(self) -> None:
        """Have Java and the jars; raises ``Missing`` with one sentence for a person. Takes 20 s the first time."""
        executable("java")
        resolve_libs(self._jars)

    async def start(self, within: float = 120.0) -> None:
        """Come up and answer; the first start formats the folder, a later one goes on with what is there."""
        java = executable("java")
        libs = await asyncio.to_thread(resolve_libs, self._jars)
        # Once it has an address it keeps it: the services know no other.
        self.port = self.port or choose_port()
        self._controller_port = choose_port(self._controller_port)
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "server.properties"
        write_private(settings, self._settings())
        if not (self.folder / "data" / "meta.properties").exists():
            await asyncio.to_thread(self._format, java, libs, settings)
        self.process.command = (
            *self._java(java, libs, heap="512m"),
            "kafka.Kafka",
            str(settings),
        )
        self.process.spawn()
        await self.process.ready(self._answers, within)

    async def deployment(self, authorities: Iterable[str]) -> Bus:
        """The bus as the deployment of ``authorities``, with exactly the rights it is entitled to."""
        mine = frozenset(authorities)
        principal = self._principal("deployment-" + "-".join(sorted(mine)))
        if principal is not None:
            await grant(self.admin, principal, deployment_grants(principal, mine))
        return Bus(self.servers, principal)

    async def subscriber(self, name: str, authorities: Iterable[str]) -> Bus:
        """The bus as a system outside that may read the certificates of ``authorities`` and nothing else."""
        principal = self._principal(f"subscriber-{name}")
        if principal is not None:
            await grant(self.admin, principal, subscriber_grants(principal, frozenset(authorities)))
        return Bus(self.servers, principal)

    async def stop(self) -> None:
        await self.process.stop()

    def _principal(self, name: str) -> Principal | None:
        return self._credentials.principal(name) if self.secured else None

    async def _answers(self) -> bool:
        assert self.port is not None
        if not answers(self.port):
            return False
        admin = self.admin.admin()
        try:
            await asyncio.to_thread(admin.list_topics, timeout=2)
        except KafkaException:
            return False
        return True

    def _java(self, java: str, libs: Path, heap: str) -> tuple[str, ...]:
        return (
            java,
            f"-Xms{heap}",
            f"-Xmx{heap}",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={_BLUEPRINT / 'log4j2.properties'}",
            "-cp",
            f"{libs.resolve()}/*",
        )

    def _format(self, java: str, libs: Path, settings: Path) -> None:
        cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        scram: list[str] = []
        if admin := self._principal(ADMIN):
            scram = ["--add-scram", f"{MECHANISM}=[name={admin.name},password={admin.password}]"]
        command = [
            *self._java(java, libs, heap="128m"),
            "-XX:TieredStopAtLevel=1",
            "kafka.tools.StorageTool",
            "format",
        ]
        command += ["--cluster-id", cluster, "--config", str(settings), *scram]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise StartFailed(f"Kafka's folder could not be formatted.\n{done.stdout[-1_000:]}{done.stderr[-1_000:]}")

    def _settings(self) -> str:
        data = (self.folder / "data").resolve()
        protocol = "SASL_PLAINTEXT" if self.secured else "PLAINTEXT"
        settings = {
            "controller.quorum.voters": f"1@{HOST}:{self._controller_port}",
            "listeners": f"CLIENTS://{HOST}:{self.port},CONTROLLER://{HOST}:{self._controller_port}",
            "advertised.listeners": f"CLIENTS://{HOST}:{self.port}",
            "listener.security.protocol.map": f"CLIENTS:{protocol},CONTROLLER:{protocol}",
            "inter.broker.listener.name": "CLIENTS",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(data),
            **BROKER,
        }
        if self.secured:
            settings |= self._security()
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _security(self) -> dict[str, str]:
        admin = self._credentials.principal(ADMIN)
        controller = self._credentials.principal(_CONTROLLER)
        return {
            "sasl.enabled.mechanisms": MECHANISM,
            "sasl.mechanism.inter.broker.protocol": MECHANISM,
            # SCRAM users live in the log that the controller keeps, so the way to the controller cannot need them.
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required "
                f'username="{admin.name}" password="{admin.password}";'
            ),
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": (
                "org.apache.kafka.common.security.plain.PlainLoginModule required "
                f'username="{controller.name}" password="{controller.password}" '
                f'user_{controller.name}="{controller.password}";'
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{admin.name};User:{controller.name}",
        }
