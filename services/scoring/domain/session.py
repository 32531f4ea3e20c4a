"""A session of the council: its round, date and agenda, from the day it is scheduled until it closes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import PositiveInt

from shared.document import Document
from shared.errors import Flaw, Refusal

from .council import Membership
from .evaluation import Evaluation, still_open
from .finalising import missing
from .regulation import Regulation
from .sheet import Sheet
from .signing import superseded
from .sitting import RUNNING, NotSeated, Sitting, asked_in_writing, seat
from .stars import Frozen

MOST_ON_AGENDA = 500
"""Products one session takes at most; the largest seen had 71."""


class OnlyInSession(Refusal):
    """Opinions in writing are for re-evaluations; everything else is rated by a council that meets."""

    status = 422
    vi = "Chỉ hồ sơ đánh giá lại được lấy ý kiến bằng văn bản. Hãy đưa sản phẩm này vào một phiên họp."
    en = "Only a re-evaluation is rated by opinions in writing. Put this product on the agenda of a meeting."


class RepliesTooEarly(Refusal):
    status = 422
    vi = "Hạn gửi ý kiến không được trước ngày lấy ý kiến ({on}). Hãy sửa lại."
    en = "The last day for opinions cannot lie before the day they are asked for ({on}). Correct it."


class SessionClosed(Refusal):
    vi = "Phiên họp này đã kết thúc; không thể thay đổi."
    en = "This session has closed; it can no longer be changed."


class OnAnotherAgenda(Refusal):
    """A product is before the council in one session at a time."""

    vi = "Sản phẩm đang trong chương trình của một phiên họp khác. Hãy hoãn ở phiên đó trước."
    en = "The product is on the agenda of another session. Put it off there first."


class NotOnAgenda(Refusal):
    status = 422
    vi = "Sản phẩm không có trong chương trình của phiên họp này."
    en = "The product is not on the agenda of this session."


class TooManyOnAgenda(Refusal):
    status = 422
    vi = "Một phiên họp có tối đa {count} sản phẩm. Hãy lập thêm phiên họp."
    en = "A session takes {count} products at most. Schedule another one."


class SessionNotReady(Refusal):
    """A session closes when every product of its agenda is done with, or put off."""

    vi = "Chưa thể kết thúc phiên họp: còn {count} sản phẩm chưa xong. Hãy hoàn tất hoặc hoãn từng sản phẩm được nêu."
    en = "The session cannot close yet: {count} product(s) are not done. Complete or put off each one named."


class PutOff(Frozen):
    """A product was taken from the agenda, and why."""

    evaluation_id: str
    reason: str
    by: str
    at: datetime


class Minutes(Frozen):
    """The paper on which the session closed."""

    number: str
    by: str
    at: datetime


class Session(Document):
    """One session; what was marked there is kept with each product's evaluation."""

    round: PositiveInt
    """The evaluation round of the year (Decision 26/2026/QĐ-TTg, article 5)."""
    on: date
    replies_by: date | None = None
    """The last day for opinions, where the council is asked in writing and does not meet."""
    decision: str
    """The decision that set up the council as it sits here."""
    running: tuple[str, ...]
    """Who runs it: chair, deputies, secretary."""
    seated: tuple[str, ...] = ()
    """Everybody of the council as it sits here, to be told of it."""
    agenda: tuple[str, ...] = ()
    """The evaluations, in the order in which they are called."""
    put_off: tuple[PutOff, ...] = ()
    minutes: Minutes | None = None

    @property
    def state(self) -> Literal["scheduled", "closed"]:
        return "scheduled" if self.minutes is None else "closed"

    def scored(self, evaluation_id: str) -> bool:
        """Whether the session is over and this product was on its agenda to the end."""
        return self.minutes is not None and evaluation_id in self.agenda


def scheduled(
    id: str, authority: str, round: int, on: date, membership: Membership, replies_by: date | None = None
) -> Session:
    """A session of the council as it sits on that day, with an empty agenda; in writing when ``replies_by`` is given.

    Raises ``RepliesTooEarly``.
    """
    if replies_by is not None and replies_by < on:
        raise RepliesTooEarly(on=on.isoformat())
    running = tuple(one.person for one in membership.members if one.seat in RUNNING)
    return Session(
        id=id,
        authority=authority,
        round=round,
        on=on,
        replies_by=replies_by,
        decision=membership.decision,
        running=running,
        seated=tuple(one.person for one in membership.members),
    )


def check_running(session: Session, person: str) -> None:
    """Raises ``SessionClosed`` when it is over, ``NotSeated`` when ``person`` does not run it."""
    if session.minutes is not None:
        raise SessionClosed()
    if person not in session.running:
        raise NotSeated()


