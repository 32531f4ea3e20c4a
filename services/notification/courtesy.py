"""How whoever reads the past gives way to what is delivered now: few at once, in small pieces, with long rests."""

from asyncio import Lock, sleep
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.errors import Refusal

MOST_READERS = 4
"""Pages that one process reads at once."""
PIECE = 25
"""Records read without a look at the others; a millisecond or two of the one loop that everything shares."""
REST, LONG_REST = 2, 16
"""All readers together rest so many times as long as they read, which is half of what they do; the long rest is for
while something is delivered."""
PAUSE = 1
"""Seconds after which a reader who was refused may ask again."""


class FeedBusy(Refusal):
    status = 429
    vi = (
        "Mỗi hệ thống đọc một trang mỗi lúc, tất cả tối đa {most} trang. Hãy hỏi lại sau {seconds} giây với con trỏ cũ."
    )
    en = "Each system reads one page at a time, {most} are read in all. Ask again in {seconds} s with the same cursor."


class Courtesy:
    """The readers of one process.

    Deliveries and pages share one loop. A delivery takes many turns of it and has to ask the database in between, so
    that four readers who take every turn they get would make it wait many times over. Therefore a page is read in
    pieces, one reader's piece at a time, and after each the loop is free for a while.
    """

    def __init__(self, delivering: Callable[[], bool], most: int = MOST_READERS) -> None:
        self._delivering = delivering
        self._most = most
        self._seats: set[str] = set()
        self._turn = Lock()

    @contextmanager
    def seat(self, reader: str) -> Iterator[None]:
        """Read as ``reader``. Raises ``FeedBusy`` when it is reading already, or when too many are.

        Nobody waits in line: a line would grow with every reader who gives up and asks again.
        """
        if reader in self._seats or len(self._seats) >= self._most:
            raise FeedBusy(most=self._most, seconds=PAUSE)
        self._seats.add(reader)
        try:
            yield
        finally:
            self._seats.discard(reader)

    async def rest(self, worked: float) -> None:
        """Let others go first after ``worked`` seconds of reading. Readers rest one after the other."""
        async with self._turn:
            await sleep(self.pause(worked))

    def pause(self, worked: float) -> float:
        """How long to rest after so many seconds of reading."""
        return worked * (LONG_REST if self._delivering() else REST)
