"""What stands on a paper: evaluations and sheets in the words of the office, ready to be set."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.scoring.domain.conclusions import Ground
from services.scoring.domain.evaluation import Evaluation, HandedIn, Result, Stopped
from services.scoring.domain.integrity import Integrity, MemberView, OutlierSheet
from services.scoring.domain.marks import DOES_NOT_APPLY, points_at, total
from services.scoring.domain.next_star import NextStar, lacked
from services.scoring.domain.rule_set import CaseKind, RuleSet
from services.scoring.domain.session import Session
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
    total: int = 0
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


class OpinionLetter(Printed):
    """The letter that asks the members for their opinions in writing; nothing of any sheet stands in it."""

    meeting: MeetingPaper
    addressees: tuple[PersonLine, ...]
    replies_by: str


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
    by_hand: str
    """When it was signed on paper, empty for a sheet signed here."""
    opinion: tuple[str, ...]
    """What the member added in words, paragraph by paragraph."""
    sheet_hash: str
    signature: str
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
    if evaluation.annulled is not None:
        return line.model_copy(update={"outcome": "Kết quả bị hủy", "notes": (f"Theo {evaluation.annulled.document}",)})
    if evaluation.result is None:
        return line
    result = evaluation.result
    lacks = lacked(evaluation, sheet, rule_set)
    return line.model_copy(
        update={
            "sheets": result.average.count,
            "total": result.average.total,
            "average": decimal(str(result.average)),
            "stars": result.rating.stars,
            "outcome": _outcome(result),
            "notes": (*_on_paper(result), *(_lacks(lacks) if lacks is not None else ())),
        }
    )


def meeting_paper(meeting: Meeting, session: Session, products: Sequence[ProductLine]) -> MeetingPaper:
    """The meeting of a session with its products, counted by outcome."""
    outcomes = Counter(line.outcome for line in products if line.outcome)
    on = session.on
    return MeetingPaper(
        superior=meeting.office.superior,
        council=meeting.office.council,
        place=meeting.office.place,
        number=None if session.minutes is None else session.minutes.number,
        decision=session.decision,
        round=session.round,
        on=(on.year, on.month, on.day),
        year=on.year,
        date=in_full(on),
        room=meeting.room,
        began=meeting.began,
        ended=meeting.ended,
        present=tuple(map(_person, meeting.present)),
        absent=tuple(map(_person, meeting.absent)),
        secretary=meeting.first_seated("secretary"),
        chair=meeting.first_seated("chair", "deputy"),
        products=tuple(products),
        counts=tuple(sorted(outcomes.items(), key=lambda one: (-one[1], one[0]))),
        discussion=tuple(meeting.discussion.split("\n")) if meeting.discussion else (),
    )


def opinion_letter(paper: MeetingPaper, replies_by: date) -> OpinionLetter:
    """The letter for a session without a meeting: to everybody the office names."""
    return OpinionLetter(meeting=paper, addressees=(*paper.present, *paper.absent), replies_by=in_full(replies_by))


def filled_sheets(
    evaluation: Evaluation,
    signed: Sequence[HandedIn],
    sheet: Sheet,
    rule_set: RuleSet,
    labels: Labels,
    names: Mapping[str, str],
) -> FilledSheets:
    """Signed sheets of one product, at least one, whole: every option, those ticked marked, in the printed order.

    ``names`` are those of the members by the ids under which they signed.
    """
    last = day(max(one.at for one in signed))
    return FilledSheets(
        on=(last.year, last.month, last.day),
        sheets=tuple(
            FilledSheet(
                product=evaluation.case.product.name,
                product_set=f"{sheet.number}. {labels[sheet.name_key]}",
                case_kind=CASE_KINDS[evaluation.case.case_kind],
                decision=rule_set.decision.number,
                member=names.get(one.member, one.member),
                handed_in=f"{day(one.at):%d/%m/%Y}",
                by_hand=_by_hand(evaluation, one),
                opinion=() if one.opinion is None else tuple(one.opinion.splitlines()),
                sheet_hash=evaluation.basis.sheet_hash,
                signature=one.hash,
                rows=tuple(_rows(sheet, one.marks, labels)),
                total=total(sheet, one.marks),
            )
            for one in signed
        ),
    )


def integrity_part(
    view: Integrity, sheets: Mapping[str, Sheet], labels: Labels, name_of: Callable[[str], str]
) -> IntegrityPart:
    """The view with the names of members and criteria; ``sheets`` are those scored on, by product set."""
    return IntegrityPart(
        evaluations=view.evaluations,
        sheets=view.sheets,
        members=tuple(one.model_copy(update={"member": name_of(one.member)}) for one in view.members),
        outliers=tuple(one.model_copy(update={"member": name_of(one.member)}) for one in view.outliers),
        disputed=tuple(
            DisputedLine(
                name=_criterion_name(sheets[one.product_set], one.criterion, labels),
                disagreement=one.disagreement,
                products=one.products,
            )
            for one in view.disputed
        ),
    )


def in_full(on: date) -> str:
    """A day as offices write it: ngày 21 tháng 11 năm 2026."""
    return f"ngày {on.day:02d} tháng {on.month:02d} năm {on.year}"


def decimal(shown: str) -> str:
    """A number as Vietnamese offices write it: 89,66."""
    return shown.replace(".", ",")


def _criterion_name(sheet: Sheet, key: str, labels: Labels) -> str:
    criterion = sheet.scored[sheet.places[key]].criterion
    return f"{criterion.code} {labels[criterion.name_key]} ({labels[sheet.name_key]})"


def _outcome(result: Result) -> str:
    stars = result.rating.stars
    return f"{stars} sao, tiềm năng 5 sao" if result.rating.potential_five_star else f"{stars} sao"


def _on_paper(result: Result) -> Iterator[str]:
    if result.on_paper is not None:
        yield f"Chấm trên giấy, theo {result.on_paper.minutes}"


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


def _by_hand(evaluation: Evaluation, signed: HandedIn) -> str:
    entry = next((one for one in evaluation.paper_sheets if one.number == signed.paper), None)
    if entry is None:
        return ""
    word = "đã xác nhận" if entry.answer is not None and entry.answer.how == "confirmed" else "không cần xác nhận"
    return f"Ký trên giấy ngày {entry.signed_on:%d/%m/%Y}, thư ký nhập, thành viên {word}"


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
            # A group of one criterion is printed as that criterion, as on the annex.
            if [criterion.code for criterion in group.criteria] != [group.code]:
                yield SheetRow(kind="group", code=group.code, text=labels[group.name_key], points=group.max_points)
            for criterion in group.criteria:
                yield from _criterion(sheet, marks, criterion, labels)


def _criterion(sheet: Sheet, marks: str, criterion: Criterion, labels: Labels) -> Iterator[SheetRow]:
    text = labels[criterion.name_key]
    if criterion.case is not None:
        text = f"{text} ({labels[criterion.case]})"
    row = SheetRow(kind="criterion", code=criterion.code, text=text, points=criterion.max_points)
    if not criterion.options:
        if not any(child.case for child in criterion.criteria):
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
