"""A whole country's calendar run ahead: every event once and in order, and totals that a formula gives too."""

import random
from asyncio import gather
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal

import pytest

from services.certification.announcing import end_of
from services.certification.domain.announcement import end_by
from services.certification.domain.certificate import ByDecision, certificate_number
from services.certification.domain.recognition import Filing, Recognition
from services.certification.domain.revocation import Revocation
from services.certification.events.certificates import CertificateExpiring, CertificateIssued, CertificateRevoked
from services.certification.events.heard import DecidedItem, DecisionHeard
from services.certification.handlers import announce_results
from services.certification.timers import ringing, timed
from shared.clock import day, midnight
from shared.document import Decision
from shared.envelope import Outgoing
from shared.errors import Unavailable
from shared.timers import ClockGuard, ring_once
from tests.services.certification.builders import certificate, regulations, subject
from tests.services.certification.office import Office, received

Fate = Literal["expires", "filed again and expires", "re-evaluated", "revoked"]

CERTIFICATES = 16_855
PROVINCES = 34
ROUNDS = [date(year, month, 1) - timedelta(days=1) for year in range(2023, 2027) for month in (3, 7, 9, 12)] + [
    date(year, 12, day) for year in range(2023, 2027) for day in (20, 30)
]
"""The days of decisions of four years: month ends, one of them a 29 February, and the rounds before a year's end."""
LADDER = regulations().ladder
RING = ringing(LADDER)
FATES: list[Fate] = ["expires", "expires", "filed again and expires", "re-evaluated", "revoked"]
HAPPENS_AT = {"filed again and expires": 170, "re-evaluated": 100, "revoked": 200}
"""Days before the end at which something comes between."""
SAID: dict[Fate, Counter[str]] = {
    # Eight steps and the end; two steps, then the three for owners who wait, and the end; six; one.
    "expires": Counter(expiring=8, expired=1),
    "filed again and expires": Counter(expiring=2 + 3, expired=1),
    "re-evaluated": Counter(expiring=6, replaced=1),
    "revoked": Counter(expiring=1, revoked=1),
}
OVER = datetime(2030, 6, 1, tzinfo=UTC)


