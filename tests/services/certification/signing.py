"""Keys, seals and owners for the tests of what certification signs; made once, since an RSA key takes a second."""

import tempfile
from functools import cache
from pathlib import Path

from deploy.local.signing import ensure_keys, keys_folder

ADDRESS = "https://ocop.vn"


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="ocop-keys-")
    ensure_keys(Path(folder.name), ["37", "00"])
    return folder


def keys() -> Path:
    """A folder with a signing key and a seal of the province and of the centre."""
    return keys_folder(Path(_folder().name))


class Known:
    """A dossier service that knows every owner."""

    async def name(self, authority: str, owner_id: str) -> str:
        return f"Hợp tác xã {owner_id}"
