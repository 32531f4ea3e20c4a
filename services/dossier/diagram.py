"""``python -m services.dossier.diagram``: the state machine drawn as ``states.md``, from the table that is run."""

from collections.abc import Iterator
from pathlib import Path

from services.dossier.domain.machine import CLOSED, MOVES

HERE = Path(__file__).parent / "states.md"
"""Where the drawing is kept; a test compares it with the table."""


def diagram() -> str:
    """Two Mermaid diagrams and the table of moves: by people and the clock, and by what is heard from elsewhere."""
    return "\n".join(
        (
            "# The states of a dossier",
            "",
            "Drawn by `python -m services.dossier.diagram` from `services/dossier/domain/machine.py`; never by hand.",
            "",
            *_drawn((name, start, end) for name, start, end in _arrows() if not name.startswith("hear_")),
            "",
            "What is heard as an event is never refused, whatever order facts come in:",
            "",
            *_drawn((name, start, end) for name, start, end in _arrows() if name.startswith("hear_")),
            "",
            "| Move | By | From | To | When | Only |",
            "|---|---|---|---|---|---|",
            *_rows(),
            "",
        )
    )


def _arrows() -> Iterator[tuple[str, str, str]]:
    for move in MOVES:
        for start in move.start:
            yield from ((move.name, start, end) for end in move.end)


def _drawn(arrows: Iterator[tuple[str, str, str]]) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    named: dict[tuple[str, str], list[str]] = {}
    for name, start, end in arrows:
        names = named.setdefault((start, end), [])
        if name not in names:
            names.append(name)
    yield from (f"    {start} --> {end}: {', '.join(names)}" for (start, end), names in named.items())
    ends = {end for _, end in named}
    yield from (f"    {state} --> [*]" for state in sorted(CLOSED & ends))
    yield "```"


def _rows() -> Iterator[str]:
    for move in MOVES:
        only = [*([move.way] if move.way else []), *(sorted(move.case_kinds) if len(move.case_kinds) < 3 else [])]
        cells = (
            move.name,
            ", ".join(move.by),
            ", ".join(move.start),
            ", ".join(move.end) or "stays",
            move.when,
            ", ".join(only),
        )
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    HERE.write_text(diagram(), encoding="utf-8")