def with_items(session: Session, ids: tuple[str, ...]) -> Session:
    """The session with these evaluations at the end of its agenda. Raises ``SessionClosed`` or ``TooManyOnAgenda``."""
    if session.minutes is not None:
        raise SessionClosed()
    agenda = tuple(dict.fromkeys((*session.agenda, *ids)))
    if len(agenda) > MOST_ON_AGENDA:
        raise TooManyOnAgenda(count=MOST_ON_AGENDA)
    return session if agenda == session.agenda else session.but(agenda=agenda)


def convene(
    evaluation: Evaluation,
    session: Session,
    membership: Membership,
    regulation: Regulation,
    sheet: Sheet,
    at: datetime,
) -> Evaluation:
    """The evaluation before the council of ``session``, with membership, regulation and known conflicts frozen in.

    A re-evaluation may be rated by opinions in writing (Decision 26/2026/QĐ-TTg, article 7.6); then everybody is
    asked. Doing it again changes nothing. Raises ``EvaluationClosed``, ``OnAnotherAgenda`` or ``OnlyInSession``.
    """
    still_open(evaluation)
    if evaluation.sitting is not None:
        if evaluation.sitting.session_id != session.id:
            raise OnAnotherAgenda()
        return evaluation
    if session.replies_by is not None and evaluation.case.case_kind != "re_evaluation":
        raise OnlyInSession()
    seated, conflicts = seat(membership, sheet, evaluation.owner_id, at)
    sitting = Sitting(
        session_id=session.id,
        on=session.on,
        replies_by=session.replies_by,
        decision=session.decision,
        regulation=regulation,
        seated=tuple(seated),
        conflicts=tuple(conflicts),
    )
    return evaluation.but(sitting=sitting if session.replies_by is None else asked_in_writing(sitting))


def leave(evaluation: Evaluation, session_id: str, *, reason: str, by: str, at: datetime) -> Evaluation:
    """The evaluation without its session; what was signed there stays on record and counts no more.

    Doing it again changes nothing. Raises ``EvaluationClosed`` or ``TooManySheets``.
    """
    still_open(evaluation)
    if evaluation.sitting is None or evaluation.sitting.session_id != session_id:
        return evaluation
    everybody = tuple(sheet.member for sheet in evaluation.sheets)
    after = superseded(evaluation, "put_off", members=everybody, reason=reason, by=by, at=at)
    return after.but(sitting=None, agreement=None)


def without_item(session: Session, put_off: PutOff) -> Session:
    """The session with one product put off; one that is put off already stays so.

    Raises ``NotOnAgenda``, ``SessionClosed`` or ``TooManyOnAgenda``.
    """
    if session.minutes is not None:
        raise SessionClosed()
    if put_off.evaluation_id not in session.agenda:
        if any(one.evaluation_id == put_off.evaluation_id for one in session.put_off):
            return session
        raise NotOnAgenda()
    if len(session.put_off) >= MOST_ON_AGENDA:
        raise TooManyOnAgenda(count=MOST_ON_AGENDA)
    agenda = tuple(id for id in session.agenda if id != put_off.evaluation_id)
    return session.but(agenda=agenda, put_off=(*session.put_off, put_off))


def close_session(
    session: Session, evaluations: Mapping[str, Evaluation], sheets: Mapping[str, Sheet], minutes: Minutes
) -> Session:
    """The session closed on its minutes, when every product of the agenda is done with.

    ``evaluations`` are those of the agenda by id, ``sheets`` their frozen sheets by hash. What is done stays done: a
    closed blind phase does not open again, so that what is read here cannot become untrue before it is saved. Raises
    ``SessionClosed`` or, with each product that is not done, ``SessionNotReady``.
    """
    if session.minutes is not None:
        raise SessionClosed()
    flaws: list[Flaw] = []
    for n, id in enumerate(session.agenda):
        evaluation = evaluations.get(id)
        if evaluation is None:
            flaws.append(Flaw(f"/agenda/{n}", "Sản phẩm vừa được đưa vào.", "The product was only just put on."))
            continue
        if evaluation.state != "open":
            continue
        if evaluation.sitting is not None and evaluation.sitting.session_id != session.id:
            owed = [Flaw("", OnAnotherAgenda.vi, OnAnotherAgenda.en)]
        else:
            owed = [*missing(evaluation, sheets[evaluation.basis.sheet_hash])]
        if owed:
            name = evaluation.case.product.name
            vi, en = (" ".join(dict.fromkeys(texts)) for texts in zip(*((one.vi, one.en) for one in owed), strict=True))
            flaws.append(Flaw(f"/agenda/{n}", f"{name}: {vi}", f"{name}: {en}"))
    if flaws:
        raise SessionNotReady(*flaws, count=len(flaws))
    return session.but(minutes=minutes)
