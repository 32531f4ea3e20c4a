"""Plays a script against the services, act by act, as its people would: over HTTP and nothing else.

Every command carries an Idempotency-Key made of the script, so that a second run, or one after a crash, goes on with
what is there and comes to the same end.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from deploy.ocop import clock
from deploy.ocop.client import Client, Paged, Who
from deploy.ocop.scenario.answers import (
    Certificate,
    CouncilResult,
    DecisionReceipt,
    Done,
    Dossier,
    Evaluation,
    HandoverReceipt,
    Items,
    Messages,
    Receipt,
    Result,
    Scheduled,
    SheetReceived,
    Verification,
)
from deploy.ocop.scenario.cast import Cast
from deploy.ocop.scenario.counts import Counts, count
from deploy.ocop.scenario.script import Complete, Owner, Product, Said, Script
from deploy.ocop.scenario.stage import Stage
from deploy.ocop.scenario.ticks import SheetOnFile, tick
from deploy.ocop.telling import NotRunning
from shared.clock import day, midnight
from shared.timers import FURTHEST

T = TypeVar("T")

AT_ONCE = 8
"""Requests under way together."""
PATIENCE = 120.0
"""Seconds without any progress after which waiting for the services is given up."""
SAMPLES = 5
CONTENTS = ("local_origin", "local_labour", "idea_origin", "local_identity")
"""What a commune assesses in form 03."""
LEANINGS = (0, 1, -1, 2, -2)
"""By how many points the members differ; the council as a whole is of one mind."""


class Play:
    """One performance of a script."""

    def __init__(self, client: Client, script: Script, stage: Stage) -> None:
        self._client = client
        self._script = script
        self._stage = stage
        self._cast = Cast(script)
        self._products: dict[str, str] = {}
        self._dossiers: dict[str, str] = {}
        self._certified: list[str] = []

    async def run(self) -> Counts:
        """Every act in turn; the figures at the end are the services' own."""
        await self._begin()
        await self._register()
        await self._submit()
        evaluations = await self._opened()
        sessions = await self._convene(evaluations)
        await self._score(evaluations)
        await self._close(evaluations, sessions)
        await self._finalise(evaluations)
        await self._decide(evaluations)
        certificates = await self._issued(evaluations)
        await self._hand_over(certificates)
        await self._verify(certificates)
        if self._client.system.clock_file is None:
            self._stage.tell("this system runs on the real clock: the certificates stay valid for 36 months")
            await self._told(certificates, "certificate-handed-over")
        else:
            for move in self._script.clock:
                await self._move_clock(certificates, move.days_before_end, move.why)
            await self._verify(certificates)
            await self._told(certificates, "certificate-expired")
        return await count(self._client, self._script, self._cast, [each.number for each in certificates])

    async def _begin(self) -> None:
        """A machine whose date is before the sheets of the scenario were in force gets a later trial clock."""
        system, first = self._client.system, midnight(self._script.begins_not_before)
        if clock.now(system) < first:
            clock.move(system.moved_clock(), first + timedelta(hours=12))
            await clock.accept(self._client)
            self._stage.tell(f"the trial clock is put at {self._script.begins_not_before}, when the sheets apply")

    async def _register(self) -> None:
        owners, products = self._script.owners, self._script.products
        with self._stage.act(
            Said(vi="Đăng ký chủ thể, sản phẩm", en="owners and products register"), len(owners) + len(products)
        ) as act:

            async def owner(owner: Owner) -> None:
                body = {name: getattr(owner, name) for name in ("name", "kind", "commune", "email", "language")}
                who = self._cast.owner(owner)
                await self._client.post("dossier", "/owners", Receipt, who, body, key=self._key("owner", owner.id))
                act.done()
                for product in owner.products:
                    await self._product(owner, product)
                    act.done()

            await _together(owner(each) for each in owners)

    async def _product(self, owner: Owner, product: Product) -> None:
        body = {
            "owner_id": owner.id,
            "name": product.name,
            "product_set": product.product_set,
            "commune": owner.commune,
        }
        who, key = self._cast.owner(owner), self._key("product", product.id)
        self._products[product.id] = (await self._client.post("dossier", "/products", Receipt, who, body, key=key)).id
        if product.draft is not None:
            draft = {
                "product_id": self._products[product.id],
                "case_kind": "first",
                "form": {"description": product.draft.description},
            }
            await self._client.post("dossier", "/dossiers", Receipt, who, draft, key=self._key("draft", product.id))

    async def _submit(self) -> None:
        with self._stage.act(
            Said(vi="Nộp hồ sơ", en="complete dossiers are submitted"), len(self._script.submitted)
        ) as act:

            async def submit(owner: Owner, product: Product, complete: Complete) -> None:
                who = self._cast.owner(owner)
                form = {
                    **complete.form.model_dump(),
                    "local_labour": owner.local_labour,
                    "self_score": complete.points,
                    "evidence": list(self._script.evidence),
                }
                body = {"product_id": self._products[product.id], "case_kind": complete.case_kind, "form": form}
                opened = await self._client.post(
                    "dossier", "/dossiers", Receipt, who, body, key=self._key("dossier", product.id)
                )
                submits = who
                if complete.case_kind == "first":
                    await self._through_the_offices(opened.id, owner, product)
                    submits = self._cast.agency
                path, key = f"/dossiers/{opened.id}/submission", self._key("submission", product.id)
                await self._client.post("dossier", path, Receipt, submits, {}, key=key)
                self._dossiers[product.id] = opened.id
                act.done()

            await _together(submit(*each) for each in self._script.submitted)

    async def _through_the_offices(self, id: str, owner: Owner, product: Product) -> None:
        """Lodged, received and assessed by the commune, registered by the agency.

        The re-evaluation takes the short way: its certificate, and what the commune found, are older than the system.
        """
        commune, agency = self._cast.commune(owner.commune), self._cast.agency

        async def made(step: str, who: Who, body: dict[str, object]) -> None:
            key = self._key(step, product.id)
            await self._client.post("dossier", f"/dossiers/{id}/{step}", Receipt, who, body, key=key)

        await made("lodging", self._cast.owner(owner), {})
        await made("receipt", commune, {"samples": SAMPLES})
        # The letter is of the day it was written, so a later run must not write another.
        if (await self._followed(id)).state == "commune_review":
            letter = {"number": f"{product.id}/TTr-UBND", "on": day(clock.now(self._client.system)).isoformat()}
            contents = [{"content": each, "met": True, "remark": "Đạt yêu cầu."} for each in CONTENTS]
            await made("assessment", commune, {"contents": contents, "letter": letter, "samples": SAMPLES})
        await made("registration", agency, {"samples": SAMPLES})

    async def _opened(self) -> list[Evaluation]:
        """The evaluations of the script's dossiers, once scoring has opened them all."""
        wanted = set(self._dossiers.values())
        with self._stage.act(Said(vi="Hội đồng mở phiên chấm", en="scoring opens the evaluations"), len(wanted)) as act:

            async def opened() -> list[Evaluation]:
                every = await self._client.pages("scoring", "/evaluations", Paged[Evaluation], self._cast.secretary)
                found = [each for each in every if each.dossier_id in wanted]
                act.reached(len(found))
                return found

            found = await _until(opened, lambda found: len(found) >= len(wanted), "scoring to open the evaluations")
        self._stage.tell(f"{len(found)} evaluations, each with the hash of its sheet frozen in")
        return found

    async def _convene(self, evaluations: Sequence[Evaluation]) -> list[str]:
        """A session of the council for whatever no session has been called for yet; the sessions they are all in."""
        called = [each for each in evaluations if each.session is not None]
        left = [each.id for each in evaluations if each.session is None and each.state == "open"]
        sessions = {each.session for each in called if each.session is not None and each.state == "open"}
        with self._stage.act(Said(vi="Hội đồng họp", en="the council meets"), len(evaluations)) as act:
            act.done(len(evaluations) - len(left))
            if left:
                sessions.add(await self._session(left))
                act.done(len(left))
            present = [who.subject for who in (*self._cast.scoring, self._cast.secretary)]
            for session in sorted(sessions):
                path, key = f"/sessions/{session}/attendance", self._key("attendance", session)
                await self._client.post("scoring", path, Items, self._cast.secretary, {"present": present}, key=key)
        return sorted(sessions)

    async def _session(self, agenda: Sequence[str]) -> str:
        council, on = self._script.council, day(clock.now(self._client.system))
        seats = {council.chair: "chair", council.secretary: "secretary"} | dict.fromkeys(council.members, "member")
        membership = {
            "decision": council.decision,
            "since": self._script.begins_not_before.isoformat(),
            "members": [{"person": person, "seat": seat} for person, seat in seats.items()],
        }
        await self._client.post("scoring", "/councils", Done, self._cast.agency, membership, key=self._key("council"))
        body = {"round": 1 if on.month <= 6 else 2, "on": on.isoformat(), "agenda": list(agenda)}
        # The day is part of the key: a run that broke off calls the rest to a session of its own day.
        key = self._key("session", on.isoformat())
        return (await self._client.post("scoring", "/sessions", Scheduled, self._cast.secretary, body, key=key)).id

    async def _close(self, evaluations: Sequence[Evaluation], sessions: Sequence[str]) -> None:
        """Product by product the blind phase closes, and then the session on its minutes."""
        with self._stage.act(Said(vi="Kết thúc phiên họp", en="the session closes"), len(evaluations)) as act:

            async def close(evaluation: Evaluation) -> None:
                if evaluation.state == "open":
                    path = f"/evaluations/{evaluation.id}/blind-phase/closing"
                    key = self._key("blind-phase", evaluation.id)
                    await self._client.post("scoring", path, Done, self._cast.secretary, {}, key=key)
                act.done()

            await _together(close(each) for each in evaluations)
            for session in sessions:
                path, body = f"/sessions/{session}/closing", {"minutes": self._script.council.minutes}
                key = self._key("minutes", session)
                await self._client.post("scoring", path, Done, self._cast.secretary, body, key=key)

    async def _score(self, evaluations: Sequence[Evaluation]) -> None:
        """Every member of the council fetches the sheet and ticks it."""
        members = self._cast.scoring
        with self._stage.act(
            Said(vi="Thành viên chấm điểm", en="members tick their sheets"), len(evaluations) * len(members)
        ) as act:
            sheets = {
                hash: await self._client.get("scoring", f"/sheets/{hash}", SheetOnFile)
                for hash in sorted({each.sheet_hash for each in evaluations})
            }

            async def score(evaluation: Evaluation) -> None:
                if evaluation.state != "open":
                    act.done(len(members))
                    return
                complete = self._complete(evaluation)
                for member, leaning in zip(members, LEANINGS, strict=True):
                    sheet = sheets[evaluation.sheet_hash]
                    ticks = tick(sheet.sheet, complete.points, short_of=complete.short_of, leaning=leaning)
                    await self._client.post(
                        "scoring",
                        f"/evaluations/{evaluation.id}/sheets",
                        SheetReceived,
                        member,
                        {"sheet_hash": sheet.hash, "ticks": ticks},
                        key=self._key("sheet", evaluation.id),
                    )
                    act.done()

            await _together(score(each) for each in evaluations)

    async def _finalise(self, evaluations: Sequence[Evaluation]) -> None:
        with self._stage.act(Said(vi="Hội đồng chốt kết quả", en="the council finalises"), len(evaluations)) as act:

            async def finalise(evaluation: Evaluation) -> None:
                if evaluation.state == "open":
                    path, key = f"/evaluations/{evaluation.id}/finalisation", self._key("final", evaluation.id)
                    result = await self._client.post("scoring", path, Result, self._cast.secretary, {}, key=key)
                    if result.stars < self._script.decision.stars:
                        self._stage.tell(
                            f"{self._name(evaluation)}: {result.average} points on average, but a minimum is not met: "
                            f"{result.stars} stars"
                        )
                act.done()

            await _together(finalise(each) for each in evaluations)

    async def _decide(self, evaluations: Sequence[Evaluation]) -> None:
        """One decision of the chair over everything that waits."""
        ours = {each.id for each in evaluations}

        async def known() -> list[CouncilResult]:
            every = await self._client.pages("certification", "/results", Paged[CouncilResult], self._cast.chair)
            return [each for each in every if each.evaluation_id in ours]

        with self._stage.act(Said(vi="Chủ tịch tỉnh ra quyết định", en="the chair decides"), len(ours)) as act:
            results = await _until(known, lambda found: len(found) >= len(ours), "certification to hear every result")
            waiting = [each for each in results if each.state == "waiting"]
            if waiting:
                await self._before_the_announcement(waiting[0].dossier_id)
                await self._decision(sorted(waiting, key=lambda each: each.dossier_id))

            async def announced() -> int:
                count = sum(each.state == "announced" for each in await known())
                act.reached(count)
                return count

            await _until(announced, lambda count: count >= len(ours), "every result to be announced")

    async def _before_the_announcement(self, dossier_id: str) -> None:
        """The agency knows a result before the owner does."""
        owner = next(owner for owner, product, _ in self._script.submitted if self._dossiers[product.id] == dossier_id)
        seen = [
            (await self._client.get("dossier", f"/dossiers/{dossier_id}", Dossier, who)).state
            for who in (self._cast.agency, self._cast.owner(owner))
        ]
        self._stage.tell(f"before the decision the agency sees “{seen[0]}”, the owner “{seen[1]}”")

    async def _decision(self, waiting: Sequence[CouncilResult]) -> None:
        made, on = self._script.decision, day(clock.now(self._client.system))
        items: list[dict[str, object]] = [
            {"evaluation_id": each.evaluation_id, "outcome": "recognised", "stars": made.stars}
            if each.stars >= made.stars
            else {"evaluation_id": each.evaluation_id, "outcome": "not_recognised"}
            for each in waiting
        ]
        body = {
            "number": made.number,
            "decided_on": on.isoformat(),
            "signer": made.signer.model_dump(),
            "items": items,
        }
        # The day is part of the key: a run that broke off is repeated the same day or decides anew.
        key = self._key("decision", made.number, on.isoformat())
        signed = await self._client.post(
            "certification", "/decisions", DecisionReceipt, self._cast.chair, body, key=key
        )
        self._stage.tell(
            f"decision {signed.number} names {len(items)} products and gives {len(signed.certificates)} certificates"
        )

    async def _issued(self, evaluations: Sequence[Evaluation]) -> list[Certificate]:
        """The certificates of the script's products, once the dossier service knows them all too."""
        ours = {each.id: each.dossier_id for each in evaluations}
        results = await self._client.pages("certification", "/results", Paged[CouncilResult], self._cast.chair)
        recognised = [each for each in results if each.evaluation_id in ours and each.outcome == "recognised"]
        with self._stage.act(Said(vi="Cấp giấy chứng nhận", en="certificates are issued"), len(recognised)) as act:
            numbers: set[str] = set()

            async def known() -> int:
                for each in recognised:
                    dossier = await self._followed(each.dossier_id)
                    numbers.update(certificate.number for certificate in dossier.certificates)
                act.reached(len(numbers))
                return len(numbers)

            await _until(known, lambda count: count >= len(recognised), "the dossiers to hear of their certificates")
        self._certified = [each.dossier_id for each in recognised]
        return await self._certificates(numbers)

    async def _certificates(self, numbers: Iterable[str]) -> list[Certificate]:
        wanted = set(numbers)
        every = await self._client.pages("certification", "/certificates", Paged[Certificate], self._cast.agency)
        return sorted((each for each in every if each.number in wanted), key=lambda each: each.number)

    async def _hand_over(self, certificates: Sequence[Certificate]) -> None:
        place, on = self._script.ceremony.place, day(clock.now(self._client.system))
        left = [each.number for each in certificates if each.handed_over is None]
        with self._stage.act(
            Said(vi="Trao giấy chứng nhận", en="certificates are handed over"), len(certificates)
        ) as act:
            act.done(len(certificates) - len(left))
            if left:
                body = {"numbers": left, "handed_over_on": on.isoformat(), "place": place}
                key = self._key("ceremony", on.isoformat())
                who = self._cast.agency
                await self._client.post("certification", "/handovers", HandoverReceipt, who, body, key=key)

    async def _verify(self, certificates: Sequence[Certificate]) -> None:
        """Everybody may look a number up; nobody signs in here."""
        with self._stage.act(Said(vi="Tra cứu công khai", en="anybody looks the numbers up"), len(certificates)) as act:
            answers: list[Verification] = []

            async def verify(certificate: Certificate) -> None:
                answers.append(
                    await self._client.get("certification", f"/certificates/{certificate.number}", Verification)
                )
                act.done()

            await _together(verify(each) for each in certificates)
        found = {each.validity: sum(other.validity == each.validity for other in answers) for each in answers}
        told = ", ".join(f"{count} {validity}" for validity, count in sorted(found.items()))
        self._stage.tell(f"the public look-up says: {told}; “{min(answers, key=lambda each: each.number).says['vi']}”")

    async def _move_clock(self, certificates: Sequence[Certificate], days: int, why: Said) -> None:
        """Puts the trial clock so many days before the end; the guard stops the timers until the jump is accepted."""
        end = max(each.valid_until for each in certificates)
        to = midnight(end - timedelta(days=days)) + timedelta(hours=8)
        system = self._client.system
        with self._stage.act(
            Said(vi=f"Đồng hồ: {why.vi.lower()}", en=f"{why.en[0].lower()}{why.en[1:]}"),
            len(self._certified),
        ) as act:
            before = clock.now(system)
            if before < to:
                clock.move(system.moved_clock(), to)
            await self._accept_clock(jumped=to - before > FURTHEST)

            async def reached() -> int:
                count = 0
                for id in self._certified:
                    (certificate, *_) = (await self._followed(id)).certificates
                    warned = certificate.expiring is not None and certificate.expiring.days_left <= days
                    count += certificate.expired_after is not None or warned
                act.reached(count)
                return count

            await _until(reached, lambda count: count >= len(self._certified), "every certificate to reach this day")

    async def _accept_clock(self, jumped: bool) -> None:
        """Waits for the guard after a jump, and vouches for the clock; also for a jump that a run left behind."""
        stopped = await clock.stopped(self._client)
        for _ in range(20):
            if stopped or not jumped:
                break
            await asyncio.sleep(0.5)
            stopped = await clock.stopped(self._client)
        if stopped or jumped:
            accepted = [each.service for each in await clock.accept(self._client) if each.outcome == "accepted"]
            self._stage.tell(
                f"{day(clock.now(self._client.system))}: the clock guard stopped the timers of "
                f"{', '.join(sorted(stopped)) or 'no service'}; `ocop clock accept` let them go on in "
                f"{', '.join(accepted) or 'none'}"
            )

    async def _told(self, certificates: Sequence[Certificate], last: str) -> None:
        """Waits until every message has been sent: each of the ``last`` template is there, and none waits."""
        with self._stage.act(Said(vi="Gửi thông báo", en="messages are sent"), len(self._certified)) as act:

            async def sent() -> int:
                messages = await self._client.get("notification", "/summary", Messages, self._cast.agency)
                count = messages.sent.get(last, 0)
                act.reached(min(count, len(certificates)))
                waits = messages.states.get("waiting", 0) + messages.states.get("sending", 0)
                return count - waits

            await _until(sent, lambda count: count >= len(certificates), "the last messages to be sent")

    async def _followed(self, dossier_id: str) -> Dossier:
        return await self._client.get("dossier", f"/dossiers/{dossier_id}", Dossier, self._cast.agency)

    def _complete(self, evaluation: Evaluation) -> Complete:
        return next(
            complete
            for _, product, complete in self._script.submitted
            if self._dossiers[product.id] == evaluation.dossier_id
        )

    def _name(self, evaluation: Evaluation) -> str:
        return next(
            product.name
            for _, product, _ in self._script.submitted
            if self._dossiers[product.id] == evaluation.dossier_id
        )

    def _key(self, *parts: str) -> str:
        return ":".join((self._script.name, *parts))


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All of it, a few at a time; the first failure ends the rest."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(each: Coroutine[Any, Any, None]) -> None:
        async with turn:
            await each

    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(one(each))
    except ExceptionGroup as failed:
        # One reason is enough for a person to act on.
        raise failed.exceptions[0] from failed


async def _until(ask: Callable[[], Awaitable[T]], enough: Callable[[T], bool], what: str) -> T:
    """Asks until the answer is enough. Raises ``NotRunning`` after a time without any change."""
    last: T | None = None
    since = time.monotonic()
    while True:
        answer = await ask()
        if enough(answer):
            return answer
        if answer != last:
            last, since = answer, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise NotRunning(f"waited {PATIENCE:.0f} s in vain for {what}; see `ocop status` and `ocop parked list`")
        await asyncio.sleep(0.25)
