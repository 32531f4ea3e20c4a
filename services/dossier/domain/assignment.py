"""Who works on a dossier at an office, and when its owner was last reminded of what it owes."""

from datetime import date

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.machine import CLOSED, DossierClosed
from services.dossier.domain.steps import Assigned
from shared.errors import Refusal


class NothingOwed(Refusal):
    """An owner is reminded of a request for supplements, and of nothing else."""

    vi = "Hồ sơ không có yêu cầu bổ sung nào đang chờ chủ thể, nên không có gì để nhắc."
    en = "The dossier has no request for supplements that waits for its owner, so there is nothing to remind of."


class RemindedToday(Refusal):
    vi = "Chủ thể đã được nhắc trong ngày hôm nay. Hãy nhắc lại vào ngày khác."
    en = "The owner was reminded today already. Remind it again on another day."


def assign(dossier: Dossier, assigned: Assigned) -> Dossier:
    """The dossier in the hands of somebody else at that office. Raises ``DossierClosed``."""
    if dossier.state in CLOSED:
        raise DossierClosed(state=dossier.state)
    others = tuple(each for each in dossier.assigned if each.office != assigned.office)
    return dossier.but(assigned=(*others, assigned))


def remind(dossier: Dossier, on: date) -> Dossier:
    """The dossier whose owner is told once more what is asked for. Raises ``NothingOwed`` or ``RemindedToday``."""
    if dossier.supplement is None or not dossier.state.endswith("_supplement"):
        raise NothingOwed()
    if dossier.reminded_on is not None and dossier.reminded_on >= on:
        raise RemindedToday()
    return dossier.but(reminded_on=on)
