"""The places of prints in the status lists: one list per authority and year, and a place is given once, for good."""

from datetime import date

from shared.document import Document

from .certificate import Certificate


class StatusRegister(Document):
    """The prints of one authority's decisions of one year, in the order in which they got their places."""

    prints: tuple[str, ...] = ()

    def place(self, name: str) -> int | None:
        return self.prints.index(name) if name in self.prints else None


def register_id(authority: str, year: int) -> str:
    return f"status/{authority}/{year}"


def print_name(certificate: Certificate) -> str:
    """The current print of a certificate; a new print is another credential, so that the old one can be ended."""
    return f"{certificate.number}#{certificate.print_version}"


def listed(held: StatusRegister | None, authority: str, year: int, name: str) -> StatusRegister:
    """The register with a place for this print; the place it has stays."""
    register = held or StatusRegister(id=register_id(authority, year), authority=authority)
    return register if name in register.prints else register.but(prints=(*register.prints, name))


def superseded(name: str, certificate: Certificate) -> bool:
    """Whether the print of this name is an earlier one than the certificate's current."""
    return int(name.rpartition("#")[2]) < certificate.print_version


def ended_early(certificate: Certificate, today: date) -> bool:
    """Whether something ended it before its last day: what a status list says of it."""
    return certificate.on(today) in ("replaced", "revoked", "annulled")
