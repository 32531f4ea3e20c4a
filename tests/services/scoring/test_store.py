"""Races on the real store: one evaluation is one document, so phase and sheets are checked in one write."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from services.scoring.domain.blind_phase import BlindPhaseIncomplete, close
from services.scoring.domain.evaluation import Evaluation
from services.scoring.domain.paper_sheet import PaperSheet, Scan
from services.scoring.domain.paper_signing import (
    MemberHasSigned,
    PaperSheetNotWaiting,
    confirm,
    enter,
    entry_of,
    file_scan,
    refuse,
    waits,
)
from services.scoring.domain.regulation import PaperSheetPolicy
from services.scoring.domain.signing import BlindPhaseOver, SheetHandedIn, SheetNotSigned, hand_in, reopen
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
BY_HAND = MEMBERS[-3:]
"""They sign on paper as well as here, where the races are about that too."""
RACES = 4
MOST_CHANGED = 4
"""How often a member of a race changes their mind; from then on the secretary enters nothing anew unasked either."""


ANSWERS = ("confirmed", "refused", "replaced", "counted")


@pytest_asyncio.fixture
async def processes(mongo_url: str, database: str) -> AsyncIterator[list[Evaluations]]:
    """The same evaluations as two processes keep them."""
    ports = [connect("motor", mongo_url, database, "evaluations") for _ in range(2)]
    yield [Evaluations(Collection(port, Unplugged(), new_correlation=fresh_id)) for port in ports]
    for port in ports:
        await port.close()


@dataclass
class Told:
    """What was told to be done for one member."""

    signed: list[str] = field(default_factory=list)
    reopened: int = 0
    entered: list[int] = field(default_factory=list)
    scanned: list[int] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        """Whether they have changed their mind often enough: whoever does so for ever lets nobody close."""
        return self.reopened + len(self.refused) >= MOST_CHANGED


class Member:
    """One member of the council, and the secretary's hand where they sign on paper, on one process's store."""

    def __init__(self, evaluations: Evaluations, id: str, person: str, chance: random.Random) -> None:
        self._evaluations, self._id, self._person, self._chance = evaluations, id, person, chance
        self._moments = _moments()
        self.told = Told()

    async def sign_here(self) -> None:
        """Sign, look, and now and then reopen and sign another sheet, until the phase is over."""
        while (held := await self._evaluations.get(self._id)).phase == "blind":
            with suppress(BlindPhaseOver):
                if held.sheet_of(self._person) is None:
                    await self._sign()
                if self._changes_mind():
                    await self._reopen()

    async def sign_by_hand(self) -> None:
        """Answer what the secretary has entered, at times sign here instead, now and then reopen what was signed."""
        while (held := await self._evaluations.get(self._id)).phase == "blind":
            entry = self._waiting(held)
            with suppress(BlindPhaseOver, PaperSheetNotWaiting, SheetHandedIn, SheetNotSigned):
                if held.sheet_of(self._person) is not None:
                    if self._changes_mind():
                        await self._reopen()
                elif self._chance.random() < 0.2:
                    await self._sign()
                elif entry is not None and entry.scan is not None:
                    await (self._refuse(entry) if self._changes_mind() else self._confirm(entry))

    async def be_entered(self) -> None:
        """The secretary's hand: enter their sheet, now and then anew, and send its scan, until the phase is over."""
        while (held := await self._evaluations.get(self._id)).phase == "blind":
            with suppress(BlindPhaseOver, MemberHasSigned, PaperSheetNotWaiting):
                entry = self._waiting(held)
                if held.sheet_of(self._person) is not None:
                    continue
                if entry is None or self._enters_anew():
                    await self._enter()
                elif entry.scan is None:
                    await self._scan(entry.number)

    def _changes_mind(self) -> bool:
        return not self.told.settled and self._chance.random() < 0.5

    def _enters_anew(self) -> bool:
        return len(self.told.entered) < MOST_CHANGED and self._chance.random() < 0.5

    def _waiting(self, held: Evaluation) -> PaperSheet | None:
        """Their entry that waits for a scan or an answer."""
        assert held.sitting is not None
        return next((one for one in held.paper_sheets if one.member == self._person and waits(held.sitting, one)), None)

    def _ticks(self) -> dict[str, str | None]:
        return best(RICE, **{"1.2": self._chance.choice([None, *RICE.scored[RICE.places["1.2"]].letters])})

    async def _sign(self) -> None:
        ticks, at = self._ticks(), next(self._moments)

        def signed(held: Evaluation) -> Decision[Evaluation]:
            return hand_in(held, RICE, BASIS.sheet_hash, member=self._person, ticks=ticks, at=at), ()

        self._note_signed((await self._evaluations.change(self._id, signed)).document)

    async def _reopen(self) -> None:
        def reopened(held: Evaluation) -> Decision[Evaluation]:
            return reopen(held, member=self._person, reason="nhầm", by=self._person, at=NOW), ()

        await self._evaluations.change(self._id, reopened)
        self.told.reopened += 1

    async def _enter(self) -> None:
        ticks = self._ticks()

        def entered(held: Evaluation) -> Decision[Evaluation]:
            after = enter(
                held,
                RICE,
                BASIS.sheet_hash,
                person="secretary",
                member=self._person,
                ticks=ticks,
                opinion=None,
                signed_on=SESSION_DAY,
                by="secretary",
                at=NOW,
                today=SESSION_DAY,
            )
            return after, ()

        after = (await self._evaluations.change(self._id, entered)).document
        self.told.entered.append(after.paper_sheets[-1].number)

    async def _scan(self, number: int) -> None:
        paper = Scan(
            file_name="phieu.pdf",
            sha256=f"{number:064x}",
            size=9,
            media_type="application/pdf",
            by="secretary",
            at=next(self._moments),
        )

        def filed(held: Evaluation) -> Decision[Evaluation]:
            return file_scan(held, RICE, number, paper, person="secretary"), ()

        after = (await self._evaluations.change(self._id, filed)).document
        self.told.scanned.append(number)
        if entry_of(after, number).answer is not None:
            self._note_signed(after)

    async def _confirm(self, entry: PaperSheet) -> None:
        at = next(self._moments)

        def confirmed(held: Evaluation) -> Decision[Evaluation]:
            return confirm(held, RICE, entry.number, member=self._person, by=self._person, at=at), ()

        self._note_signed((await self._evaluations.change(self._id, confirmed)).document)
        self.told.confirmed.append(entry.number)

    async def _refuse(self, entry: PaperSheet) -> None:
        def refused(held: Evaluation) -> Decision[Evaluation]:
            after = refuse(held, entry.number, member=self._person, reason="sai", by=self._person, at=NOW)
            return after, ()

        await self._evaluations.change(self._id, refused)
        self.told.refused.append(entry.number)

    def _note_signed(self, after: Evaluation) -> None:
        sheet = after.sheet_of(self._person)
        assert sheet is not None
        self.told.signed.append(sheet.hash)


