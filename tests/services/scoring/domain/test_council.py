"""A council over time: what a membership must be, and who sits on a day."""

from datetime import date
from typing import Any

import pytest

from services.scoring.domain.council import (
    Council,
    Membership,
    MembershipNotInOrder,
    MembershipThere,
    NoCouncil,
    council_id,
    set_up,
)
from tests.services.scoring.builders import membership

EMPTY = Council(id=council_id("37"), authority="37")


def dated(since: date, until: date | None = None) -> Membership:
    return membership(decision=f"{since}").model_copy(update={"since": since, "until": until})


def test_the_membership_in_force_is_the_latest_begun() -> None:
    council = set_up(set_up(EMPTY, dated(date(2026, 1, 1))), dated(date(2026, 7, 1)))

    assert [council.on(day).decision for day in (date(2026, 6, 30), date(2026, 7, 1))] == ["2026-01-01", "2026-07-01"]


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1)])
def test_before_its_term_and_after_it_nobody_sits(day: date) -> None:
    council = set_up(EMPTY, dated(date(2026, 1, 1), date(2026, 12, 31)))

    with pytest.raises(NoCouncil):
        council.on(day)


def test_the_last_day_of_a_term_is_part_of_it() -> None:
    council = set_up(EMPTY, dated(date(2026, 1, 1), date(2028, 2, 29)))

    assert council.on(date(2028, 2, 29)).until == date(2028, 2, 29)


def test_a_membership_is_never_edited() -> None:
    council = set_up(EMPTY, membership(3))

    assert set_up(council, membership(3)) is council
    with pytest.raises(MembershipThere):
        set_up(council, membership(4))


@pytest.mark.parametrize(
    ("flawed", "pointer"),
    [
        ({"member_1": {"seat": "member"}}, "/members"),
        ({"member_2": {"seat": "chair"}}, "/members"),
        ({"secretary": {"seat": "member"}}, "/members"),
        ({"stand_in": {"seat": "member", "stand_in_for": "nobody"}}, "/members/4/stand_in_for"),
        ({"stand_in": {"seat": "deputy", "stand_in_for": "member-2"}}, "/members/4/stand_in_for"),
    ],
    ids=["no chair", "two chairs", "no secretary", "a stand-in for nobody", "a stand-in in another seat"],
)
def test_a_membership_that_cannot_be_is_refused(flawed: dict[str, Any], pointer: str) -> None:
    with pytest.raises(MembershipNotInOrder) as refused:
        set_up(EMPTY, membership(3, **flawed))

    assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]


def test_nobody_sits_twice() -> None:
    once = membership(3)
    twice = once.model_copy(update={"members": (*once.members, once.members[1])})

    with pytest.raises(MembershipNotInOrder) as refused:
        set_up(EMPTY, twice)

    assert [flaw.pointer for flaw in refused.value.flaws] == ["/members/4/person"]


def test_a_term_does_not_end_before_it_begins() -> None:
    with pytest.raises(MembershipNotInOrder):
        set_up(EMPTY, dated(date(2026, 7, 1), date(2026, 6, 30)))
