"""The passwords of the local broker: made at first start, kept readable for their owner alone."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Write ``text`` whole or not at all, never readable by anybody but its owner."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    fresh.replace(file)


@dataclass(frozen=True)
class Principal:
    """A SCRAM user of the broker."""

    name: str
    password: str = field(repr=False)


class Credentials:
    """Principals by name, in one file of mode 0600."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def principal(self, name: str) -> Principal:
        """The principal called ``name``, with the password it was given the first time it was asked for."""
        kept = self._read()
        if name not in kept:
            kept[name] = secrets.token_urlsafe(24)
            write_private(self._file, json.dumps(kept, indent=2))
        return Principal(name, kept[name])

    def _read(self) -> dict[str, str]:
        try:
            kept = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        return {str(name): str(password) for name, password in kept.items()}
