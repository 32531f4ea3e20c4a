"""One run of chaos from beginning to end: the load, the kills, the moved clock, the re-send, and the judgement."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from deploy.local.missing import StartFailed
from deploy.local.service import ServiceProcess
from deploy.local.stack import Addresses, Stack
from tests.chaos import judge
from tests.chaos.client import Client, Ledger
from tests.chaos.evidence import Evidence, Raw, read_databases, read_topics
from tests.chaos.judge import Verdict
from tests.chaos.killer import Killer, members, plan
from tests.chaos.load import Load
from tests.chaos.mail import Mailbox
from tests.chaos.people import People, appoint
from tests.chaos.poison import Operator, poison
from tests.chaos.quiet import Unsettled, settled
from tests.chaos.resend import resend

AUTHORITY = "37"
SERVICES = ("dossier", "scoring", "certification", "notification")
_LEASE_SECONDS = 20
_WATCHED = frozenset(
    {"Owner", "Product", "Dossier", "Evaluation", "Recognition", "RecognitionDecision", "Act", "Delivery"}
)
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

Told = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """How long and how hard."""

    seed: int
    kills: int
    every: float
    """Seconds from kill to kill, on average."""
    carriers: int
    """Owners who bring products at the same time."""
    steps: Sequence[int]
    """Days before their end on which the clock is set for the first certificates."""
    patience: float
    """Seconds in which everything has to settle."""


@dataclass
class Report:
    """What was done, and what the judge says of it."""

    order: Order
    done: dict[str, int] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return bool(self.verdicts) and all(verdict.holds for verdict in self.verdicts)


async def run(order: Order, folder: Path, jars: Path, told: Told) -> Report:
    """Everything, in ``folder``; the report holds every violation."""
    mailbox = Mailbox(order.seed)
    smtp = await mailbox.open()
    environment = {**_inherited(), "OCOP_SMTP_URL": smtp, "OCOP_LEASE_SECONDS": str(_LEASE_SECONDS)}
    stack = Stack(
        folder,
        [AUTHORITY],
        list(members(SERVICES)),
        keep_up=False,
        usual_ports=False,
        jars=jars,
        environment=environment,
    )
    told("starting Kafka, MongoDB and 14 service processes")
    addresses = await stack.up()
    try:
        return await _Run(order, stack, addresses, mailbox, told).whole()
    finally:
        await stack.down()
        await mailbox.close()


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}


class _Run:
    def __init__(self, order: Order, stack: Stack, addresses: Addresses, mailbox: Mailbox, told: Told) -> None:
        self.order, self.stack, self.addresses, self.mailbox, self.told = order, stack, addresses, mailbox, told
        self.report = Report(order)
        self.people: People = appoint(addresses.issuer, AUTHORITY, members=10)
        self.client = Client(_urls(stack), Ledger())
        self.load = Load(self.client, self.people, self._today, order.seed)
        self.operator = Operator(self.client, self.people.operator, SERVICES)
        self.moved = timedelta()
        self.visited: list[date] = []
        self.cohort: frozenset[str] = frozenset()
        self.handed: set[str] = set()
        self.alone: list[str] = []
        names = list(members(SERVICES))
        kills = max(1, order.kills * 9 // 10)
        self.killer = Killer(stack, plan(order.seed, kills, names, order.every))
        self.second = Killer(stack, plan(order.seed + 1, order.kills - kills, names, order.every))

    async def whole(self) -> Report:
        """The run in its order; a run that does not settle is judged all the same."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(3_000), self._kept_up():
                await self._under_fire()
                await self._settle("the load")
                await self._empty_lanes()
                await self._settle("the replay")
                before = await self._databases()
                await self._resend()
                await self._settle("the re-send")
                await self._empty_lanes()
                await self._settle("the second replay")
            after = await self._databases()
            self.report.verdicts.append(judge.unchanged(before, after, _WATCHED))
        except Unsettled as unsettled:
            self.report.verdicts.append(Verdict("not settled in time", 1, [str(unsettled)]))
        finally:
            await self.client.close()
        self.told("reading all topics and databases")
        await self._judge()
        self.report.done["seconds"] = round(time.monotonic() - began)
        return self.report

    async def _under_fire(self) -> None:
        """The load while processes are killed; comes back when all kills are done and all work is finished."""
        striking = asyncio.create_task(self.killer.run())
        telling = asyncio.create_task(self._tell_progress())
        try:
            await self.load.seat()
            await self._first_certificates()
            await self._moving_clock()
            self.told("finishing the load")
            await self._decide_all()
            await self._hand_over_all()
            await striking
        finally:
            telling.cancel()
            striking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await striking

    async def _first_certificates(self) -> None:
        """Dossiers from draft to certificate and hand-over, and records that nobody can read."""
        enough = asyncio.Event()
        self.told("carrying dossiers to certificates")
        async with asyncio.TaskGroup() as group:
            self._carry(group, enough)
            group.create_task(self.load.for_ever(lambda: self.load.decide(least=4), enough, 3.0))
            group.create_task(self.load.for_ever(self._hand_over_some, enough, 3.0))
            group.create_task(self._poison_dossiers())
            await self.killer.reached(0.25)
            await self._at_least(6)
            await self._poison_certificates()
            await self.killer.reached(0.45)
            enough.set()
        # Everything scored by now is decided by one decision over many products.
        await self._decide_all()
        await self._hand_over_all()
        self.cohort = frozenset(self.load.certificates)

    async def _moving_clock(self) -> None:
        """The clock is set to each day of the ladder and past the end, while two schedulers are killed in turn."""
        until = await self._last_valid_day()
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            self._carry(group, enough)
            for n, step in enumerate((*self.order.steps, -1)):
                await self.killer.reached(0.45 + 0.4 * n / (len(self.order.steps) + 1))
                await self._set_clock(until - timedelta(days=step))
            await self.killer.reached(0.9)
            enough.set()

    def _carry(self, group: asyncio.TaskGroup, until: asyncio.Event) -> None:
        for _ in range(self.order.carriers):
            group.create_task(self.load.for_ever(lambda: self.load.carry(3), until, 0.5))

    async def _tell_progress(self) -> None:
        while True:
            await asyncio.sleep(30)
            self.told(
                f"{self.killer.struck} of {self.killer.planned} strikes, {self.load.finished} dossiers scored, "
                f"{len(self.load.certificates)} certificates"
            )

    async def _at_least(self, certificates: int) -> None:
        while len(self.load.certificates) < certificates:
            await asyncio.sleep(0.5)

    async def _decide_all(self) -> None:
        """Decide until nothing waits for the chair any more, nor is on its way there."""
        scored = 0
        while True:
            finalised = await self.client.pages(
                self.people.agencies[0], "scoring", "/evaluations", state="finalised", limit=200
            )
            results = await self.client.pages(self.people.agencies[0], "certification", "/results", limit=200)
            left = [each for each in results if each["state"] in ("waiting", "reserved")]
            scored = len(finalised)
            if len(results) >= scored and not left:
                return
            if any(each["state"] == "waiting" for each in left):
                await self.load.decide(most=200)
            await asyncio.sleep(0.5)

    async def _hand_over_some(self) -> None:
        some = [number for number in self.load.certificates if number not in self.handed][:5]
        if some:
            self.handed.update(some)
            await self.load.hand_over(some)

    async def _hand_over_all(self) -> None:
        while set(self.load.certificates) - self.handed:
            await self._hand_over_some()

    async def _poison_dossiers(self) -> None:
        """Three dossiers get an unreadable record just before they are submitted: what follows has to wait."""
        await self.killer.reached(0.05)
        owner = await self.load.owner()
        cases = [await self.load.draft(owner) for _ in range(3)]
        for case in cases:
            await self.load.write(case, 1)
        await poison(self.addresses.kafka, f"ocop.{AUTHORITY}.dossiers", [case.dossier for case in cases])
        for case in cases:
            await self.load.submit(case)

    async def _poison_certificates(self) -> None:
        """The same for three recognised products: hand-over, warnings and end have to wait for the operator."""
        results = await self.client.pages(
            self.people.agencies[0], "certification", "/results", state="announced", limit=200
        )
        chosen = sorted({each["recognition_id"] for each in results if each["outcome"] == "recognised"})[:3]
        await poison(self.addresses.kafka, f"ocop.{AUTHORITY}.certificates", chosen)

    # The clock.

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def _today(self) -> date:
        return self._now().astimezone(_VIETNAM).date()

    async def _last_valid_day(self) -> date:
        held = await self.client.pages(self.people.agencies[0], "certification", "/certificates", limit=200)
        return min(date.fromisoformat(each["valid_until"]) for each in held if each["number"] in self.cohort)

    async def _set_clock(self, day: date) -> None:
        """Set every process's clock to the morning of ``day``, vouch for it, and wait until all due has rung."""
        morning = datetime(day.year, day.month, day.day, 8, tzinfo=_VIETNAM)
        self.moved = morning - datetime.now(UTC)
        self.visited.append(day)
        self.told(f"the clock is set to {day}")
        fresh = self.addresses.clock.with_suffix(".new")
        fresh.write_text(str(self.moved.total_seconds()))
        fresh.replace(self.addresses.clock)
        while True:
            await self.client.command(
                self.people.operator, "certification", "/operations/clock/accept", None, kind="clock", expected="either"
            )
            if await self._nothing_due():
                return
            await asyncio.sleep(0.5)

    async def _nothing_due(self) -> bool:
        client: AsyncMongoClient[Raw] = AsyncMongoClient(self.stack.mongo_url, serverSelectionTimeoutMS=2_000)
        try:
            held = client["ocop_certification"]["certificates"]
            return await held.count_documents({"kind": "Recognition", "due": {"$lte": self._now()}}) == 0
        except PyMongoError:
            return False
        finally:
            await client.close()

    # After the load.

    async def _settle(self, what: str) -> None:
        self.told(f"waiting for {what} to settle")
        took = await settled(self.stack.admin, self.stack.mongo_url, AUTHORITY, self._now, self.order.patience)
        self.told(f"{what} settled after {took:.0f} s")

    async def _empty_lanes(self) -> None:
        while await self.operator.empty_lanes():
            await asyncio.sleep(0.5)

    async def _resend(self) -> None:
        records = await read_topics(self.stack.admin)
        self.told(f"writing all {len(records)} records once more")
        _, sent = await asyncio.gather(self.second.run(), resend(self.stack.admin, records))
        self.report.done["records sent again"] = sent

    async def _databases(self) -> dict[str, dict[str, Raw]]:
        return await read_databases(self.stack.mongo_url)

    async def _judge(self) -> None:
        report, ledger = self.report, self.client.ledger
        evidence = Evidence(
            await read_topics(self.stack.admin), await self._databases(), ledger.commands, dict(self.mailbox.taken)
        )
        told = judge.messages(evidence)
        report.verdicts[:0] = [
            judge.answers(evidence),
            judge.commands(evidence),
            judge.spoken(evidence),
            judge.followed(evidence),
            judge.once(evidence),
            judge.ordered(evidence),
            judge.same_words(evidence),
            judge.outboxes(evidence),
            judge.certificates(evidence),
            judge.timers(evidence, self.visited, self.cohort),
            told.verdict,
            judge.lanes(evidence),
            Verdict("lanes the operator could not empty", len(self.operator.most), self.operator.refused),
            Verdict("processes that ended by themselves", len(self.stack.members), self.alone),
        ]
        kills, pauses = self.killer.kills + self.second.kills, self.killer.pauses + self.second.pauses
        passed = [command for command in ledger.commands if command.passed]
        report.done |= {
            "kills": kills.total(),
            "kills of Kafka": kills["kafka"],
            "kills of MongoDB": kills["mongo"],
            "kills of services": kills.total() - kills["kafka"] - kills["mongo"],
            "pauses": pauses.total(),
            "commands answered with success": len(passed),
            "commands refused": len(ledger.commands) - len(passed),
            "attempts beyond the first": ledger.repeats,
            "answers 503": ledger.unavailable,
            "connections broken": ledger.broken,
            "records on all topics": len(evidence.records),
            "events": len(judge.firsts(evidence)),
            "dossiers": sum(1 for _ in evidence.of_kind("dossier", "Dossier")),
            "certificates": sum(len(raw["certificates"]) for raw in evidence.of_kind("certification", "Recognition")),
            "days the clock was set to": len(self.visited),
            "people told": told.deliveries,
            "messages taken again after an interruption": told.repeated,
            "parked events discarded": self.operator.discarded,
            "parked events replayed": self.operator.replayed,
            "lanes": len(self.operator.most),
        }
        due = ("events", "records sent again", "certificates", "parked events replayed", "people told", "kills")
        idle = [f"{what}: none" for what in due if not report.done.get(what)]
        report.verdicts.append(Verdict("parts of the run that proved nothing", len(due), idle))

    @contextlib.asynccontextmanager
    async def _kept_up(self) -> AsyncIterator[None]:
        """Start again, and remember, whatever ended without being killed."""

        async def watch() -> None:
            while True:
                await asyncio.sleep(0.5)
                for name, member in self.stack.members.items():
                    if member.wanted and not member.starting and not member.process.running:
                        self.alone.append(f"{name} ended with code {member.process.exit_code}")
                        with contextlib.suppress(StartFailed):
                            await self.stack.start(name)

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


def _urls(stack: Stack) -> dict[str, list[str]]:
    """The processes that answer for each service; the workers do where there is no other."""
    urls: dict[str, list[str]] = {service: [] for service in SERVICES}
    for member in stack.members.values():
        part = member.part
        if isinstance(part, ServiceProcess) and (part.role == "api" or part.service == "notification"):
            urls[part.service].append(part.url)
    return urls
