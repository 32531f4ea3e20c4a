"""Races on the real store: one evaluation is one document, so phase and sheets are checked in one write."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import pytest_asyncio

from services.scoring.domain.blind_phase import BlindPhaseIncomplete, close
from services.scoring.domain.evaluation import Evaluation
from services.scoring.domain.signing import BlindPhaseOver, hand_in, reopen
from services.scoring.store import Evaluations
from shared.collection import Collection
from shared.document import Decision
from shared.driver import connect
from shared.http import fresh_id
from tests.services.scoring.builders import BASIS, NOW, SESSION_DAY, best, seated, sheet
from tests.shared.unplugged import Unplugged

pytestmark = pytest.mark.real

RICE = sheet("rice-grains")
MEMBERS = [f"member-{n}" for n in range(1, 11)]
RACES = 12
MOST_REOPENED = 20
"""How often a member of a race changes their mind."""


@pytest_asyncio.fixture
async def processes(mongo_url: str, database: str) -> AsyncIterator[list[Evaluations]]:
    """The same evaluations as two processes keep them."""
    ports = [connect("motor", mongo_url, database, "evaluations") for _ in range(2)]
    yield [Evaluations(Collection(port, Unplugged(), new_correlation=fresh_id)) for port in ports]
    for port in ports:
        await port.close()


@dataclass
class Told:
    """What one member was told was done."""

    signed: list[str] = field(default_factory=list)
    reopened: int = 0


async def member(evaluations: Evaluations, id: str, person: str, told: Told, chance: random.Random) -> None:
    """Sign, look, and now and then reopen and sign another sheet, until told that the phase is over."""
    options = [None, *RICE.scored[RICE.places["1.2"]].letters]

    async def sign() -> None:
        ticks = best(RICE, **{"1.2": chance.choice(options)})

        def signed(held: Evaluation) -> Decision[Evaluation]:
            at = NOW + timedelta(seconds=len(told.signed))
            return hand_in(held, RICE, BASIS.sheet_hash, member=person, ticks=ticks, at=at), ()

        sheet = (await evaluations.change(id, signed)).document.sheet_of(person)
        assert sheet is not None
        told.signed.append(sheet.hash)

    def reopened(held: Evaluation) -> Decision[Evaluation]:
        return reopen(held, member=person, reason="nhầm", by=person, at=NOW), ()

    await sign()
    while True:
        # Not without end: whoever reopens for ever never lets the chair close.
        if told.reopened < MOST_REOPENED and chance.random() < 0.2:
            try:
                await evaluations.change(id, reopened)
            except BlindPhaseOver:
                return
            told.reopened += 1
            await sign()
        elif (await evaluations.get(id)).phase != "blind":
            return


async def chair(evaluations: Evaluations, id: str) -> Evaluation:
    """Close the blind phase as soon as everybody has signed; the evaluation as it was then."""
    while True:
        try:
            return (
                await evaluations.change(id, lambda held: (close(held, by="chair", at=NOW, today=SESSION_DAY), ()))
            ).document
        except BlindPhaseIncomplete:
            await asyncio.sleep(0)


async def race(processes: Sequence[Evaluations], id: str, chance: random.Random) -> tuple[Evaluation, dict[str, Told]]:
    await processes[0].add(seated(len(MEMBERS)).but(id=id))
    told = {person: Told() for person in MEMBERS}
    closed, *_ = await asyncio.gather(
        chair(processes[1], id),
        *(member(processes[n % 2], id, person, told[person], chance) for n, person in enumerate(MEMBERS)),
    )
    return closed, told


async def test_ten_members_sign_and_reopen_while_the_chair_closes_the_phase_many_times_over(
    processes: list[Evaluations],
) -> None:
    reopened = 0
    for n in range(RACES):
        closed, told = await race(processes, f"race-{n}", random.Random(n))

        after = await processes[0].get(f"race-{n}")
        assert (after.phase, after.sheets, after.record) == ("deliberation", closed.sheets, closed.record)
        assert {one.member: one.hash for one in after.sheets} == {who: held.signed[-1] for who, held in told.items()}
        for who, held in told.items():
            superseded = [old.sheet.hash for old in after.record if old.sheet.member == who]
            assert [*superseded, held.signed[-1]] == held.signed
            assert held.reopened == len(superseded)
        reopened += len(after.record)
    assert reopened > 0
