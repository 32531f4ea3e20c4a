"""The body of a request: read once, bounded, and decoded so that nothing odd in it gets past the edge."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

from pydantic import JsonValue
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from shared.errors import Flaw, Refusal

_JSON = re.compile(r"\s*application/(?:json|[\w.!#$&^-]+\+json)\s*(?:;\s*charset\s*=\s*\"?utf-8\"?\s*)?", re.IGNORECASE)


class Limits(NamedTuple):
    """What a service takes from one request: bytes of its body, and seconds for them to arrive."""

    size: int = 1 << 20
    seconds: float = 30


USUAL_LIMITS = Limits()

LINGERED = 32 << 20
"""Bytes of a body too large that are still taken, and thrown away."""


class BodyTooSlow(Refusal):
    status = 408
    vi = "Nội dung không đến đủ trong {seconds} giây. Hãy gửi lại."
    en = "The body did not arrive within {seconds} seconds. Send it again."


class BodyTooLarge(Refusal):
    status = 413
    vi = "Nội dung gửi lên quá {most} byte. Hãy chia nhỏ rồi gửi lại."
    en = "The body has more than {most} bytes. Send it in smaller parts."


class BodyNotJson(Refusal):
    status = 400
    vi = "Nội dung gửi lên không phải JSON đúng ({why}). Hãy sửa rồi gửi lại."
    en = "The body is not valid JSON ({why}). Mend it and send it again."


class BodyHasNul(Refusal):
    status = 400
    vi = "Nội dung gửi lên có ký tự NUL, không lưu được. Hãy bỏ ký tự đó."
    en = "The body holds a NUL character, which cannot be kept. Remove it."


class ContentTypeUnsupported(Refusal):
    status = 415
    vi = "Chỉ nhận nội dung «application/json», không nén."
    en = "Only bodies of the type “application/json”, not compressed, are taken."


class ContentEncoded(Refusal):
    status = 415
    vi = "Hãy gửi tệp nguyên dạng, không nén trên đường truyền."
    en = "Send the file as it is, not compressed on the way."


class BodyRequest(Request):
    """A request whose body is bounded and decoded before FastAPI sees it."""

    _bytes: bytes | None = None
    _value: JsonValue = None

    async def body(self) -> bytes:
        if self._bytes is None:
            limits: Limits = self.app.state.limits
            try:
                async with asyncio.timeout(limits.seconds):
                    self._bytes = await self._read(limits.size)
            except TimeoutError:
                raise BodyTooSlow(seconds=limits.seconds) from None
        return self._bytes

    async def json(self) -> JsonValue:
        return self._value

    async def decode(self) -> None:
        """Reads and decodes the body; refuses one that is too large, of another type, or not clean JSON."""
        body = await self.body()
        if body:
            headers = self.headers
            if not _JSON.fullmatch(headers.get("content-type", "")) or "content-encoding" in headers:
                raise ContentTypeUnsupported()
            self._value = decoded(body)

    async def _read(self, most: int) -> bytes:
        if _says_more_than(max(most, LINGERED), self):
            raise BodyTooLarge(most=most)
        parts: list[bytes] = []
        size = 0
        while True:
            part, ended = _part(await self.receive())
            size += len(part)
            if size > most:
                # Whoever is still sending does not read yet: an answer now would be lost with the connection.
                parts.clear()
                if ended or size > LINGERED:
                    raise BodyTooLarge(most=most)
            elif ended:
                return b"".join((*parts, part)) if parts else part
            else:
                parts.append(part)


async def streamed(request: Request, most: int, idle: float = 30) -> AsyncIterator[bytes]:
    """The body piece by piece, for what is too large to be held; ``idle`` is how long its next piece may take.

    Raises ``BodyTooLarge``, at once when the request says itself that it is far larger, ``BodyTooSlow``, or
    ``ClientDisconnect``.
    """
    if _says_more_than(most + LINGERED, request):
        raise BodyTooLarge(most=most)
    if "content-encoding" in request.headers:
        raise ContentEncoded()
    size = 0
    while True:
        try:
            async with asyncio.timeout(idle):
                part, ended = _part(await request.receive())
        except TimeoutError:
            raise BodyTooSlow(seconds=idle) from None
        size += len(part)
        if size > most:
            # As above: what is too large is taken to its end, so that the answer arrives.
            if ended or size > most + LINGERED:
                raise BodyTooLarge(most=most)
        elif part:
            yield part
        if ended:
            return


def _says_more_than(most: int, request: Request) -> bool:
    declared = request.headers.get("content-length", "")
    return declared.isdecimal() and (len(declared) > 15 or int(declared) > most)


def _part(message: Message) -> tuple[bytes, bool]:
    """A piece of the body, and whether it is the last. Raises ``ClientDisconnect``."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect()
    return message.get("body", b""), not message.get("more_body", False)


def decoded(body: bytes) -> JsonValue:
    """``body`` as JSON. Not UTF-8, lone surrogates, NaN, very deep nesting and NUL are refused.

    Of a name that stands twice in one object the last value counts.
    """
    try:
        value: JsonValue = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BodyNotJson(why=str(error)[:200]) from error
    # A NUL can only be written as this escape; the value is walked only when the bytes hold it.
    if b"\\u0000" in body:
        found = next(_nul(value, ""), None)
        if found is not None:
            raise BodyHasNul(Flaw(found, BodyHasNul.vi, BodyHasNul.en))
    return value


def _nul(value: JsonValue, pointer: str) -> Iterator[str]:
    """The places in ``value`` that hold a NUL, as JSON pointers."""
    if isinstance(value, str):
        if "\x00" in value:
            yield pointer
    elif isinstance(value, dict):
        for name, inner in value.items():
            if "\x00" in name:
                yield pointer
            yield from _nul(inner, f"{pointer}/{name[:100].replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _nul(inner, f"{pointer}/{index}")
