"""What a deployment chooses, read from ``OCOP_*`` variables; a wrong value stops the process with its name."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """The settings every service has. A service with more subclasses this in its ``main.py``."""

    model_config = SettingsConfigDict(env_prefix="OCOP_", frozen=True)

    authorities: Annotated[frozenset[str], NoDecode]
    """The authorities this process acts for, two digits each, comma separated (``37`` or ``00,37``). No default."""
    kafka: str = "127.0.0.1:9092"
    kafka_user: str | None = None
    """SASL/SCRAM-SHA-512 user; without one the broker is spoken to in the clear."""
    kafka_password: str | None = None
    mongo_url: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    mongo_driver: Literal["motor", "pymongo"] = "motor"
    database: str | None = None
    """The service's own database; ``ocop_<service>`` when not set."""
    http_host: str = "127.0.0.1"
    http_port: int = 8100
    replica: str | None = None
    """This process's place among the service's workers (``0``, ``1``), unique per live process, for a quick restart."""
    epoch: Annotated[int, Field(ge=0, le=921)] = 0
    """Raised by one after a restore from backup, so that new events are newer than any that were lost."""
    jwks: str = ""
    """URL or file of the token issuer's public keys."""
    issuer: str = "https://issuer.ocop.local"
    audience: str = "ocop-hub"
    service_token_file: Path | None = None
    """A token this service shows to the others; read again whenever it changes."""
    clock_file: Path | None = None
    """Seconds by which the clock is moved, for trials only."""
    stuck_seconds: Annotated[float, Field(gt=0)] = 90
    """After so long without a step forward a worker says that it is dead, for whoever restarts it."""
    telemetry: Literal["off", "console", "otlp"] = "off"
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("authorities", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return frozenset(filter(None, value.split(","))) if isinstance(value, str) else value

    @field_validator("authorities")
    @classmethod
    def _two_digits(cls, value: frozenset[str]) -> frozenset[str]:
        if not value:
            raise ValueError("name at least one authority, for example OCOP_AUTHORITIES=37")
        for code in value:
            if len(code) != 2 or not code.isascii() or not code.isdigit():
                raise ValueError(f"{code!r} is not a two-digit authority code")
        return value
