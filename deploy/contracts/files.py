"""The generated files below ``contracts/``: what they must hold, and releases of what they held."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from deploy.contracts import asyncapi, openapi
from deploy.contracts.schemas import promised
from deploy.contracts.voices import ROOT, facts, folder_of, service_names, voices

CONTRACTS = ROOT / "contracts"


def schema_files() -> dict[str, str]:
    """Each event's schema, by its path below ``contracts/``."""
    return {
        f"events/{folder_of(fact)}/schema.json": json.dumps(promised(fact), ensure_ascii=False, indent=2) + "\n"
        for _, fact in facts(voices())
    }


def generated() -> dict[str, str]:
    """Every generated file, by its path below ``contracts/``."""
    return {
        **schema_files(),
        "asyncapi.yaml": asyncapi.document(voices()),
        **{f"openapi/{name}.json": openapi.document(name) for name in service_names()},
    }


def stale(files: Mapping[str, str], contracts: Path = CONTRACTS) -> list[str]:
    """The files that are missing or hold something else than they must."""
    return [
        name
        for name, text in files.items()
        if not (contracts / name).exists() or (contracts / name).read_text() != text
    ]


def write(files: Mapping[str, str], contracts: Path = CONTRACTS) -> list[str]:
    """Write what is stale; which files these were."""
    changed = stale(files, contracts)
    for name in changed:
        (contracts / name).parent.mkdir(parents=True, exist_ok=True)
        (contracts / name).write_text(files[name])
    return changed


def release(version: str, contracts: Path = CONTRACTS) -> Path:
    """Keep today's schemas and passing examples as ``version``. Raises ``FileExistsError``: a release never changes."""
    kept = contracts / "released" / version
    kept.mkdir(parents=True)
    for schema in sorted((contracts / "events").glob("*/*/schema.json")):
        folder = kept / schema.parent.relative_to(contracts / "events")
        folder.mkdir(parents=True)
        shutil.copy(schema, folder)
        shutil.copytree(schema.parent / "examples", folder / "examples")
    return kept
