"""A result rated wholly on paper: no marks, only sums and minutes, and the same law from there on."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from shared.errors import Flaw, Refusal

from .advising import REPORT_OWED, report_owed
from .council import Membership
from .evaluation import AnotherSheet, Basis, Evaluation, OnPaper, Result, still_open
from .marks import DOES_NOT_APPLY, letter_for
from .paper_sheet import Scan
from .regulation import Regulation
from .rule_set import RuleSet
from .sheet import Scored, Sheet
from .sitting import RUNNING, NotSeated, seats_entitled
from .stars import AgreementNotInOrder, Average, rate


class OnAgenda(Refusal):
    """A product that is before a session is scored there."""

    vi = "Sản phẩm đang trong chương trình của một phiên họp hoặc đã có phiếu. Hãy chấm tại phiên, hoặc hoãn trước."
    en = "The product is on the agenda of a session or has sheets. Score it there, or put it off first."


class NoPaperResult(Refusal):
    status = 404
    vi = "Sản phẩm này không có kết quả chấm trên giấy, hoặc biên bản chưa có bản quét."
    en = "This product has no result rated on paper, or its minutes have no scan yet."


class PaperNotInOrder(Refusal):
    status = 422
    vi = "Kết quả trên giấy có {count} chỗ chưa đúng. Hãy đối chiếu biên bản và sửa từng chỗ được nêu."
    en = "The result on paper has {count} flaw(s). Compare it with the minutes and mend each one named."


def record_on_paper(
    evaluation: Evaluation,
    sheet: Sheet,
    rule_set: RuleSet,
    basis: Basis,
    *,
    membership: Membership,
    regulation: Regulation,
    paper: OnPaper,
    sheet_count: int,
    below: Mapping[str, str | None],
    stars: int,
    person: str,
    by: str,
    at: datetime,
    today: date,
) -> Evaluation:
    """The evaluation with the result that the minutes of a session on paper state.

    ``below`` is the option the council found in each criterion with a star minimum that is not fully met; all others
    meet theirs. From the sums and these options the stars follow as always (Decision 26/2026/QĐ-TTg, article 3.3), and
    ``stars``, as the minutes state them, must be the same. Raises ``EvaluationClosed``, ``OnAgenda``, ``AnotherSheet``,
    ``NotSeated``, ``AgreementNotInOrder`` or ``PaperNotInOrder``.
    """
    still_open(evaluation)
    if evaluation.sitting is not None or evaluation.sheets:
        raise OnAgenda()
    if basis != evaluation.basis:
        raise AnotherSheet()
    check_ran(membership, person)
    agreed = stated(sheet, below)
    flaws = [
        *_dated(evaluation, paper.on, today),
        *_counted(evaluation, membership, regulation, sheet_count),
        *_summed(sheet, paper, sheet_count),
    ]
    if report_owed(evaluation, regulation):
        flaws.append(REPORT_OWED)
    average = Average(total=sum(paper.part_sums.values()), count=sheet_count)
    rating = rate(rule_set, sheet, average, agreed, evaluation.authority)
    if not flaws and rating.stars != stars:
        flaws.append(
            Flaw(
                "/stars",
                f"Biên bản ghi {stars} sao; theo điểm và yêu cầu tối thiểu là {rating.stars} sao.",
                f"The minutes say {stars}; by points and minimums it is {rating.stars}.",
            )
        )
    if flaws:
        raise PaperNotInOrder(*flaws, count=len(flaws))
    return evaluation.but(
        state="finalised",
        result=Result(average=average, agreed=agreed, rating=rating, by=by, at=at, on_paper=paper),
    )


def check_ran(membership: Membership, person: str) -> None:
    """Raises ``NotSeated`` when ``person`` did not run the council as it sat."""
    if not any(member.person == person and member.seat in RUNNING for member in membership.members):
        raise NotSeated()


def on_paper(evaluation: Evaluation) -> OnPaper:
    """What the minutes of a result on paper say. Raises ``NoPaperResult``."""
    if evaluation.result is None or evaluation.result.on_paper is None:
        raise NoPaperResult()
    return evaluation.result.on_paper


def keep_minutes(evaluation: Evaluation, file: Scan) -> Evaluation:
    """The evaluation with the scan whose hash was stated with the result; again changes nothing.

    Raises ``NoPaperResult``.
    """
    paper = on_paper(evaluation)
    assert evaluation.result is not None and file.sha256 == paper.scan
    if paper.file is not None:
        return evaluation
    kept = paper.model_copy(update={"file": file})
    return evaluation.but(result=evaluation.result.model_copy(update={"on_paper": kept}))


def stated(sheet: Sheet, below: Mapping[str, str | None]) -> str:
    """The council's letter for each criterion with a star minimum: as said in ``below``, else one that meets them all.

    A case of a criterion of which nothing is said was not chosen, and demands nothing. Raises ``AgreementNotInOrder``.
    """
    letters: dict[int, str] = {}
    wrong: list[Flaw] = []
    for key, option in below.items():
        letter = letter_for(sheet, key, option)
        if isinstance(letter, Flaw):
            wrong.append(letter._replace(pointer=f"/below/{key}"))
        elif (place := sheet.places[key]) not in sheet.gated:
            wrong.append(
                Flaw(f"/below/{key}", "Tiêu chí không có yêu cầu tối thiểu.", "The criterion has no star minimum.")
            )
        else:
            letters[place] = letter
    if wrong:
        raise AgreementNotInOrder(*wrong, count=len(wrong))
    return "".join(letters.get(place) or _met(sheet.scored[place]) for place in sheet.gated)


def _met(scored: Scored) -> str:
    if scored.criterion.case:
        return DOES_NOT_APPLY
    needed = scored.criterion.star_minimums.five
    return next(letter for letter, points in scored.points.items() if points == needed)


def _dated(evaluation: Evaluation, on: date, today: date) -> Iterator[Flaw]:
    if on > today:
        yield Flaw("/on", "Ngày họp chưa đến.", "The day of the session has not come yet.")
    if on < evaluation.case.received_on:
        yield Flaw("/on", "Ngày họp trước ngày nhận đủ hồ sơ.", "The session lies before the day of the full file.")


def _counted(
    evaluation: Evaluation, membership: Membership, regulation: Regulation, sheet_count: int
) -> Iterator[Flaw]:
    entitled = seats_entitled(membership, regulation, evaluation.owner_id)
    if sheet_count > entitled:
        yield Flaw(
            "/sheet_count", f"Chỉ có {entitled} thành viên được chấm.", f"Only {entitled} members may score this."
        )
    elif not regulation.quorum.reached(sheet_count, entitled):
        yield Flaw(
            "/sheet_count",
            f"Chưa đủ số thành viên: {sheet_count}/{entitled}, quy chế yêu cầu {regulation.quorum}.",
            f"There was no quorum: {sheet_count} of {entitled}, the regulation asks for {regulation.quorum}.",
        )


def _summed(sheet: Sheet, paper: OnPaper, sheet_count: int) -> Iterator[Flaw]:
    for part in sheet.parts:
        most = part.max_points * sheet_count
        if paper.part_sums.get(part.code, -1) not in range(most + 1):
            yield Flaw(
                f"/part_sums/{part.code}",
                f"Tổng điểm phần {part.code} của {sheet_count} phiếu phải từ 0 đến {most}.",
                f"The points of part {part.code} on {sheet_count} sheets lie between 0 and {most}.",
            )
