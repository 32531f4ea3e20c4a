"""Example events, as their contracts show them, by which an agency sees what a message will look like."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import JsonValue

from shared.document import Heard

HERE = Path(__file__).parents[2] / "contracts" / "events"
"""The contracts this project carries."""


def examples(told: Iterable[type[Heard]], folder: Path = HERE) -> Mapping[str, Mapping[str, JsonValue]]:
    """The data of one example of each event by its type, the one that says most; our own events have none."""
    found: dict[str, Mapping[str, JsonValue]] = {}
    for heard in told:
        files = (folder / heard.STREAM / f"{heard.__name__}.v1" / "examples").glob("*.json")
        said = [json.loads(file.read_bytes()) for file in sorted(files)]
        if said:
            found[heard.TYPE] = max(said, key=len)
    return found
