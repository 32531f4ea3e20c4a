"""An office that officers work in: the provincial agency, or a commune; and the mailbox it has given."""

from shared.document import Document
from shared.errors import Language

AGENCY = "agency"
"""Stands where a commune's code would, for the agency of the province."""


def office_key(authority: str, code: str) -> str:
    return f"office/{authority}/{code}"


class Office(Document):
    """How an office is reached. The mailbox is the office's own, no person's."""

    code: str
    name: str
    email: str | None = None
    language: Language = "vi"

    @classmethod
    def unnamed(cls, authority: str, code: str) -> "Office":
        """An office of which nothing was entered yet."""
        name = "Cơ quan tham mưu OCOP cấp tỉnh" if code == AGENCY else f"Ủy ban nhân dân xã {code}"
        return cls(id=office_key(authority, code), authority=authority, code=code, name=name)
