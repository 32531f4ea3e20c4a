"""One product before the council in one session: who is seated, there, in conflict, and how far the blind phase is."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal

from shared.errors import Flaw, Refusal

from .council import Member, Membership, Seat
from .regulation import Regulation
from .sheet import Sheet
from .stars import Frozen

SCORING: tuple[Seat, ...] = ("chair", "deputy", "member")
RUNNING: tuple[Seat, ...] = ("chair", "deputy", "secretary")
"""Who runs the session: they note attendance, close the blind phase and write down what was agreed."""


class NotSeated(Refusal):
    """The person has no seat, or not the seat that this takes."""

    status = 403
    vi = "Bạn không giữ vị trí cần thiết trong hội đồng của phiên họp này."
    en = "You do not hold the seat that this takes in the council of this session."


class NotPresent(Refusal):
    """Only who is there for a product scores it."""

    vi = "Bạn không có mặt (đến sau, về trước hoặc vắng) khi chấm sản phẩm này. Hãy báo thư ký ghi lại điểm danh."
    en = "You are not noted as present for this product. Ask the secretary to correct the attendance."


class InConflict(Refusal):
    """A member does not score a product of their own or of a related owner."""

    status = 403
    vi = "Bạn có xung đột lợi ích với sản phẩm này nên không được chấm."
    en = "You have a conflict of interest in this product, so you do not score it."


class AttendanceNotInOrder(Refusal):
    status = 422
    vi = "Điểm danh có {count} chỗ chưa đúng. Hãy sửa từng chỗ được nêu."
    en = "The attendance has {count} flaw(s). Mend each one named."


class Seated(Frozen):
    """One person of the council as seated for this product."""

    person: str
    seat: Seat
    in_field: bool
    """Whether the person comes from the field of the product's lead ministry."""
    stand_in_for: str | None = None


class Conflict(Frozen):
    """Why a person does not score this product (DOMAIN §11, invariant 10)."""

    person: str
    kind: Literal["own", "related"]
    declared_by: str
    at: datetime


class Closing(Frozen):
    """The blind phase of one round was closed; ``diverged`` says that the product is to be scored again."""

    by: str
    at: datetime
    spread: int
    """Points between the highest and the lowest total."""
    diverged: bool


class Sitting(Frozen):
    """What one evaluation needs to know of its session, frozen when it was put on the agenda."""

    session_id: str
    on: date
    decision: str
    regulation: Regulation
    replies_by: date | None = None
    """The last day for opinions in writing, where the council does not meet."""
    seated: tuple[Seated, ...]
    present: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    closings: tuple[Closing, ...] = ()

    @property
    def blind(self) -> bool:
        """Whether the blind phase is open: nobody sees another's marks or any total of this round."""
        return not self.closings or self.closings[-1].diverged

    @property
    def round(self) -> int:
        """The round of scoring: 1, and one more after each divergence."""
        return len(self.closings) + 1 if self.blind else len(self.closings)

    @property
    def entitled(self) -> tuple[Seated, ...]:
        """Those whose own seat scores, whether there or not: what the quorum is a share of."""
        return tuple(one for one in self.seated if one.stand_in_for is None and self.may_score(one))

    @property
    def scorers(self) -> tuple[Seated, ...]:
        """Those who score this product."""
        return tuple(one for one in self.seated if self.scores(one))

    def seat_of(self, person: str) -> Seated | None:
        return next((one for one in self.seated if one.person == person), None)

    def in_conflict(self, person: str) -> bool:
        return any(one.person == person for one in self.conflicts)

    def may_score(self, one: Seated) -> bool:
        """Whether this seat scores by the regulation."""
        return one.seat in SCORING or (one.seat == "secretary" and self.regulation.secretary_scores)

    def scores(self, one: Seated) -> bool:
        """Whether the one in this seat scores: there, without conflict, a stand-in only for one who is absent."""
        return (
            one.person in self.present
            and not self.in_conflict(one.person)
            and self.may_score(one)
            and (one.stand_in_for is None or (self.regulation.stand_in_scores and one.stand_in_for not in self.present))
        )


def seat(membership: Membership, sheet: Sheet, owner_id: str, at: datetime) -> tuple[list[Seated], list[Conflict]]:
    """Everybody of the membership, seated for a product of this sheet and owner, and the conflicts known of."""
    seated = [_seated(member, sheet) for member in membership.members]
    known = [
        Conflict(person=member.person, kind="related", declared_by=membership.decision, at=at)
        for member in membership.members
        if owner_id in member.related_owners
    ]
    return seated, known


