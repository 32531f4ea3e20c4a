"""What stands on a paper: evaluations and sheets in the words of the office, ready to be set."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.scoring.domain.conclusions import Ground
from services.scoring.domain.evaluation import Evaluation, HandedIn, Result, Stopped
from services.scoring.domain.integrity import Integrity, MemberView, OutlierSheet
from services.scoring.domain.marks import DOES_NOT_APPLY, points_at, total
from services.scoring.domain.next_star import NextStar, next_star
from services.scoring.domain.rule_set import CaseKind, RuleSet
from services.scoring.domain.sheet import GATED_STARS, Criterion, Sheet
from services.scoring.papers.meeting import SEATS, Attendee, Meeting
from shared.clock import day

CASE_KINDS: dict[CaseKind, str] = {
    "first": "Lần đầu",
    "upgrade": "Nâng hạng",
    "re_evaluation": "Đánh giá lại",
}
GROUNDS: dict[Ground, str] = {
    "withdrawn": "Chủ thể rút hồ sơ",
    "disqualified": "Bị loại",
    "not_eligible": "Không thuộc diện xét",
    "requirement_not_met": "Không đạt yêu cầu bắt buộc",
    "scoring_stopped": "Dừng chấm",
}

Labels = Mapping[str, str]


class Printed(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProductLine(Printed):
    """One product on the agenda, with what came of it."""

    product: str
    product_set: str
    case_kind: str
    commune: str
    sheets: int = 0
    total: str = ""
    average: str = ""
    stars: int | None = None
    outcome: str = ""
    notes: tuple[str, ...] = ()


class PersonLine(Printed):
    name: str
    position: str
    seat: str


class MeetingPaper(Printed):
    """Agenda, minutes or result table of one meeting."""

    superior: str
    council: str
    place: str
    number: str | None
    decision: str
    round: int
    on: tuple[int, int, int]
    """Year, month and day."""
    year: int
    date: str
    """In full: «ngày 21 tháng 11 năm 2026»."""
    room: str
    began: str | None
    ended: str | None
    present: tuple[PersonLine, ...]
    absent: tuple[PersonLine, ...]
    secretary: str
    chair: str
    products: tuple[ProductLine, ...]
    counts: tuple[tuple[str, int], ...]
    discussion: tuple[str, ...]


class SheetRow(Printed):
    """A line of the printed sheet. ``ticked`` is for options only."""

    kind: Literal["part", "group", "criterion", "option"]
    code: str
    text: str
    points: int
    scored: int | None = None
    ticked: bool = False
    minimum: str = ""
    """The stars for which an option is the least, printed as so many stars."""
    note: str = ""


class FilledSheet(Printed):
    """One member's sheet, as it was handed in."""

    product: str
    product_set: str
    case_kind: str
    decision: str
    member: str
    handed_in: str
    sheet_hash: str
    rows: tuple[SheetRow, ...]
    total: int


class FilledSheets(Printed):
    """The sheets of one product, each beginning a page, and the day of the last of them."""

    on: tuple[int, int, int]
    sheets: tuple[FilledSheet, ...]


class DisputedLine(Printed):
    """A criterion in dispute, with its name."""

    name: str
    disagreement: str
    products: int


class IntegrityPart(Printed):
    """The integrity view as the report shows it."""

    evaluations: int
    sheets: int
    members: tuple[MemberView, ...]
    outliers: tuple[OutlierSheet, ...]
    disputed: tuple[DisputedLine, ...]


class ReportPaper(Printed):
    """The council's report: the meeting and its results, and how far the members were of one mind."""

    meeting: MeetingPaper
    integrity: IntegrityPart


def product_line(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, labels: Labels) -> ProductLine:
    """The line of one product, with its result or its conclusion if there is one."""
    line = ProductLine(
        product=evaluation.case.product.name,
        product_set=labels[sheet.name_key],
        case_kind=CASE_KINDS[evaluation.case.case_kind],
        commune=evaluation.commune,
    )
    if evaluation.stopped is not None:
        return line.model_copy(
            update={"outcome": GROUNDS[evaluation.stopped.ground], "notes": tuple(_why(evaluation.stopped, labels))}
        )
    if evaluation.result is None:
        return line
    result = evaluation.result
    lacks = next_star(rule_set, sheet, result.average, result.rating, evaluation.authority)
    return line.model_copy(
        update={
            "sheets": result.average.count,
            "total": str(result.average.total),
            "average": decimal(str(result.average)),
            "stars": result.rating.stars,
            "outcome": _outcome(result),
            "notes": tuple(_lacks(lacks)) if lacks is not None else (),
        }
    )


def meeting_paper(meeting: Meeting, products: tuple[ProductLine, ...]) -> MeetingPaper:
    """A meeting with its products, counted by outcome."""
    outcomes = [line.outcome for line in products if line.outcome]
    on = meeting.held_on
    return MeetingPaper(
        superior=meeting.office.superior,
        council=meeting.office.council,
        place=meeting.office.place,
        number=meeting.number,
        decision=meeting.decision,
        round=meeting.round,
        on=(on.year, on.month, on.day),
        year=on.year,
        date=f"ngày {on.day:02d} tháng {on.month:02d} năm {on.year}",
        room=meeting.room,
        began=meeting.began,
        ended=meeting.ended,
        present=tuple(map(_person, meeting.present)),
        absent=tuple(map(_person, meeting.absent)),
        secretary=_name_of(meeting, "secretary"),
        chair=_name_of(meeting, "chair") or _name_of(meeting, "deputy"),
        products=products,
        counts=tuple(sorted(((one, outcomes.count(one)) for one in set(outcomes)), key=lambda one: (-one[1], one[0]))),
        discussion=tuple((meeting.discussion or "").split("\n")) if meeting.discussion else (),
    )


