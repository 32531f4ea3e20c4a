"""What is heard of a dossier on its way: steps, requests and deadlines."""

from datetime import date
from typing import ClassVar, Literal

from services.notification.events.concerning import Concerning


class OfDossier(Concerning):
    """What the dossier service says of a file."""

    STREAM: ClassVar[str] = "dossiers"


class AtCommune(OfDossier):
    """A step of a dossier of which the offices are told too."""

    commune: str


class DossierLodged(AtCommune):
    """The file was lodged with the commune, which has its days for it from now on."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.lodged.v1"

    lodged_on: date


class CommuneAssessed(AtCommune):
    """The commune proposes the product to the province."""

    TYPE: ClassVar[str] = "vn.ocop.commune.assessed.v1"

    letter_number: str
    letter_on: date


class DossierSubmitted(OfDossier):
    """The complete file lies before a council; one before the central council concerns the centre too."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.submitted.v1"

    to: str
    received_on: date

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((speaker, self.to)))


class DossierWithdrawn(OfDossier):
    """The owner has taken the dossier back."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.withdrawn.v1"

    reason: str
    withdrawn_on: date


class DossierReceived(OfDossier):
    """An office has entered the dossier under a number."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.received.v1"

    by: Literal["commune", "agency"]
    number: str
    received_on: date


class SupplementRequested(OfDossier):
    """Things are asked for by a date; which ones, the dossier says."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.requested.v1"

    by: Literal["commune", "agency", "council"]
    papers: tuple[str, ...]
    until: date


class SupplementAnswered(AtCommune):
    """Something that was asked for has been answered; ``left`` is still missing."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.answered.v1"

    by: Literal["commune", "agency", "council"]
    left: tuple[str, ...]
    answered_on: date


class SupplementLapsed(AtCommune):
    """The date has passed without all that was asked for."""

    TYPE: ClassVar[str] = "vn.ocop.supplement.lapsed.v1"

    by: Literal["commune", "agency", "council"]
    left: tuple[str, ...]
    until: date


class EndedByAgency(OfDossier):
    """The agency has ended the case, on a ground of the law."""

    ground: str
    ended_on: date


class DossierStopped(EndedByAgency):
    """The agency has stopped the case."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.stopped.v1"


class DossierDisqualified(EndedByAgency):
    """The agency has disqualified the product."""

    TYPE: ClassVar[str] = "vn.ocop.dossier.disqualified.v1"


class EvidenceExpiring(OfDossier):
    """A paper of the file runs out, or has; ``days_left`` is then less than 0."""

    TYPE: ClassVar[str] = "vn.ocop.evidence.expiring.v1"

    valid_until: date
    days_left: int


class AboutDuty(AtCommune):
    """A duty that somebody owes by its last day."""

    duty: Literal["commune_assessment", "supplement", "rating"]
    owing: Literal["commune", "owner", "agency"]
    last_day: date


class DeadlineNear(AboutDuty):
    """A good part of a duty's days is over."""

    TYPE: ClassVar[str] = "vn.ocop.deadline.near.v1"

    days_left: int


class DeadlineMissed(AboutDuty):
    """The last day of a duty has passed and it is not done."""

    TYPE: ClassVar[str] = "vn.ocop.deadline.missed.v1"
