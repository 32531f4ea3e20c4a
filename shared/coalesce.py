"""Calls in flight together go out as one: the heart of the group commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Coalesced(Generic[Q, A]):
    """Gathers single questions and asks them together.

    ``together`` answers many questions in one round trip, in their order; while it is away the next questions
    gather. An exception it raises is every asker's.
    """

    def __init__(self, together: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, most: int) -> None:
        self._together = together
        self._most = most
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._running: asyncio.Task[None] | None = None

    def ask(self, question: Q) -> asyncio.Future[A]:
        """The answer, once the round that takes this question has come back."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._running is None:
            # The task starts in the loop's next turn, so that everybody who is about to ask can join.
            self._running = asyncio.create_task(self._rounds())
        return answer

    async def _rounds(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._round(taken)
        finally:
            self._running = None

    async def _round(self, taken: list[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._together([question for question, _ in taken])
        except Exception as error:  # noqa: BLE001 - it is handed on to everyone who asked
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(taken, answers, strict=True):
            if not future.done():
                future.set_result(answer)
