"""Who signs in during a scenario: owners, communes, the agency, the council, the chair."""

from datetime import date

from deploy.ocop.client import Who
from deploy.ocop.scenario.script import Owner, Script
from shared.tokens import Appointment

SINCE = date(2020, 1, 1)


class Cast:
    """The people of a script, each in the one appointment used here."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def owner(self, owner: Owner) -> Who:
        """An owner's own account: its organisation is the owner's id."""
        return self._in(owner.id, "owner", organisation=owner.id)

    def commune(self, code: str) -> Who:
        """The officer of a commune, who reaches its dossiers and no others."""
        return self._in(f"can-bo-xa-{code}", "commune_officer", commune=code)

    @property
    def agency(self) -> Who:
        return self._in("co-quan-tham-muu", "agency")

    @property
    def chair(self) -> Who:
        return self._in("chu-tich-tinh", "chair")

    @property
    def scoring(self) -> tuple[Who, ...]:
        """Everybody in the council who hands in a sheet, the chair of the council first."""
        council = self._script.council
        members = (self._in(member, "council_member") for member in council.members)
        return (self._in(council.chair, "council_chair"), *members)

    @property
    def secretary(self) -> Who:
        return self._in(self._script.council.secretary, "council_secretary")

    def _in(self, subject: str, role: str, organisation: str | None = None, commune: str | None = None) -> Who:
        authority = self._script.authority
        held = Appointment(
            id=f"{role}-{organisation or commune or authority}"[:64],
            role=role,
            authority=authority,
            organisation=organisation,
            commune=commune,
            since=SINCE,
        )
        return Who(subject, held)
