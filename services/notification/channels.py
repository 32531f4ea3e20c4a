"""How a message leaves: over SMTP, onto the console when there is no provider, or into the inbox."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPTimeoutError,
)

from shared.errors import Unavailable
from shared.telemetry import log_for

log = log_for(__name__)

SECONDS = 30.0
"""How long a mail server may take for one answer."""

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class Parcel(NamedTuple):
    """A message ready to leave: the address, what is shown of it, and its bytes."""

    recipient: str
    title: str
    content: bytes
    message_id: str
    digest: str
    """The SHA-256 of what its recipient reads."""


class Outcome(NamedTuple):
    """What became of a message, in the server's words with every address taken out."""

    kind: Literal["accepted", "deferred", "refused", "unanswered"]
    reply: str


class ChannelAway(Unavailable):
    """The provider does not answer, or takes nothing from us now. No message is to blame."""


class Session(Protocol):
    """A connection over which messages go one after the other."""

    async def ready(self) -> None:
        """Raises ``ChannelAway`` when nothing can be sent now."""
        ...

    async def send(self, parcel: Parcel, mark: str) -> Outcome:
        """Send one message. ``mark`` names this attempt, for a channel that keeps what it shows."""
        ...


class Channel(Protocol):
    """A way for messages to leave."""

    name: str

    def session(self) -> AbstractAsyncContextManager[Session]: ...


class SmtpChannel:
    """A mail server: ``smtp://[user:password@]host[:port]``, or ``smtps://`` for TLS from the first byte.

    Over ``smtp://`` STARTTLS is used when the server offers it.
    """

    name = "smtp"

    def __init__(self, url: str, sender: str, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("OCOP_SMTP_URL is not of the form smtp://[user:password@]host:port")
        self._host, self._port = parts.hostname, parts.port
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._local_hostname = sender.rpartition("@")[2]
        self._seconds = seconds

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        client = SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            local_hostname=self._local_hostname,
            timeout=self._seconds,
        )
        try:
            yield _SmtpSession(client, self._sender)
        finally:
            if client.is_connected:
                with suppress(SMTPException, OSError):
                    await client.quit(timeout=2)
            client.close()


class _SmtpSession:
    def __init__(self, client: SMTP, sender: str) -> None:
        self._client = client
        self._sender = sender

    async def ready(self) -> None:
        try:
            if self._client.is_connected:
                # A server that closed while we were away is met here, before anything is written down.
                with suppress(SMTPException, OSError):
                    await self._client.rset()
            if not self._client.is_connected:
                await self._client.connect()
                await self._client.ehlo()
        except (SMTPException, OSError) as error:
            raise ChannelAway(f"the mail server: {_said(error)}") from error

    async def send(self, parcel: Parcel, mark: str) -> Outcome:
        try:
            await self._client.mail(self._sender)
            await self._client.rcpt(parcel.recipient)
        except SMTPRecipientRefused as error:
            return self._refused(error)
        except (SMTPException, OSError) as error:
            # Nothing of the message has left yet, so whatever it was, it can be tried again without risk.
            self._hang_up(error)
            return Outcome("deferred", _said(error))
        try:
            answer = await self._client.data(parcel.content)
        except SMTPResponseException as error:
            return self._refused(error)
        except (SMTPException, OSError) as error:
            self._hang_up(error)
            return Outcome("unanswered", _said(error))
        return Outcome("accepted", _said(SMTPResponseException(answer.code, answer.message)))

    def _refused(self, error: SMTPResponseException) -> Outcome:
        self._hang_up(error)
        return Outcome("refused" if 500 <= error.code < 600 else "deferred", _said(error))

    def _hang_up(self, error: Exception) -> None:
        """After a silence, or the farewell 421, the connection is of no more use."""
        farewell = isinstance(error, SMTPResponseException) and error.code == 421
        if farewell or isinstance(error, SMTPTimeoutError):
            self._client.close()


def _said(error: Exception) -> str:
    """A server's words for the record: short, and without anybody's address."""
    if isinstance(error, SMTPResponseException):
        words = f"{error.code} {error.message}"
    else:
        words = f"{type(error).__name__}: {error}"
    return _ADDRESS.sub("…@…", " ".join(words.split()))[:300]


class ConsoleChannel:
    """For one's own machine: a line in the log and, when a folder is named, the message as a file in it.

    Every attempt has a file of its own, so that a message sent twice shows.
    """

    name = "console"

    def __init__(self, folder: Path | None, ending: str = "eml") -> None:
        self._folder = folder
        self._ending = ending

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        yield self

    async def ready(self) -> None:
        if self._folder is not None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise ChannelAway(f"the mail folder: {type(error).__name__}") from error

    async def send(self, parcel: Parcel, mark: str) -> Outcome:
        if self._folder is not None:
            part = self._folder / f".{mark}"
            try:
                part.write_bytes(parcel.content)
                part.rename(self._folder / f"{mark}.{self._ending}")
            except OSError as error:
                return Outcome("deferred", f"the mail folder: {type(error).__name__}")
        log.info("message_shown", delivery=mark, title=parcel.title)
        return Outcome("accepted", "shown on the console")


class InboxChannel:
    """The inbox inside the system: whatever was written down lies there, so that there is nothing left to do."""

    name = "inbox"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        yield self

    async def ready(self) -> None:
        pass

    async def send(self, parcel: Parcel, mark: str) -> Outcome:
        return Outcome("accepted", "lies in the inbox")
