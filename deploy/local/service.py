"""One process of a service on this machine: its command, its settings, and how it shows that it is ready."""

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import httpx

from deploy.local.bus import Bus
from deploy.local.ports import HOST
from deploy.local.processes import Process
from deploy.local.sign_in import clock_file, jwks_file, service_token_file
from deploy.local.signing import keys_folder

PROJECT = Path(__file__).parents[2]

USUAL_PORTS = {"dossier": 8101, "scoring": 8102, "certification": 8103, "notification": 8104}
"""The services in the order of the chain, and where each is looked for first."""

ASKED = ("dossier", "certification")
"""The services that are asked by others over HTTP."""

Role = Literal["all", "api", "worker"]

_ROLES: dict[str | None, Role] = {None: "all", "api": "api", "worker": "worker"}
_MEMBER = re.compile(r"(?P<service>[a-z_]+)(-(?P<role>api|worker)(-(?P<number>[0-9]+))?)?")


def common_settings(
    bus: Bus, authorities: Iterable[str], mongo_url: str, folder: Path, urls: Mapping[str, str]
) -> dict[str, str]:
    """The ``OCOP_*`` variables that every process of one system shares; ``urls`` are those of the services."""
    settings = {
        **bus.environment(),
        "OCOP_AUTHORITIES": ",".join(sorted(authorities)),
        "OCOP_MONGO_URL": mongo_url,
        "OCOP_JWKS": str(jwks_file(folder)),
        "OCOP_SERVICE_TOKEN_FILE": str(service_token_file(folder)),
        "OCOP_CLOCK_FILE": str(clock_file(folder)),
        "OCOP_FILES": str(folder / "files"),
        "OCOP_KEYS": str(keys_folder(folder)),
        # On one machine a receiver of webhooks can only be private.
        "OCOP_WEBHOOK_ALLOW": "127.0.0.0/8",
    }
    return settings | {f"OCOP_{name.upper()}_URL": urls[name] for name in ASKED if name in urls}


class UnknownMember(ValueError):
    """A name that is neither a part of the local system nor the name of a process that could be added to it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is no part of the system; say for example kafka, mongo, scoring, scoring-api or scoring-worker-1"
        )


class ServiceProcess:
    """A member called ``scoring`` (whole), ``scoring-api``, ``scoring-worker`` or ``scoring-worker-1``."""

    def __init__(self, member: str, port: int, *, log: Path) -> None:
        parts = _MEMBER.fullmatch(member)
        if parts is None or parts["service"] not in USUAL_PORTS:
            raise UnknownMember(member)
        self.service: str = parts["service"]
        self.role = _ROLES[parts["role"]]
        command = [sys.executable, "-m", f"services.{self.service}"]
        if self.role != "all":
            command += ["--role", self.role]
        self.process = Process(member, command, log, directory=PROJECT)
        self.port: int | None = port
        self.settings: Mapping[str, str] = {}
        # Two live processes with one replica name would throw each other out of their consumer group for ever.
        self._replica = member.removeprefix(self.service).strip("-") or "0"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def own_settings(self) -> dict[str, str]:
        """The ``OCOP_*`` variables that are this process's alone."""
        return {
            "OCOP_DATABASE": f"ocop_{self.service}",
            "OCOP_HTTP_HOST": HOST,
            "OCOP_HTTP_PORT": str(self.port),
            "OCOP_REPLICA": self._replica,
        }

    async def start(self, within: float = 120.0) -> None:
        """Come up; raises ``StartFailed`` when it does not say that it is ready ``within`` seconds."""
        self.process.environment = {**self.settings, **self.own_settings()}
        self.process.spawn()
        async with httpx.AsyncClient(base_url=self.url, timeout=2, trust_env=False) as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/ready")).status_code == httpx.codes.OK
                except httpx.TransportError:
                    return False

            await self.process.ready(is_ready, within)

    async def stop(self) -> None:
        await self.process.stop()
