"""A whole country's calendar run ahead: every event once and in order, and totals that a formula gives too."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal

import pytest

from services.certification.domain.announcement import end_by
from services.certification.domain.certificate import ByDecision
from services.certification.domain.recognition import Filing, Recognition
from services.certification.domain.revocation import Revocation
from services.certification.domain.term import last_valid_day
from services.certification.timers import ringing, timed
from shared.clock import midnight
from shared.document import Fact
from shared.errors import Unavailable
from tests.services.certification.builders import certificate, recognition, regulations
from tests.services.certification.office import Office, Process, certified, decision

Fate = Literal["expires", "filed again and expires", "re-evaluated", "revoked"]

CERTIFICATES = 16_855
LADDER = regulations().ladder
RING = ringing(LADDER)
FATES: list[Fate] = ["expires", "expires", "filed again and expires", "re-evaluated", "revoked"]
HAPPENS_AT = {"filed again and expires": 170, "re-evaluated": 100, "revoked": 200}
"""Days before the end at which something comes between."""
SAID: dict[Fate, Counter[str]] = {
    # Eight steps and the end; two steps, then the three for owners who wait, and the end; six; one.
    "expires": Counter(expiring=8, expired=1),
    "filed again and expires": Counter(expiring=2 + 3, expired=1),
    "re-evaluated": Counter(expiring=6),
    "revoked": Counter(expiring=1),
}


def decided_on(n: int) -> date:
    """Over four years, most of them at the end of a year, as rounds are."""
    year, place = 2023 + n % 4, n // 4
    return date(year, 12, 20) + timedelta(days=place % 12) if place % 3 else date(year, 3, 1) + timedelta(place % 200)


def issued(n: int) -> Recognition:
    since = decided_on(n)
    last = last_valid_day(since, 36, "anniversary")
    one = certificate(number=f"37-{since.year}-{n}-001", valid_from=since, valid_until=last)
    return timed(recognition().but(certificates=(one,)), LADDER)


def come_between(held: Recognition, fate: Fate, on: date) -> Recognition:
    last = held.last
    assert last is not None
    if fate == "filed again and expires":
        return timed(held.but(filed=Filing(dossier_id="again", attempt=1)), LADDER)
    if fate == "re-evaluated":
        return timed(held.with_certificate(end_by(last, "new", on)), LADDER)
    by = ByDecision(decision_id="act/37/2026/1", decision_number="1/QĐ-UBND", on=on)
    return timed(held.with_certificate(Revocation(ground="law_breach").done_to(last, by)), LADDER)


def lived(n: int) -> tuple[Fate, list[Fact]]:
    """The life of one certificate, rung whenever it is due."""
    fate: Fate = FATES[n % len(FATES)]
    held, said = issued(n), list[Fact]()
    assert held.last is not None
    happens = held.last.valid_until - timedelta(days=HAPPENS_AT[fate]) if fate in HAPPENS_AT else None
    while held.due is not None:
        if happens is not None and held.due >= midnight(happens):
            held, happens = come_between(held, fate, happens), None
            continue
        held, facts = RING(held, held.due)
        said += facts
    return fate, said


def word(fact: Fact) -> str:
    return fact.TYPE.split(".")[3]


def test_sixteen_thousand_certificates_over_four_years_say_what_the_formula_says() -> None:
    total: Counter[str] = Counter()

    for n in range(CERTIFICATES):
        fate, said = lived(n)
        counted = Counter(map(word, said))
        assert counted == SAID[fate], (n, fate)
        steps = [fact.step for fact in said if hasattr(fact, "step")]
        assert all(earlier > later for earlier, later in pairwise(steps))
        total += counted

    share = CERTIFICATES // 5
    assert total == Counter(expiring=share * (8 + 8 + 5 + 6 + 1), expired=share * 3)


class TestWithTheStore:
    @pytest.fixture
    async def office(self) -> Office:
        """Sixty certificates of four years, as the store keeps them."""
        office = Office()
        for n in range(60):
            held = issued(n * 280)
            await office.process.recognitions.add(held.but(id=f"recognition-{n:02d}"))
        return office

    @staticmethod
    async def ring(process: Process, now: datetime) -> None:
        for id in await process.recognitions.due(now, 1_000):
            await process.recognitions.change(id, lambda held: RING(held, now))

    @pytest.mark.parametrize("seed", range(3))
    async def test_two_schedulers_that_are_killed_again_and_again_say_each_event_once(
        self, office: Office, seed: int
    ) -> None:
        chance = random.Random(seed)

        def worker() -> Process:
            return office.start(lives=chance.randrange(12), answer_lost=chance.random() < 0.5)

        workers, killed = [worker(), worker()], 0
        for days in range(0, 4 * 366, 2):
            now = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)
            for n in (0, 1):
                try:
                    await self.ring(workers[n], now)
                except Unavailable:
                    killed += 1
                    workers[n] = worker()
        await self.ring(office.start(), datetime(2030, 6, 1, tzinfo=UTC))

        said = Counter((id, event.type, event.data) for id, event in office.spoken("certificate"))
        ends = Counter(id for id, event in office.spoken("certificate.expired"))
        assert killed > 10
        assert set(said.values()) == {1}
        assert (len(ends), set(ends.values())) == (60, {1})
        for id in ends:
            sequence = [event.sequence for subject, event in office.spoken() if subject == id]
            assert sequence == list(range(1, len(sequence) + 1))

    async def test_replayed_into_an_empty_database_each_end_is_told_once_and_no_step_that_is_past(self) -> None:
        first = Office()
        await certified(first, *range(20))
        replayed = Office()
        await replayed.turn(days=4 * 366)
        ids = [await replayed.score(n) for n in range(20)]
        await replayed.process.post("chair", "/decisions", decision(*ids))

        for _ in range(2):
            await replayed.deliver()
            await replayed.ring()

        said = Counter(event.type.split(".")[3] for _, event in replayed.spoken("certificate"))
        assert said == Counter(issued=20, expired=20)
        numbers = [event.data for _, event in first.spoken("certificate.issued")]
        assert [event.data for _, event in replayed.spoken("certificate.issued")] == numbers
