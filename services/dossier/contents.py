"""Which criteria of each sheet the four contents of a commune bear on, read and checked when the service starts."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.dossier.domain.commune import CONTENTS, Criteria
from services.dossier.regulation import CATALOGUE, BrokenRegulation


class _Criterion(BaseModel):
    code: str
    commune_assessed: str | None = None
    criteria: tuple["_Criterion", ...] = ()


class _Group(BaseModel):
    criteria: tuple[_Criterion, ...]


class _Part(BaseModel):
    groups: tuple[_Group, ...]


class _Sheet(BaseModel):
    set: str
    parts: tuple[_Part, ...]


def load_contents(catalogue: Path = CATALOGUE) -> Mapping[str, Criteria]:
    """By product set; a content may bear on no criterion, as two do for tourism. Raises ``BrokenRegulation``."""
    found: dict[str, Criteria] = {}
    adapter = TypeAdapter(_Sheet)
    for file in sorted(catalogue.glob("*/sheets/*.json")):
        try:
            sheet = adapter.validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise BrokenRegulation(file, str(error)) from error
        tied = [
            (each.commune_assessed.replace("-", "_"), each.code)
            for part in sheet.parts
            for group in part.groups
            for top in group.criteria
            for each in _with_parts(top)
            if each.commune_assessed is not None
        ]
        criteria: Criteria = {
            content: tuple(dict.fromkeys(code for name, code in tied if name == content)) for content in CONTENTS
        }
        found[sheet.set] = criteria
    return found


def _with_parts(criterion: _Criterion) -> Iterator[_Criterion]:
    yield criterion
    for part in criterion.criteria:
        yield from _with_parts(part)
