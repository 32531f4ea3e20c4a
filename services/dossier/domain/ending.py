"""The end of a case before any result: taken back by its owner, or stopped or disqualified by the agency."""

from services.dossier.domain.dossier import Dossier, Withdrawn, check, settled
from services.dossier.domain.steps import Ended


def withdraw(dossier: Dossier, withdrawn: Withdrawn, by: str) -> Dossier:
    """The dossier taken back, which the owner may do until the result is announced. Raises ``DossierClosed``."""
    check(dossier, "withdraw", by)
    return settled(dossier, withdrawn=withdrawn)


def end(dossier: Dossier, ended: Ended, by: str) -> Dossier:
    """The dossier stopped or disqualified, with a ground and reasons; once before a council, after it has concluded.

    The grounds of disqualification are the sheets' own (Decision 26/2026/QĐ-TTg, annex II). Raises ``MoveNotAllowed``
    and its like.
    """
    check(dossier, "stop" if ended.state == "stopped" else "disqualify", by)
    return settled(dossier, ended=ended)
