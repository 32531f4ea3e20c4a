"""What sheets look like to whoever may read them: signed, on record, entered from paper, and all of them at the end."""

from datetime import date, datetime

from services.scoring.domain.evaluation import (
    Agreement,
    Evaluation,
    HandedIn,
    Superseded,
)
from services.scoring.domain.marks import Mark, read, total
from services.scoring.domain.paper_sheet import Answer, PaperSheet, Scan
from services.scoring.domain.sheet import Sheet
from services.scoring.domain.sitting import Closing
from shared.http import Told


class SignedSheet(Told):
    """A signed sheet, readable."""

    marks: tuple[Mark, ...]
    total: int
    opinion: str | None
    handed_in_at: datetime
    hash: str
    paper: int | None
    """The number of the entry, where it was signed by hand."""

    @classmethod
    def of(cls, sheet: Sheet, signed: HandedIn) -> "SignedSheet":
        return cls(
            marks=read(sheet, signed.marks),
            total=signed.total,
            opinion=signed.opinion,
            handed_in_at=signed.at,
            hash=signed.hash,
            paper=signed.paper,
        )


class OldSheet(Told):
    """A signed sheet that does not count any more."""

    sheet: SignedSheet
    round: int
    why: str
    reason: str | None
    superseded_at: datetime

    @classmethod
    def of(cls, sheet: Sheet, old: Superseded) -> "OldSheet":
        return cls(
            sheet=SignedSheet.of(sheet, old.sheet),
            round=old.round,
            why=old.why,
            reason=old.reason,
            superseded_at=old.at,
        )


class CouncilSheet(Told):
    """One member's signed sheet as the council discusses it."""

    member: str
    round: int
    in_force: bool
    sheet: SignedSheet


class Deliberation(Told):
    """What the council has before it once the blind phase of a round is closed."""

    closings: tuple[Closing, ...]
    sheets: list[CouncilSheet]
    differing: tuple[str, ...]
    """The criteria with a star minimum in which the sheets in force differ."""
    agreement: Agreement | None


class PaperSheetView(Told):
    """A sheet that was signed by hand, as it was entered, and what became of it."""

    number: int
    member: str
    round: int
    marks: tuple[Mark, ...]
    total: int
    opinion: str | None
    signed_on: date
    entered_by: str
    entered_at: datetime
    scan: Scan | None
    answer: Answer | None

    @classmethod
    def of(cls, sheet: Sheet, entry: PaperSheet) -> "PaperSheetView":
        return cls(
            number=entry.number,
            member=entry.member,
            round=entry.round,
            marks=read(sheet, entry.marks),
            total=total(sheet, entry.marks),
            opinion=entry.opinion,
            signed_on=entry.signed_on,
            entered_by=entry.entered_by,
            entered_at=entry.entered_at,
            scan=entry.scan,
            answer=entry.answer,
        )


class RecordedSheet(OldSheet):
    """The same for the agency: whose it was, and who took it out of force."""

    member: str
    by: str

    @classmethod
    def recorded(cls, sheet: Sheet, old: Superseded) -> "RecordedSheet":
        return cls(**OldSheet.of(sheet, old).model_dump(), member=old.sheet.member, by=old.by)


class SheetHistory(Told):
    """Every sheet that was ever signed for the product, and every closing of a blind phase."""

    closings: tuple[Closing, ...]
    in_force: list[CouncilSheet]
    record: list[RecordedSheet]
    paper_sheets: list[PaperSheetView]

    @classmethod
    def of(cls, evaluation: Evaluation, sheet: Sheet) -> "SheetHistory":
        sitting = evaluation.sitting
        return cls(
            closings=() if sitting is None else sitting.closings,
            in_force=[
                CouncilSheet(member=one.member, round=sitting.round, in_force=True, sheet=SignedSheet.of(sheet, one))
                for one in evaluation.sheets
                if sitting is not None
            ],
            record=[RecordedSheet.recorded(sheet, old) for old in evaluation.record],
            paper_sheets=[PaperSheetView.of(sheet, one) for one in evaluation.paper_sheets],
        )