def filled_sheet(
    evaluation: Evaluation, handed_in: HandedIn, sheet: Sheet, rule_set: RuleSet, labels: Labels
) -> FilledSheet:
    """The whole sheet with every option, those ticked marked, in the printed order."""
    on = day(handed_in.at)
    return FilledSheet(
        product=evaluation.case.product.name,
        product_set=f"{sheet.number}. {labels[sheet.name_key]}",
        case_kind=CASE_KINDS[evaluation.case.case_kind],
        decision=rule_set.decision.number,
        member=handed_in.member,
        handed_in=f"{on.day:02d}/{on.month:02d}/{on.year}",
        sheet_hash=evaluation.basis.sheet_hash,
        rows=tuple(_rows(sheet, handed_in.marks, labels)),
        total=total(sheet, handed_in.marks),
    )


def filled_sheets(evaluation: Evaluation, sheet: Sheet, rule_set: RuleSet, labels: Labels) -> FilledSheets:
    """Every sheet of one product, in the order in which they were handed in. There is at least one."""
    last = day(max(handed_in.at for handed_in in evaluation.sheets))
    return FilledSheets(
        on=(last.year, last.month, last.day),
        sheets=tuple(filled_sheet(evaluation, one, sheet, rule_set, labels) for one in evaluation.sheets),
    )


def integrity_part(view: Integrity, sheets: Mapping[str, Sheet], labels: Labels) -> IntegrityPart:
    """The view with the names of the criteria; ``sheets`` are those scored on, by product set."""
    return IntegrityPart(
        evaluations=view.evaluations,
        sheets=view.sheets,
        members=view.members,
        outliers=view.outliers,
        disputed=tuple(
            DisputedLine(
                name=_criterion_name(sheets[one.product_set], one.criterion, labels),
                disagreement=one.disagreement,
                products=one.products,
            )
            for one in view.disputed
        ),
    )


def decimal(shown: str) -> str:
    """A number as Vietnamese offices write it: 89,66."""
    return shown.replace(".", ",")


def _criterion_name(sheet: Sheet, key: str, labels: Labels) -> str:
    criterion = sheet.scored[sheet.places[key]].criterion
    return f"{criterion.code} {labels[criterion.name_key]} ({labels[sheet.name_key]})"


def _outcome(result: Result) -> str:
    stars = result.rating.stars
    return f"{stars} sao, tiềm năng 5 sao" if result.rating.potential_five_star else f"{stars} sao"


def _lacks(missing: NextStar) -> Iterator[str]:
    if missing.total_short:
        yield f"Lên {missing.star} sao: thêm {decimal(missing.average_short)} điểm trung bình"
    for one in missing.minimums:
        yield f"Lên {missing.star} sao: tiêu chí {one.criterion} có {one.had}, cần {one.needed} điểm"


def _why(stopped: Stopped, labels: Labels) -> Iterator[str]:
    if stopped.rule is not None:
        where = f"Tiêu chí {stopped.criterion}: " if stopped.criterion else ""
        yield f"{where}{labels.get(stopped.rule, stopped.rule)}"
    if stopped.minutes is not None:
        yield f"Theo {stopped.minutes}"


def _person(attendee: Attendee) -> PersonLine:
    return PersonLine(name=attendee.name, position=attendee.position, seat=SEATS[attendee.seat])


def _name_of(meeting: Meeting, seat: str) -> str:
    return next((one.name for one in meeting.present if one.seat == seat), "")


def _rows(sheet: Sheet, marks: str, labels: Labels) -> Iterator[SheetRow]:
    for part in sheet.parts:
        answered = [criterion.key for criterion in part.criteria if criterion.options]
        yield SheetRow(
            kind="part",
            code=part.code,
            text=labels[part.name_key],
            points=part.max_points,
            scored=sum(_had(sheet, marks, key) for key in answered),
        )
        for group in part.groups:
            yield SheetRow(kind="group", code=group.code, text=labels[group.name_key], points=group.max_points)
            for criterion in group.criteria:
                yield from _criterion(sheet, marks, criterion, labels)


def _criterion(sheet: Sheet, marks: str, criterion: Criterion, labels: Labels) -> Iterator[SheetRow]:
    text = labels[criterion.name_key]
    if criterion.case is not None:
        text = f"{text} ({labels[criterion.case]})"
    row = SheetRow(kind="criterion", code=criterion.code, text=text, points=criterion.max_points)
    if not criterion.options:
        yield row
        for child in criterion.criteria:
            yield from _criterion(sheet, marks, child, labels)
        return
    letter = marks[sheet.places[criterion.key]]
    if letter == DOES_NOT_APPLY:
        yield row.model_copy(update={"note": "Không áp dụng"})
        return
    scored = sheet.scored[sheet.places[criterion.key]]
    ticked = {key for key, its in scored.letters.items() if its == letter}
    note = "" if ticked else "Không đạt phương án nào"
    yield row.model_copy(update={"scored": _had(sheet, marks, criterion.key), "note": note})
    for option in criterion.options:
        yield SheetRow(
            kind="option",
            code="",
            text=labels[option.key],
            points=option.points,
            ticked=option.key in ticked,
            minimum=_least_for(criterion, option.points),
        )


def _least_for(criterion: Criterion, points: int) -> str:
    """The printed stars of an option: the lowest star for which it is the least."""
    lower: int | None = None
    for star in GATED_STARS:
        minimum = criterion.star_minimums.at(star)
        if minimum == points and minimum != lower:
            return "*" * star
        lower = minimum
    return ""


def _had(sheet: Sheet, marks: str, key: str) -> int:
    place = sheet.places[key]
    return points_at(sheet, place, marks[place])
