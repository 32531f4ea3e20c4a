"""The OpenAPI documents: taken from the running applications, 3.1, and complete."""

import json

import pytest

from deploy.contracts import openapi
from deploy.contracts.files import CONTRACTS
from deploy.contracts.voices import service_names

NAMES = service_names()


def test_there_is_one_for_every_service_and_for_nothing_else() -> None:
    assert sorted(file.stem for file in (CONTRACTS / "openapi").glob("*")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_document_on_file_is_the_one_of_the_application(name: str) -> None:
    assert (CONTRACTS / "openapi" / f"{name}.json").read_text() == openapi.document(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_tells_its_problems_and_its_callers_headers(name: str) -> None:
    described = json.loads((CONTRACTS / "openapi" / f"{name}.json").read_text())

    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert "application/problem+json" in json.dumps(operation["responses"]["default"]), path
            if operation.get("security"):
                assert "Ocop-Appointment" in {each["name"] for each in operation["parameters"]}, f"{method} {path}"
