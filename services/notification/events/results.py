"""What is heard of results, once they are decided, and of revocations that are owed."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from services.notification.events.concerning import AboutProvince, OfProvince


class FailedMinimum(BaseModel):
    """A star the product does not get because of one criterion."""

    model_config = ConfigDict(frozen=True)

    star: int
    criterion: str
    needed: int
    had: int


class ResultForwarded(AboutProvince):
    """The province approves the result and sends the product on to the centre, for five stars."""

    TYPE: ClassVar[str] = "vn.ocop.result.forwarded.v1"

    decision_number: str
    decided_on: date


class ResultLeftOut(AboutProvince):
    """The decision leaves the product out; the result waits for another one."""

    TYPE: ClassVar[str] = "vn.ocop.result.left-out.v1"

    reason: str
    decision_number: str
    decided_on: date


class ResultAnnounced(AboutProvince):
    """The chair's decision tells the result."""

    TYPE: ClassVar[str] = "vn.ocop.result.announced.v1"

    dossier_id: str
    outcome: Literal["recognised", "not_recognised"]
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    decision_number: str
    decided_on: date
    commune: str | None = None
    """``None`` in what release 0.1.0 said."""


class RevocationOverdue(OfProvince):
    """The fifteen days for a revocation are over, and nobody has decided."""

    TYPE: ClassVar[str] = "vn.ocop.revocation.overdue.v1"

    certificate: str
    since: date
    decide_by: date
