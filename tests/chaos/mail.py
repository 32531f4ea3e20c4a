"""A real mail server that takes every message and remembers it, now and then slowly."""

import asyncio
import random
from collections import Counter
from email import message_from_bytes

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Counts the messages taken by their Message-ID."""

    def __init__(self, seed: int) -> None:
        self.taken: Counter[str] = Counter()
        self._random = random.Random(f"mail {seed}")
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """Listen on a free port; gives the URL."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, hostname="mail.chaos.test"), "127.0.0.1", 0)
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken[str(message_from_bytes(content)["Message-ID"]).strip()] += 1
        # The moment between «taken» and its acknowledgement is where a sender must be killed now and then.
        if self._random.random() < 0.2:
            await asyncio.sleep(self._random.uniform(0.05, 0.4))
        return "250 taken"
