"""Documents: what their fields may not be called."""

import pytest

from shared.document import Document


def test_a_field_cannot_take_a_name_under_which_the_store_keeps_its_own() -> None:
    with pytest.raises(TypeError, match=r"Parcel: .* kind"):

        class Parcel(Document):
            kind: str
