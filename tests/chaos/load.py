"""The load: dossiers carried from draft to certificate by many hands at once, races and refusals included."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.chaos.client import JSON, Client, Command
from tests.chaos.people import People, Person

COMMUNE = "14362"
PRODUCT_SET = "processed-produce"
WRITTEN = ("description", "material_origin", "local_labour", "idea_origin", "local_identity")
"""Fields of the form; each is changed by one person, all at the same time."""
MOST_IN_DECISION = 12
_WAIT = 0.4


@dataclass
class Case:
    """One product and its dossier, as the load knows them."""

    name: str
    dossier: str = ""
    evaluation: str = ""
    withdrawn: bool = False


@dataclass
class Load:
    """What people do. Everything random is drawn from one seed."""

    client: Client
    people: People
    today: Callable[[], date]
    seed: int
    certificates: list[str] = field(default_factory=list)
    """Numbers given by decisions that were answered with success."""
    decided: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.random = random.Random(f"load {self.seed}")
        self._cases = itertools.count(1)
        self._decisions = itertools.count(1)
        self._ticks: dict[str, dict[str, str]] = {}
        self.finished = 0

    @property
    def _agency(self) -> Person:
        return self.random.choice(self.people.agencies)

    async def owner(self) -> str:
        """Register an owner; gives its id."""
        name = f"Hợp tác xã {next(self._cases):05d}"
        body = {
            "name": name,
            "kind": "cooperative",
            "commune": COMMUNE,
            "email": f"owner{self.random.randrange(10**9)}@chaos.test",
            "language": self.random.choice(["vi", "en"]),
        }
        made = await self.client.command(self._agency, "dossier", "/owners", body, kind="owner", name=name)
        return str(made.answer["id"])

    async def draft(self, owner: str) -> Case:
        """Register a product and open its dossier; two try at once, and one is refused."""
        case = Case(f"Sản phẩm {next(self._cases):05d}")
        body = {"owner_id": owner, "name": case.name, "product_set": PRODUCT_SET, "commune": COMMUNE}
        product = await self.client.command(self._agency, "dossier", "/products", body, kind="product", name=case.name)
        asked = {"product_id": product.answer["id"], "case_kind": "first"}
        racing = self.random.random() < 0.3
        opened = await asyncio.gather(
            *(
                self.client.command(
                    agency,
                    "dossier",
                    "/dossiers",
                    asked,
                    kind="open",
                    expected="either" if racing else "pass",
                    name=case.name,
                )
                for agency in self.people.agencies[: 2 if racing else 1]
            )
        )
        case.dossier = next(str(each.answer["id"]) for each in opened if each.passed)
        return case

    async def write(self, case: Case, rounds: int) -> None:
        """Five people change the same draft at once, each its own field, with empty changes among them."""
        await asyncio.gather(*(self._change(case, field, n, rounds) for n, field in enumerate(WRITTEN)))
        form = {"evidence": ["business_registration", "test_results"]}
        await self._patch(case, self._agency, {"form": form}, kind="evidence")

    async def _change(self, case: Case, field: str, n: int, rounds: int) -> None:
        for round in range(1, rounds + 1):
            value = f"{field} {round} {case.name}"
            await self._patch(
                case, self.people.agencies[n], {"form": {field: value}}, kind="patch", field=field, value=value
            )
            if self.random.random() < 0.3:
                await self._patch(case, self.people.agencies[n], {"form": {}}, kind="nothing", expected="refuse")

    async def _patch(self, case: Case, who: Person, body: JSON, *, kind: str, **about: Any) -> Command:
        path = f"/dossiers/{case.dossier}"
        return await self.client.command(
            who, "dossier", path, body, method="PATCH", kind=kind, dossier=case.dossier, **about
        )

    async def submit(self, case: Case) -> None:
        """Submit, submit the same again, and perhaps a changed file if the council is not quicker."""
        path = f"/dossiers/{case.dossier}/submission"
        about: Mapping[str, Any] = {"kind": "submit", "dossier": case.dossier}
        await self.client.command(self._agency, "dossier", path, {}, **about)
        await self.client.command(self._agency, "dossier", path, {}, expected="refuse", **about)
        if self.random.random() < 0.3:
            value = f"another {case.name}"
            body = {"form": {"description": value}}
            await self._patch(
                case, self._agency, body, kind="patch", expected="either", field="description", value=value
            )
            await asyncio.gather(
                *(
                    self.client.command(agency, "dossier", path, {}, expected="either", **about)
                    for agency in self.people.agencies[:2]
                )
            )

    async def opened(self, case: Case) -> None:
        """Wait until the agency sees that the council has opened its evaluation."""
        while not case.evaluation:
            view = await self.client.read(self.people.agencies[0], "dossier", f"/dossiers/{case.dossier}")
            case.evaluation = next((each["id"] for each in view["evaluations"] if each["opened"]), "")
            if not case.evaluation:
                await asyncio.sleep(_WAIT)

    async def seat(self) -> None:
        """Set up the council: a chair, everybody but the last of the members, and a secretary."""
        people = self.people
        seats = {people.council_chair: "chair", people.council_secretary: "secretary"} | dict.fromkeys(
            people.members[:-1], "member"
        )
        body = {
            "decision": "12/QĐ-UBND",
            "since": "2020-01-01",
            "members": [{"person": person.subject, "seat": seat} for person, seat in seats.items()],
        }
        await self.client.command(self._agency, "scoring", "/councils", body, kind="council")

    async def score(self, case: Case, absent: int) -> None:
        """A session of one product: members sign at once, some twice, and chair and secretary close each step both.

        One who has no seat tries to sign all the time; so does one who has left.
        """
        chair, secretary, members = self.people.council_chair, self.people.council_secretary, self.people.members
        path = f"/evaluations/{case.evaluation}"
        sheet = await self._sheet(case)
        body: JSON = {"round": 2, "on": self.today().isoformat(), "agenda": [case.evaluation]}
        scheduled = await self.client.command(secretary, "scoring", "/sessions", body, kind="session")
        session = f"/sessions/{scheduled.answer['id']}"
        present = [chair, *members[: -1 - absent]]
        gone = members[-1 - absent :]
        body = {"present": [person.subject for person in present]}
        await self.client.command(secretary, "scoring", f"{session}/attendance", body, kind="attendance")
        await asyncio.gather(
            *(self._hand_in(case, member, sheet, "pass") for member in present),
            *(self._hand_in(case, member, sheet, "refuse") for member in gone),
        )
        steps = (
            ("close", f"{path}/blind-phase/closing", {}),
            ("close-session", f"{session}/closing", {"minutes": "12/BB-HĐ"}),
            ("finalise", f"{path}/finalisation", {}),
        )
        for kind, step, asked in steps:
            about: Mapping[str, Any] = {"kind": kind, "expected": "either", "evaluation": case.evaluation}
            await asyncio.gather(
                *(self.client.command(who, "scoring", step, asked, **about) for who in (chair, secretary)),
                *(self._hand_in(case, member, sheet, "refuse") for member in gone[:1]),
            )

    async def _sheet(self, case: Case) -> JSON:
        found = await self.client.read(self.people.members[0], "scoring", f"/evaluations/{case.evaluation}")
        hash = found["evaluation"]["sheet_hash"]
        if hash not in self._ticks:
            shown = await self.client.read(None, "scoring", f"/sheets/{hash}")
            self._ticks[hash] = best_options(shown["sheet"])
        return {"sheet_hash": hash, "ticks": self._ticks[hash]}

    async def _hand_in(self, case: Case, member: Person, sheet: JSON, expected: Any) -> None:
        path = f"/evaluations/{case.evaluation}/sheets"
        about = {"kind": "sheet", "evaluation": case.evaluation}
        await self.client.command(member, "scoring", path, sheet, expected=expected, **about)
        if expected == "pass" and self.random.random() < 0.3:
            await self.client.command(member, "scoring", path, sheet, expected="refuse", **about)

    async def withdraw(self, case: Case) -> None:
        """Two people take the dossier back at once, while the chair may be deciding on it."""
        case.withdrawn = True
        path = f"/dossiers/{case.dossier}/withdrawal"
        await asyncio.gather(
            *(
                self.client.command(
                    agency,
                    "dossier",
                    path,
                    {"reason": f"Đổi quy cách, {agency.subject}."},
                    kind="withdraw",
                    expected="either",
                    dossier=case.dossier,
                )
                for agency in self.people.agencies[:2]
            )
        )

    async def carry(self, cases: int, rounds: int = 4) -> None:
        """Some products of one owner, from their registration until the council has scored them."""
        owner = await self.owner()
        await asyncio.gather(*(self._carry(owner, rounds) for _ in range(cases)))

    async def _carry(self, owner: str, rounds: int) -> None:
        case = await self.draft(owner)
        path = f"/dossiers/{case.dossier}/submission"
        await self.client.command(
            self._agency, "dossier", path, {}, kind="submit", expected="refuse", dossier=case.dossier
        )
        await self.write(case, rounds)
        await self.submit(case)
        if self.random.random() < 0.08:
            await self.withdraw(case)
            return
        await self.opened(case)
        await self.score(case, absent=self.random.choice([0, 1, 2]))
        if self.random.random() < 0.15:
            await asyncio.sleep(self.random.uniform(0, 2))
            await self.withdraw(case)
        self.finished += 1

    async def waiting(self) -> list[JSON]:
        """The results that wait for the chair."""
        return await self.client.pages(self.people.chairs[0], "certification", "/results", state="waiting", limit=200)

    async def decide(self, least: int = 1, most: int = MOST_IN_DECISION) -> int:
        """The chair and the deputy decide at once on overlapping results, both or one; how many waited."""
        waiting = await self.waiting()
        if len(waiting) < least:
            return len(waiting)
        asked = [self._item(result) for result in waiting[:most]]
        shared = len(asked) // 3
        if len(asked) >= 6 and self.random.random() < 0.6:
            await asyncio.gather(
                self._decide(self.people.chairs[0], asked[: -shared or None]),
                self._decide(self.people.chairs[1], asked[shared:]),
            )
        else:
            await self._decide(self.people.chairs[0], asked)
        return len(waiting)

    def _item(self, result: Mapping[str, Any]) -> JSON:
        # Which results are not recognised follows from the result, so that both chairs mean the same.
        if result["evaluation_id"][-1] == "0":
            return {"evaluation_id": result["evaluation_id"], "outcome": "not_recognised"}
        return {"evaluation_id": result["evaluation_id"], "outcome": "recognised", "stars": 3}

    async def _decide(self, chair: Person, items: list[JSON]) -> None:
        body = {
            "number": str(next(self._decisions)),
            "decided_on": self.today().isoformat(),
            "signer": {"name": chair.subject, "position": "Chủ tịch"},
            "items": items,
        }
        decided = await self.client.command(
            chair,
            "certification",
            "/decisions",
            body,
            kind="decide",
            expected="either",
            evaluations=[item["evaluation_id"] for item in items],
        )
        if decided.passed:
            self.certificates += [each["number"] for each in decided.answer["certificates"]]

    async def hand_over(self, numbers: list[str]) -> None:
        """Wait until the certificates are issued, hand them over, and try once more, which is refused."""
        for number in numbers:
            while not (await self.client.read(None, "certification", f"/certificates/{number}"))["certificate"]:
                await asyncio.sleep(_WAIT)
        body = {"numbers": numbers, "handed_over_on": self.today().isoformat(), "place": "Nhà văn hóa phường"}
        about: Mapping[str, Any] = {"kind": "handover", "numbers": numbers}
        agency = self._agency
        await self.client.command(agency, "certification", "/handovers", body, **about)
        await self.client.command(agency, "certification", "/handovers", body, expected="refuse", **about)

    async def for_ever(self, work: Callable[[], Awaitable[object]], until: asyncio.Event, pause: float) -> None:
        """Do it again and again until told to stop; what is in hand is finished."""
        while not until.is_set():
            await work()
            await asyncio.sleep(self.random.uniform(0, 2 * pause))


def best_options(sheet: Mapping[str, Any]) -> dict[str, str]:
    """The best option of every criterion, and of the first of several cases."""
    ticks: dict[str, str] = {}
    seen: set[str] = set()

    def tick(criterion: Mapping[str, Any]) -> None:
        for child in criterion.get("criteria") or ():
            tick(child)
        options = criterion.get("options") or ()
        if options and criterion["code"] not in seen:
            seen.add(criterion["code"])
            case = criterion.get("case")
            ticks[f"{criterion['code']}:{case}" if case else criterion["code"]] = options[-1]["key"]

    for part in sheet["parts"]:
        for group in part["groups"]:
            for criterion in group["criteria"]:
                tick(criterion)
    return ticks
