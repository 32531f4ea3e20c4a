"""The name of a file: shown and offered, and nothing that could be taken for a path."""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.files.held import FileName

NAMES: TypeAdapter[str] = TypeAdapter(FileName)


@pytest.mark.parametrize(
    "given", ["../a.pdf", "a/b.pdf", "a\\b.pdf", "C:a.pdf", ".pdf", "a.", "a\n.pdf", "", "a" * 151]
)
def test_what_could_be_a_path_or_cannot_be_shown_is_no_name(given: str) -> None:
    with pytest.raises(ValidationError):
        NAMES.validate_python(given)


def test_a_vietnamese_name_is_kept_composed() -> None:
    assert NAMES.validate_python("Phiê\u0301u chấm.pdf") == "Phiếu chấm.pdf"