def _moments() -> Iterator[datetime]:
    """A second later each time, so that no two sheets of a member have the same hash."""
    return (NOW + timedelta(seconds=n) for n in itertools.count())


async def chair(evaluations: Evaluations, id: str) -> Evaluation:
    """Close the blind phase as soon as everybody has signed; the evaluation as it was then."""
    while True:
        try:
            return (
                await evaluations.change(id, lambda held: (close(held, by="chair", at=NOW, today=SESSION_DAY), ()))
            ).document
        except BlindPhaseIncomplete:
            await asyncio.sleep(0)


async def race(
    processes: Sequence[Evaluations],
    id: str,
    chance: random.Random,
    policy: PaperSheetPolicy = "confirmed",
    by_hand: Sequence[str] = (),
) -> tuple[Evaluation, Evaluation, Mapping[str, Told]]:
    """The evaluation as the chair closed it and as it is when all have stopped, and what was told to be done."""
    await processes[0].add(seated(len(MEMBERS), paper_sheets=policy).but(id=id))
    members = {person: Member(processes[n % 2], id, person, chance) for n, person in enumerate(MEMBERS)}
    acting = [
        act
        for person, member in members.items()
        for act in ((member.sign_by_hand(), member.be_entered()) if person in by_hand else (member.sign_here(),))
    ]
    closed, *_ = await asyncio.gather(chair(processes[1], id), *acting)
    return closed, await processes[0].get(id), {person: member.told for person, member in members.items()}


def signatures(evaluation: Evaluation, person: str) -> list[str]:
    """The hashes of a member's sheets, the one in force last."""
    in_force = [one.hash for one in evaluation.sheets if one.member == person]
    assert len(in_force) == 1
    return [old.sheet.hash for old in evaluation.record if old.sheet.member == person] + in_force


async def test_ten_members_sign_and_reopen_while_the_chair_closes_the_phase_many_times_over(
    processes: list[Evaluations],
) -> None:
    reopened = 0
    for n in range(RACES):
        closed, after, told = await race(processes, f"race-{n}", random.Random(n))

        assert (after.phase, after.sheets, after.record) == ("deliberation", closed.sheets, closed.record)
        assert {who: signatures(after, who) for who in MEMBERS} == {who: held.signed for who, held in told.items()}
        assert sum(held.reopened for held in told.values()) == len(after.record)
        reopened += len(after.record)
    assert reopened > 0


@pytest.mark.parametrize("policy", ["confirmed", "entered"])
async def test_sheets_on_paper_are_entered_and_answered_while_the_same_phase_closes_many_times_over(
    processes: list[Evaluations], policy: PaperSheetPolicy
) -> None:
    by_paper = refused = replaced = 0
    for n in range(RACES):
        closed, after, told = await race(processes, f"race-{n}", random.Random(n), policy, BY_HAND)

        assert (after.phase, after.sheets, after.record) == ("deliberation", closed.sheets, closed.record)
        assert after.paper_sheets == closed.paper_sheets
        for who, held in told.items():
            # Two hands sign for whoever signs on paper, so that what they are told may cross.
            assert sorted(signatures(after, who)) == sorted(held.signed)
            entries = [one for one in after.paper_sheets if one.member == who]
            assert [one.number for one in entries] == held.entered
            assert [one.number for one in entries if one.scan is not None] == held.scanned
            ended = {how: [one.number for one in entries if one.answer and one.answer.how == how] for how in ANSWERS}
            assert (ended["confirmed"], ended["refused"]) == (held.confirmed, held.refused)
            counted = ended["confirmed"] + ended["counted"]
            sheets = [*(old.sheet for old in after.record), *after.sheets]
            assert [one.paper for one in sheets if one.member == who and one.paper is not None] == counted
            by_paper += len(counted)
            refused += len(ended["refused"])
            replaced += len(ended["replaced"])
    assert by_paper > 0
    assert (refused > 0) == (policy == "confirmed")
    assert replaced > 0
