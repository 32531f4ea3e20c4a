"""The fixtures of the tests of dossier."""

import pytest

from tests.services.dossier.office import Office


@pytest.fixture
def office() -> Office:
    return Office()
