"""The names of the product sets, so that a filter on one that does not exist is refused."""

from pathlib import Path

from pydantic import BaseModel

HERE = Path(__file__).parents[2] / "contracts" / "catalogue"
"""The catalogue this project carries."""


class _Sheet(BaseModel):
    set: str


def product_sets(folder: Path) -> frozenset[str]:
    """The sets of every rule set. Raises ``ValidationError`` for a sheet without one."""
    sheets = folder.glob("*/sheets/*.json")
    return frozenset(_Sheet.model_validate_json(file.read_bytes()).set for file in sheets)
