"""Kills and pauses processes at random points and starts them again, following a plan drawn from a seed."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from deploy.local.missing import StartFailed
from deploy.local.stack import Stack

How = Literal["kill", "pause"]

MOST_DOWN = 8
"""Of the sixteen processes, counting those that were started again and are not ready yet."""
SESSION_SECONDS = 12.0
"""Longer than a consumer's session: its partitions move to the other worker, and back."""
FOUNDATIONS = ("kafka", "mongo")


@dataclass(frozen=True)
class Strike:
    """One victim: how, so long after the strike before, and for how long."""

    victim: str
    how: How
    after: float
    down: float


def plan(seed: int, kills: int, services: Sequence[str], every: float) -> list[Strike]:
    """``kills`` kills and some pauses among them; of ten kills one is Kafka's and one MongoDB's."""
    draw = random.Random(seed)
    strikes: list[Strike] = []
    hand: list[str] = []
    for _ in range(kills):
        if not hand:
            hand = [*FOUNDATIONS, *(draw.choice(services) for _ in range(8))]
            draw.shuffle(hand)
        victim = hand.pop()
        strikes.append(Strike(victim, "kill", draw.uniform(0.2, 1.8) * every, _down(draw, victim)))
        if draw.random() < 0.15:
            paused = draw.choice([*FOUNDATIONS, *services])
            long = "worker" in paused and draw.random() < 0.3
            seconds = SESSION_SECONDS if long else draw.uniform(1, 5)
            strikes.append(Strike(paused, "pause", draw.uniform(0, 1) * every, seconds))
    return strikes


def _down(draw: random.Random, victim: str) -> float:
    if victim in FOUNDATIONS:
        return draw.uniform(0, 3)
    return SESSION_SECONDS if "worker" in victim and draw.random() < 0.06 else draw.uniform(0, 1.5)


class Killer:
    """Carries out a plan on a stack."""

    def __init__(self, stack: Stack, strikes: Sequence[Strike]) -> None:
        self._stack = stack
        self._strikes = strikes
        self._down: dict[str, asyncio.Task[None]] = {}
        self._moved = asyncio.Condition()
        self.kills: Counter[str] = Counter()
        self.pauses: Counter[str] = Counter()
        self.struck = 0

    @property
    def planned(self) -> int:
        return len(self._strikes)

    @property
    def share(self) -> float:
        """How much of the plan is done."""
        return self.struck / len(self._strikes) if self._strikes else 1.0

    async def run(self) -> None:
        """Strike after strike; comes back when everything is up again."""
        for strike in self._strikes:
            await asyncio.sleep(strike.after)
            while len(self._down) >= MOST_DOWN or strike.victim in self._down:
                await asyncio.wait(self._down.values(), return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(self._strike(strike))
            self._down[strike.victim] = task
            task.add_done_callback(self._up_again)
            async with self._moved:
                self.struck += 1
                self._moved.notify_all()
        await asyncio.gather(*self._down.values())

    async def reached(self, share: float) -> None:
        """Wait until so much of the plan is done."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.share >= share)

    def _up_again(self, task: asyncio.Task[None]) -> None:
        self._down = {victim: other for victim, other in self._down.items() if other is not task}

    async def _strike(self, strike: Strike) -> None:
        if strike.how == "pause":
            self.pauses[strike.victim] += 1
            self._stack.pause(strike.victim)
            await asyncio.sleep(strike.down)
            self._stack.resume(strike.victim)
            return
        self.kills[strike.victim] += 1
        self._stack.kill(strike.victim)
        await asyncio.sleep(strike.down)
        # Starting waits for what the member needs, which may be down itself; its time is then over and it tries again.
        while True:
            with contextlib.suppress(StartFailed):
                await self._stack.start(strike.victim)
                return


def members(services: Sequence[str]) -> Iterator[str]:
    """Two processes for the API and two workers of each service; notification sends, and answers nobody here."""
    for service in services:
        if service != "notification":
            yield from (f"{service}-api", f"{service}-api-1")
        yield from (f"{service}-worker", f"{service}-worker-1")
