"""Rounds: which one a letter belongs to, those a province adds, and the last safe day of lodging."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.dossier.domain.deadline import working_day
from services.dossier.domain.round import AddedRound, Rounds, YearlyRound, last_safe_lodging
from tests.services.dossier.builders import REGULATION

ROUNDS = REGULATION.rounds
YEARLY = (
    YearlyRound(level="level-province", round=1, proposed_before="04-30", rated_before="06-30"),
    YearlyRound(level="level-province", round=2, proposed_before="10-30", rated_before="12-30"),
    YearlyRound(level="level-ministry", round=1, proposed_before="07-30", rated_before="09-30"),
)
EXTRA = {
    "authority": "37",
    "year": 2026,
    "name": "3",
    "proposed_before": date(2026, 12, 1),
    "rated_before": date(2026, 12, 31),
    "regulation": "12/QC-HĐ",
    "plan": "58/KH-UBND",
}


@pytest.mark.parametrize(
    ("letter", "year", "name", "rated"),
    [
        (date(2026, 4, 29), 2026, "1", date(2026, 6, 29)),
        (date(2026, 4, 30), 2026, "2", date(2026, 12, 29)),
        (date(2026, 10, 29), 2026, "2", date(2026, 12, 29)),
        (date(2026, 10, 30), 2027, "1", date(2027, 6, 29)),
        (date(2026, 12, 31), 2027, "1", date(2027, 6, 29)),
        (date(2028, 2, 29), 2028, "1", date(2028, 6, 29)),
    ],
)
def test_a_round_follows_the_date_of_the_letter(letter: date, year: int, name: str, rated: date) -> None:
    round = ROUNDS.of("37", letter)

    assert (round.year, round.name, round.last_rating) == (year, name, rated)


def test_an_added_round_takes_what_came_too_late_for_its_own_province_only() -> None:
    rounds = Rounds(YEARLY, (AddedRound(**EXTRA),))

    own, other = rounds.of("37", date(2026, 10, 30)), rounds.of("38", date(2026, 10, 30))

    assert (own.name, own.regulation, own.plan) == ("3", "12/QC-HĐ", "58/KH-UBND")
    assert (other.year, other.name) == (2027, "1")


@pytest.mark.parametrize("lacking", ["regulation", "plan"])
def test_an_added_round_names_its_regulation_and_its_plan(lacking: str) -> None:
    with pytest.raises(ValidationError):
        AddedRound.model_validate(EXTRA | {lacking: ""})


def test_the_ministrys_rounds_are_not_a_provinces() -> None:
    assert [each.name for each in Rounds(YEARLY, ()).coming("37", date(2026, 1, 1), 2)] == ["1", "2"]


@pytest.mark.parametrize(
    ("today", "safe"), [(date(2026, 9, 1), date(2026, 10, 8)), (date(2027, 1, 1), date(2027, 4, 7))]
)
def test_the_last_safe_day_of_lodging_leaves_the_commune_all_its_days(today: date, safe: date) -> None:
    round = ROUNDS.coming("37", today, 1)[0]

    day = last_safe_lodging(round, 15, REGULATION.works)

    assert day == safe
    assert working_day(day, 15, REGULATION.works) <= round.last_proposal
    assert working_day(day + timedelta(days=1), 15, REGULATION.works) > round.last_proposal
