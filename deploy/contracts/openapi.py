"""A service's HTTP API as OpenAPI 3.1, taken from the application that really runs."""

import json
from importlib import import_module

from shared.service import application


def document(service: str) -> str:
    """The description as JSON. Nothing is connected to for it."""
    described = import_module(f"services.{service}.main").SERVICE
    settings = described.settings(authorities=frozenset({"37"}), jwks="", service_token_file=None)
    app = application(described, settings)
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"