class Case:
    """One certificate of the country: the ``n``-th of a province, and what becomes of it."""

    def __init__(self, place: int, province: str, n: int) -> None:
        self.n = n
        self.fate = FATES[n % len(FATES)]
        # A province decides in every second round; two neighbours take all of them.
        self.round = (place % 2 + 2 * n) % len(ROUNDS)
        since = ROUNDS[self.round]
        self.evaluation_id = f"evaluation-{n:03d}"
        self.certificate = certificate(
            valid_from=since,
            valid_until=regulations().last_valid_day(province, "26-2026", since),
            number=certificate_number(province, since.year, str(self.round), 1 + 2 * n // len(ROUNDS)),
        ).model_copy(update={"evaluation_id": self.evaluation_id, "subject": subject(province=province)})

    @property
    def happens(self) -> datetime | None:
        """When something comes between, if anything does."""
        if self.fate not in HAPPENS_AT:
            return None
        return midnight(self.certificate.valid_until - timedelta(days=HAPPENS_AT[self.fate]))

    def come_between(self, held: Recognition) -> Decision[Recognition]:
        """What comes between, once, however often it is asked for."""
        last, happens = held.last, self.happens
        assert last is not None and happens is not None
        on = day(happens)
        if self.fate == "filed again and expires":
            return timed(held.but(filed=Filing(dossier_id="again", attempt=1)), LADDER), ()
        if not last.running:
            return held, ()
        if self.fate == "re-evaluated":
            over = end_by(last, "new", on)
            return timed(held.with_certificate(over), LADDER), (end_of(over),)
        by = ByDecision(decision_id="act/37/2026/1", decision_number="1/QĐ-UBND", on=on)
        over = Revocation(ground="law_breach").done_to(last, by)
        return timed(held.with_certificate(over), LADDER), (CertificateRevoked.of(over),)


class Province:
    """The database of one province with its share of the country's certificates, and what was said of them."""

    def __init__(self, place: int) -> None:
        # These codes take in two provinces that read the last valid day each in its own way.
        self.code = f"{place + 7:02d}"
        self.office = Office()
        self.office.clock.now = datetime(2025, 1, 1, tzinfo=UTC)
        self.cases = {
            self.office.recognition_id(n, self.code): Case(place, self.code, n)
            for n in range(len(range(place, CERTIFICATES, PROVINCES)))
        }
        self.said: dict[str, list[tuple[int, str, bytes]]] = defaultdict(list)
        self.kills = 0
        self.guard = ClockGuard(self.office.process.recognitions.collection, self.office.clock, self.code)

    async def fill(self) -> None:
        recognitions = self.office.process.recognitions
        for id, case in self.cases.items():
            empty = Recognition(id=id, authority=self.code, product_id=f"product-{case.n:03d}")
            await recognitions.add(timed(empty.but(certificates=(case.certificate,)), LADDER))

    async def turn(self, now: datetime) -> None:
        """Move the clock; an operator vouches for it when it jumps."""
        self.office.clock.now = now
        if await self.guard.passed() is None:
            await self.guard.accept("operator")

    async def announce(self, number: int) -> None:
        """Let the service hear its own decision of that round."""
        items = tuple(
            DecidedItem(
                recognition_id=id,
                evaluation_id=case.evaluation_id,
                outcome="recognised",
                stars=3,
                certificate_number=case.certificate.number,
            )
            for id, case in self.cases.items()
            if case.round == number
        )
        data = DecisionHeard(number=f"{number}/QĐ-UBND", decided_on=ROUNDS[number], items=items)
        heard = received(data, f"decision/{self.code}/{number}", 1, self.code, "certification")
        await announce_results(heard, self.office.process.recognitions, regulations())

    def next(self, happening: dict[str, datetime]) -> datetime | None:
        """When a timer is due next or something comes between."""
        due = [raw["due"] for raw in self.office.database.documents.values() if raw.get("due") is not None]
        return min([*due, *happening.values()], default=None)

    def collect(self) -> None:
        """Take what is said out of the outboxes, as the relay does."""
        for id, raw in self.office.database.documents.items():
            if raw["outbox"]:
                for event in map(Outgoing.stored, raw["outbox"]):
                    self.said[id].append((event.sequence, event.type.split(".")[3], event.data))
                raw["outbox"] = []


class Scheduler:
    """A worker's timers and acts: it is killed at some write and starts again as another process."""

    def __init__(self, province: Province, chance: random.Random) -> None:
        self._province = province
        self._chance = chance
        self._start()

    def _start(self) -> None:
        office, chance = self._province.office, self._chance
        process = office.start(lives=chance.randrange(90), answer_lost=chance.random() < 0.5)
        self._recognitions = process.recognitions
        self._guard = ClockGuard(process.recognitions.collection, office.clock, self._province.code)

    async def ring(self) -> None:
        try:
            await ring_once(self._recognitions, RING, self._guard)
        except Unavailable:
            self._province.kills += 1
            self._start()

    async def come_between(self, id: str, case: Case) -> bool:
        try:
            await self._recognitions.change(id, case.come_between)
        except Unavailable:
            self._province.kills += 1
            self._start()
            return False
        return True


def steps(said: list[tuple[int, str, bytes]]) -> list[int]:
    return [CertificateExpiring.model_validate_json(data).step for _, type, data in said if type == "expiring"]


@pytest.mark.parametrize("place", range(PROVINCES))
async def test_run_ahead_by_two_schedulers_that_are_killed_a_province_says_what_the_formula_says(place: int) -> None:
    province, chance = Province(place), random.Random(place)
    await province.fill()
    schedulers = [Scheduler(province, chance), Scheduler(province, chance)]
    happening = {id: case.happens for id, case in province.cases.items() if case.happens is not None}

    while (now := province.next(happening)) is not None:
        await province.turn(now)
        for id in [id for id, at in happening.items() if at <= now]:
            if await chance.choice(schedulers).come_between(id, province.cases[id]):
                del happening[id]
        # Mostly one of them comes first; often enough both come at once.
        await gather(*(one.ring() for one in chance.sample(schedulers, chance.choice((1, 1, 1, 2)))))
        province.collect()

    assert province.kills > 50
    total: Counter[str] = Counter()
    for id, case in province.cases.items():
        said = province.said[id]
        counted = Counter(type for _, type, _ in said)
        assert counted == SAID[case.fate], (id, case.fate)
        assert [sequence for sequence, _, _ in said] == list(range(1, len(said) + 1))
        assert all(earlier > later for earlier, later in pairwise(steps(said)))
        assert [type for _, type, _ in said].index("expiring") == 0 and said[-1][1] != "expiring"
        total += counted
    assert total == sum((SAID[FATES[n % len(FATES)]] for n in range(len(province.cases))), Counter())


@pytest.mark.parametrize("place", range(PROVINCES))
async def test_replayed_into_an_empty_database_each_end_is_told_once_and_no_step_that_is_past(place: int) -> None:
    province = Province(place)
    await province.turn(OVER)

    for case in province.cases.values():
        await province.office.score(case.n, authority=province.code)
    for _ in range(2):
        for number in range(len(ROUNDS)):
            await province.announce(number)
        await ring_once(province.office.process.recognitions, RING, province.guard)
        province.collect()

    for id, case in province.cases.items():
        assert [type for _, type, _ in province.said[id]] == ["announced", "issued", "expired"]
        issued = CertificateIssued.model_validate_json(province.said[id][1][2])
        assert (issued.number, issued.valid_until) == (case.certificate.number, case.certificate.valid_until)
