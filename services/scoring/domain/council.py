"""A council: its memberships over time, each set up by a decision, with seats, fields and stand-ins."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.document import Document
from shared.errors import Flaw, Refusal
from shared.text import Text

from .sheet import Slug
from .stars import Frozen

Seat = Literal["chair", "deputy", "member", "secretary", "advisory"]
PersonId = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
"""A person as the token issuer knows them (a subject of OpenID Connect); names are with the dossier service only."""

MOST_MEMBERSHIPS = 100


class NoCouncil(Refusal):
    """Nobody had set up a council for that day."""

    vi = "Chưa có quyết định thành lập hội đồng có hiệu lực ngày {on}. Hãy nhập quyết định rồi lập phiên họp."
    en = "No decision had set up a council for {on}. Enter the decision, then schedule the session."


class MembershipNotInOrder(Refusal):
    """The membership cannot be that of a council."""

    status = 422
    vi = "Danh sách hội đồng có {count} chỗ chưa đúng. Hãy sửa từng chỗ được nêu."
    en = "The membership has {count} flaw(s). Mend each one named."


class MembershipThere(Refusal):
    """A membership is never edited: another decision makes another one."""

    vi = "Đã có danh sách hội đồng từ ngày {since} theo quyết định {decision}. Hãy nhập quyết định khác, ngày khác."
    en = "There is a membership from {since} on, by decision {decision}. Enter another decision from another day."


class TooManyMemberships(Refusal):
    vi = "Hội đồng đã có {count} danh sách, là mức cao nhất."
    en = "The council has {count} memberships, which is the most it can hold."


class Member(Frozen):
    """One person of a council, in one seat."""

    person: PersonId
    seat: Seat
    fields: Annotated[tuple[Slug, ...], Field(max_length=20)] = ()
    """The ministries whose field the person comes from."""
    stand_in_for: PersonId | None = None
    """Whose place, and seat, this person takes when that one is absent."""
    related_owners: Annotated[tuple[Annotated[str, Text(64)], ...], Field(max_length=100)] = ()
    """Owners whose products this person may not score: themselves, or related ones."""


class Membership(Frozen):
    """Who sits in the council by one decision of the chair (Decision 26/2026/QĐ-TTg, article 7.3b)."""

    decision: Annotated[str, Text(60)]
    since: date
    until: date | None = None
    """The last day of the term; a later membership ends it before."""
    members: Annotated[tuple[Member, ...], Field(min_length=1, max_length=99)]


class Council(Document):
    """The council of one authority, whoever sits in it."""

    memberships: tuple[Membership, ...] = ()

    def on(self, day: date) -> Membership:
        """The membership in force on ``day``: the latest begun, if its term has not run out. Raises ``NoCouncil``."""
        begun = [one for one in self.memberships if one.since <= day]
        latest = max(begun, key=lambda one: one.since, default=None)
        if latest is None or (latest.until is not None and day > latest.until):
            raise NoCouncil(on=day.isoformat())
        return latest


def council_id(authority: str) -> str:
    return f"council/{authority}"


def set_up(council: Council, membership: Membership) -> Council:
    """The council with one more membership; sessions already scheduled keep theirs.

    The same again changes nothing. Raises ``MembershipNotInOrder``, ``MembershipThere`` or ``TooManyMemberships``.
    """
    if membership in council.memberships:
        return council
    if flaws := tuple(_flaws(membership)):
        raise MembershipNotInOrder(*flaws, count=len(flaws))
    for held in council.memberships:
        if held.since == membership.since:
            raise MembershipThere(since=held.since.isoformat(), decision=held.decision)
    if len(council.memberships) >= MOST_MEMBERSHIPS:
        raise TooManyMemberships(count=MOST_MEMBERSHIPS)
    return council.but(memberships=(*council.memberships, membership))


def _flaws(membership: Membership) -> Iterator[Flaw]:
    if membership.until is not None and membership.until < membership.since:
        yield Flaw("/until", "Nhiệm kỳ kết thúc trước khi bắt đầu.", "The term ends before it begins.")
    seats = {member.person: member for member in membership.members if member.stand_in_for is None}
    chairs = [member for member in seats.values() if member.seat == "chair"]
    if len(chairs) != 1:
        yield Flaw("/members", "Hội đồng phải có đúng một chủ tịch.", "A council has exactly one chair.")
    if not any(member.seat == "secretary" for member in seats.values()):
        yield Flaw("/members", "Hội đồng phải có thư ký.", "A council has a secretary.")
    known: set[str] = set()
    for n, member in enumerate(membership.members):
        if member.person in known:
            yield Flaw(f"/members/{n}/person", "Người này đã có trong danh sách.", "This person is listed already.")
        known.add(member.person)
        if member.stand_in_for is None:
            continue
        whom = seats.get(member.stand_in_for)
        if whom is None or whom.seat != member.seat:
            yield Flaw(
                f"/members/{n}/stand_in_for",
                "Người dự khuyết phải thay một thành viên có trong danh sách, ở cùng vị trí.",
                "A stand-in takes the place of a member of the list, in the same seat.",
            )
