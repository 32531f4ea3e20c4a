"""An inspection: a team looks at certified products against the file they were rated on."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import PositiveInt

from shared.document import Document
from shared.errors import Flaw, Refusal

from .certificate import Kept, RevocationGround

LOOKED_AFTER = timedelta(seconds=5)
Occasion = Literal["post_check", "periodic", "ad_hoc"]
FollowUp = Literal["none", "remedy", "revoke"]


class InspectionConcluded(Refusal):
    vi = "Cuộc kiểm tra này đã có kết luận ngày {on}; kết luận không được sửa."
    en = "This inspection was concluded on {on}; a conclusion is not edited."


class ConclusionRefused(Refusal):
    vi = "Kết luận chưa được ghi vì {count} mục chưa đúng. Hãy sửa từng mục."
    en = "The conclusion is not recorded: {count} item(s) are not in order. Mend each one."


class Inspected(Kept):
    """A product of the inspection, and the hash of the manifest it was rated on, when the council told it."""

    certificate: str
    commune: str
    manifest_hash: str | None


class Finding(Kept):
    """What was found of one product: the two contents of Decision 26/2026/QĐ-TTg, article 9, and what follows."""

    certificate: str
    criteria_met: bool
    """As in the rated file."""
    mark_used_rightly: bool
    note: str
    follow_up: FollowUp
    remedy_by: date | None
    ground: RevocationGround | None


class Conclusion(Kept):
    on: date
    text: str
    findings: tuple[Finding, ...]


class Inspection(Document):
    """Planned, carried out, concluded once. The team is kept as its bodies, not as persons."""

    occasion: Occasion
    on: date
    team: tuple[str, ...]
    members: PositiveInt
    products: tuple[Inspected, ...]
    conclusion: Conclusion | None = None

    def to_revoke(self) -> list[tuple[Inspected, Finding]]:
        """The products whose certificates the conclusion proposes to revoke."""
        findings = self.conclusion.findings if self.conclusion is not None else ()
        by_number = {one.certificate: one for one in self.products}
        return [(by_number[one.certificate], one) for one in findings if one.follow_up == "revoke"]


def conclude(inspection: Inspection, conclusion: Conclusion, now: datetime) -> Inspection:
    """The inspection concluded; what it proposes to revoke is still to be opened as cases.

    Raises ``InspectionConcluded``, and ``ConclusionRefused`` when a product is missing, strange or named twice, or a
    follow-up lacks its ground or its day.
    """
    if inspection.conclusion is not None:
        raise InspectionConcluded(on=inspection.conclusion.on)
    flaws = list(_flaws(conclusion, [one.certificate for one in inspection.products]))
    if conclusion.on < inspection.on:
        flaws.append(Flaw("/concluded_on", "Trước ngày kiểm tra.", "It lies before the inspection."))
    if flaws:
        raise ConclusionRefused(*flaws, count=len(flaws))
    return inspection.but(conclusion=conclusion, due=now + LOOKED_AFTER)


def _flaws(conclusion: Conclusion, inspected: Collection[str]) -> list[Flaw]:
    flaws, named = [], set()
    for n, finding in enumerate(conclusion.findings):
        if finding.certificate not in inspected or finding.certificate in named:
            flaws.append(
                Flaw(
                    f"/findings/{n}/certificate",
                    "Không thuộc cuộc kiểm tra này, hoặc nêu hai lần.",
                    "It is not of this inspection, or named twice.",
                )
            )
        named.add(finding.certificate)
        if (finding.ground is not None) != (finding.follow_up == "revoke"):
            flaws.append(
                Flaw(
                    f"/findings/{n}/ground",
                    "Căn cứ thu hồi được nêu khi và chỉ khi đề nghị thu hồi.",
                    "A ground is named when revocation is proposed, and only then.",
                )
            )
        if (finding.remedy_by is not None) != (finding.follow_up == "remedy"):
            flaws.append(
                Flaw(
                    f"/findings/{n}/remedy_by",
                    "Hạn khắc phục được nêu khi và chỉ khi yêu cầu khắc phục.",
                    "A day is set when a remedy is asked for, and only then.",
                )
            )
    missing = [number for number in inspected if number not in named]
    if missing:
        flaws.append(
            Flaw("/findings", f"Còn thiếu: {', '.join(missing)}.", f"Still without a finding: {', '.join(missing)}.")
        )
    return flaws


def followed_up(inspection: Inspection) -> Inspection:
    """The inspection with its cases opened."""
    return inspection.but(due=None)
