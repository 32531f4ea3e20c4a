"""The term of a certificate, day by day, in both official readings."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.certification.domain.term import AuthoritySettings, Reading, last_valid_day
from tests.services.certification.builders import regulations

DAYS = st.dates(date(2019, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(1, 60)
READINGS: list[Reading] = ["anniversary", "eve-of-anniversary"]


@pytest.mark.parametrize(
    ("reading", "decided_on", "last"),
    [
        ("anniversary", date(2019, 12, 23), date(2022, 12, 23)),
        ("eve-of-anniversary", date(2020, 2, 4), date(2023, 2, 3)),
        ("anniversary", date(2026, 8, 5), date(2029, 8, 5)),
        ("anniversary", date(2024, 2, 29), date(2027, 2, 28)),
        ("eve-of-anniversary", date(2024, 2, 29), date(2027, 2, 28)),
        ("anniversary", date(2025, 2, 28), date(2028, 2, 28)),
        ("eve-of-anniversary", date(2025, 3, 1), date(2028, 2, 29)),
        ("eve-of-anniversary", date(2024, 3, 1), date(2027, 2, 28)),
        ("anniversary", date(2026, 8, 31), date(2029, 8, 31)),
        ("eve-of-anniversary", date(2026, 1, 1), date(2028, 12, 31)),
    ],
    ids=[
        "Thanh Hóa 2019",
        "Nghệ An 2020",
        "decision 3981 of 2026",
        "29 February",
        "29 February, eve",
        "28 February before a leap year",
        "1 March to a leap year, eve",
        "1 March, eve",
        "31 August",
        "New Year, eve",
    ],
)
def test_thirty_six_months_end_on_the_day_the_reading_says(reading: Reading, decided_on: date, last: date) -> None:
    assert last_valid_day(decided_on, 36, reading) == last


@given(DAYS, MONTHS)
def test_the_two_readings_are_at_most_a_day_apart(decided_on: date, months: int) -> None:
    later, earlier = (last_valid_day(decided_on, months, reading) for reading in READINGS)

    assert later - earlier in (timedelta(0), timedelta(days=1))


@given(DAYS, MONTHS, st.sampled_from(READINGS))
def test_who_is_decided_later_never_ends_earlier(decided_on: date, months: int, reading: Reading) -> None:
    next_day = decided_on + timedelta(days=1)

    assert last_valid_day(next_day, months, reading) >= last_valid_day(decided_on, months, reading)


@given(DAYS, MONTHS, st.sampled_from(READINGS))
def test_the_last_day_lies_in_the_month_the_term_ends_or_on_its_eve(
    decided_on: date, months: int, reading: Reading
) -> None:
    last = last_valid_day(decided_on, months, reading)
    due = decided_on.year * 12 + decided_on.month - 1 + months

    assert due - (last.year * 12 + last.month - 1) == (reading != "anniversary" and decided_on.day == 1)


def test_each_authority_follows_its_own_reading_and_the_others_the_common_one() -> None:
    settings = regulations().authorities

    assert settings.reading("40", date(2026, 1, 1)) == "eve-of-anniversary"
    assert settings.reading("38", date(2026, 1, 1)) == "anniversary"
    assert settings.reading("37", date(2026, 1, 1)) == "anniversary"


def test_a_reading_changes_with_the_date_of_the_decision() -> None:
    settings = _settings(
        {"authority": "37", "from": "2020-01-01", "until": "2027-01-01", "reading": "eve-of-anniversary", "basis": "b"},
        {"authority": "37", "from": "2027-01-01", "until": None, "reading": "anniversary", "basis": "b"},
    )

    readings = [settings.reading("37", day) for day in (date(2026, 12, 31), date(2027, 1, 1), date(2019, 12, 31))]

    assert readings == ["eve-of-anniversary", "anniversary", "anniversary"]


def test_two_readings_of_one_authority_for_one_day_are_refused() -> None:
    with pytest.raises(ValidationError, match="two lines of 37 overlap"):
        _settings(
            {"authority": "37", "from": "2020-01-01", "until": None, "reading": "anniversary", "basis": "b"},
            {"authority": "37", "from": "2027-01-01", "until": None, "reading": "anniversary", "basis": "b"},
        )


def test_decisions_carry_the_symbol_of_their_issuer() -> None:
    settings = regulations().authorities

    assert (settings.symbol("37"), settings.symbol("00")) == ("QĐ-UBND", "QĐ-BNNMT")


def _settings(*lines: dict[str, str | None]) -> AuthoritySettings:
    common = {"authority": None, "from": "2019-01-01", "until": None, "reading": "anniversary", "basis": "b"}
    symbol = {"authority": None, "symbol": "QĐ-UBND", "basis": "b"}
    practice = {"authority": None, "new_owner": "continues", "extends_latecomers": False, "basis": "b"}
    return AuthoritySettings.model_validate_json(
        json.dumps({"last_valid_day": [common, *lines], "decision_symbol": [symbol], "practice": [practice]})
    )
