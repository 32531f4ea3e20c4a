"""The regulations of the councils: read and checked when the service starts, then chosen by authority and day."""

from datetime import date
from pathlib import Path

from pydantic import TypeAdapter

from services.scoring.catalogue import BrokenCatalogue, read
from services.scoring.domain.regulation import Regulation, RegulationEntry, regulation_on

REGULATIONS = Path(__file__).parent / "regulations" / "councils.json"
"""The regulations this project carries: a general one, for every authority that has not entered its own."""


class Regulations:
    """Every council's regulation, with the days from which and until which it holds."""

    def __init__(self, entries: tuple[RegulationEntry, ...]) -> None:
        self._entries = entries

    def on(self, authority: str, day: date) -> Regulation:
        """The regulation of this council on that day. Raises ``NoRegulation``."""
        return regulation_on(self._entries, authority, day)


def load_regulations(file: Path = REGULATIONS) -> Regulations:
    """Raises ``BrokenCatalogue`` with the first thing wrong in ``file``."""
    entries = read(file, TypeAdapter(tuple[RegulationEntry, ...])).model
    for n, entry in enumerate(entries):
        if entry.until is not None and entry.until <= entry.since:
            raise BrokenCatalogue(file, f"/{n}/until", "the last day does not lie after the first")
        if any((other.authority, other.since) == (entry.authority, entry.since) for other in entries[:n]):
            raise BrokenCatalogue(file, f"/{n}/from", "two regulations of one council begin on this day")
    return Regulations(entries)
