"""Who says what and who hears what, read from every service's ``events``."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from shared.document import Fact, Heard
from shared.parked import EventParked

ROOT = Path(__file__).parents[2]


class Voice(NamedTuple):
    """One service's side of the bus."""

    service: str
    consumes: tuple[type[Heard], ...]
    publishes: tuple[type[Fact], ...]

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams it listens to; what it cannot handle there it parks on their dead-letter topics."""
        return tuple(sorted({heard.STREAM for heard in self.consumes}))


def service_names(root: Path = ROOT) -> list[str]:
    return sorted(file.parent.name for file in (root / "services").glob("*/main.py"))


def voices() -> list[Voice]:
    """Every service of the project."""
    modules = {name: import_module(f"services.{name}.events") for name in service_names()}
    return [Voice(name, tuple(module.CONSUMES), tuple(module.PUBLISHES)) for name, module in modules.items()]


def facts(all_voices: list[Voice]) -> Iterator[tuple[str, type[Fact]]]:
    """Every event of a business stream with its speaker, then the record of a parked event, which all may say."""
    for voice in all_voices:
        for fact in voice.publishes:
            yield voice.service, fact
    yield "every service", EventParked


def folder_of(fact: type[Fact]) -> str:
    """Where a fact's contract lies below ``contracts/events``: its stream, its name and its version."""
    return f"{fact.STREAM}/{fact.__name__}.{fact.TYPE.rsplit('.', 1)[1]}"