def seats_entitled(membership: Membership, regulation: Regulation, owner_id: str) -> int:
    """How many of a council may score a product of this owner in their own seats."""
    return sum(
        member.stand_in_for is None
        and owner_id not in member.related_owners
        and (member.seat in SCORING or (member.seat == "secretary" and regulation.secretary_scores))
        for member in membership.members
    )


def check_scorer(sitting: Sitting, person: str) -> None:
    """Raises ``NotSeated``, ``InConflict`` or ``NotPresent`` when ``person`` does not score this product."""
    held = sitting.seat_of(person)
    if held is None or not sitting.may_score(held):
        raise NotSeated()
    if sitting.scores(held):
        return
    if sitting.in_conflict(person):
        raise InConflict()
    if person not in sitting.present:
        raise NotPresent()
    raise NotSeated()


def check_runs(sitting: Sitting, person: str) -> None:
    """Raises ``NotSeated`` when ``person`` does not run the session of this product."""
    held = sitting.seat_of(person)
    if held is None or held.seat not in RUNNING:
        raise NotSeated()


def check_attendance(sitting: Sitting, present: tuple[str, ...], signed: tuple[str, ...]) -> None:
    """Raises ``AttendanceNotInOrder``: strangers, somebody twice, or somebody gone who has signed for the product."""
    flaws = [
        Flaw(f"/present/{n}", f"«{person}» không có trong hội đồng.", f"“{person}” is not of the council.")
        for n, person in enumerate(present)
        if sitting.seat_of(person) is None
    ]
    flaws += [
        Flaw(f"/present/{n}", f"«{person}» được ghi hai lần.", f"“{person}” is noted twice.")
        for n, person in enumerate(present)
        if person in present[:n]
    ]
    after = sitting.model_copy(update={"present": present})
    still = {one.person for one in after.scorers}
    flaws += [
        Flaw(
            "/present",
            f"«{person}» đã ký phiếu cho sản phẩm này; hãy để người đó mở lại phiếu trước khi ghi vắng.",
            f"“{person}” has signed a sheet for this product; let them reopen it before noting them absent.",
        )
        for person in signed
        if person not in still
    ]
    if flaws:
        raise AttendanceNotInOrder(*flaws, count=len(flaws))


def asked_in_writing(sitting: Sitting) -> Sitting:
    """The sitting with everybody who may score asked for an opinion, a stand-in only by way of attendance."""
    return sitting.model_copy(update={"present": tuple(one.person for one in sitting.entitled)})


def lacking(sitting: Sitting) -> Iterator[Flaw]:
    """What the regulation still asks of those who are there: quorum, the chair, a member of the field.

    Opinions in writing need their own quorum of replies and nobody in the chair.
    """
    regulation = sitting.regulation
    scorers, entitled = sitting.scorers, sitting.entitled
    if sitting.replies_by is not None:
        if not regulation.written_quorum.reached(len(scorers), len(entitled)):
            yield Flaw(
                "/replies",
                f"Chưa đủ ý kiến: {len(scorers)}/{len(entitled)}, quy chế yêu cầu {regulation.written_quorum}.",
                f"Too few replied: {len(scorers)} of {len(entitled)}; the rule is {regulation.written_quorum}.",
            )
        return
    if not regulation.quorum.reached(len(scorers), len(entitled)):
        yield Flaw(
            "/attendance",
            f"Chưa đủ số thành viên: {len(scorers)}/{len(entitled)}, quy chế yêu cầu {regulation.quorum}.",
            f"There is no quorum: {len(scorers)} of {len(entitled)}, the regulation asks for {regulation.quorum}.",
        )
    if not _led(sitting):
        yield Flaw("/attendance", "Vắng người chủ trì theo quy chế.", "Whoever must lead is not there.")
    if regulation.lead_field and not any(one.in_field for one in scorers):
        yield Flaw(
            "/attendance",
            "Không có thành viên thuộc lĩnh vực của bộ quản lý sản phẩm.",
            "There is no member of the field of the product's lead ministry.",
        )


def _led(sitting: Sitting) -> bool:
    """Whether somebody leads whom the regulation accepts; a chair in conflict leaves the chair to a deputy."""
    rule = sitting.regulation.chair
    if rule == "anybody":
        return True
    chair_barred = any(one.seat == "chair" and sitting.in_conflict(one.person) for one in sitting.seated)
    seats = {"chair", "deputy"} if rule == "chair-or-deputy" or chair_barred else {"chair"}
    return any(one.seat in seats for one in sitting.scorers)


def _seated(member: Member, sheet: Sheet) -> Seated:
    return Seated(
        person=member.person,
        seat=member.seat,
        in_field=bool({*member.fields} & {*sheet.ministries}),
        stand_in_for=member.stand_in_for,
    )
