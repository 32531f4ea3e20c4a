"""The feed over HTTP: events by cursor, the daily manifests, and the key that verifies them."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Annotated, Protocol, get_args

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, JsonValue

from services.notification.domain.cursor import checked, cursor, places
from services.notification.domain.interest import EventType, ProductSet
from services.notification.domain.manifest import Span
from services.notification.feed import Reader, Said
from services.notification.manifests import Notary
from services.notification.store import KnownCertificates
from shared.document import CENTRE, Authority
from shared.envelope import named
from shared.errors import Flaw, NotFound
from shared.http import Router
from shared.identity import PUBLIC, Caller, allow
from shared.problems import RequestInvalid

Reading = Annotated[Caller, allow("subscriber", "operator", "observer")]

STREAM_TYPES = frozenset(
    (
        *get_args(EventType),
        "vn.ocop.recognition.decided.v1",
        "vn.ocop.result.announced.v1",
        "vn.ocop.result.forwarded.v1",
        "vn.ocop.result.left-out.v1",
        "vn.ocop.revocation.overdue.v1",
    )
)
"""Everything that is said on the stream."""
MOST_LOOKED_AT = 2_000
"""Records one request looks at, whatever its filters let through."""


class Log(Protocol):
    """Where events are read."""

    def reader(self, who: str) -> AbstractAsyncContextManager[Reader]: ...


class FeedPage(BaseModel):
    """Events in the order of their partitions; ``next`` goes on after them, today or next year.

    ``complete`` says that nothing more was committed when the page was read, or had been said ``until`` then.
    """

    items: list[dict[str, JsonValue]]
    next: str
    complete: bool


class ManifestView(BaseModel):
    """What was said on a day; ``signed`` is the same as a JWS, to be verified with a key of ``GET /events/keys``."""

    day: date
    made_at: datetime
    spans: tuple[Span, ...]
    signed: str


class PublicKeys(BaseModel):
    """The keys that verify manifests, as a JWK set."""

    keys: list[dict[str, str]]


def routes(log: Log, notary: Notary, certificates: KnownCertificates) -> APIRouter:
    """The routes of the feed."""
    router = Router(prefix="/events", tags=["events"])

    @router.get("", response_model=FeedPage)
    async def read(
        caller: Reading,
        after: Annotated[str | None, Query(max_length=4_000, description="The value `next` of the last page.")] = None,
        since: Annotated[AwareDatetime | None, Query(description="Where to begin without a cursor.")] = None,
        until: Annotated[AwareDatetime | None, Query(description="Where to end: nothing said from then on.")] = None,
        type: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
        province: Annotated[list[Authority], Query(max_length=64)] = [],  # noqa: B006
        product_set: Annotated[list[ProductSet], Query(max_length=64)] = [],  # noqa: B006
        stars: Annotated[list[Annotated[int, Query(ge=1, le=5)]], Query(max_length=5)] = [],  # noqa: B006
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    ) -> Response:
        """Events of the certificates streams, oldest first within a partition, each with its place.

        Between partitions there is no order. Everything is here, results and decisions too, so that the sequence of a
        subject has no gap; a filter leaves gaps of its own.
        """
        _check_types(type)
        wanted: Mapping[str, Collection[str | int]] = {
            "province": set(province),
            "product_set": set(product_set),
            "stars": set(stars),
        }
        async with log.reader(_who(caller)) as reader:
            ends = await reader.ends()
            asked = places(after) if after is not None else (await reader.since(since) if since is not None else {})
            at = dict(checked(asked, ends))
            if until is not None:
                # A cursor may lie behind that already; then there is nothing left of it.
                ends = {each: max(end, at[each]) for each, end in (await reader.since(until)).items()}
            items: list[dict[str, JsonValue]] = []
            looked_at = 0
            async for partition, offset, said in reader.events(dict(at), ends):
                at[partition] = offset + 1
                looked_at += 1
                if said is None or (type and said.type not in type) or not _shown(said, caller):
                    continue
                if await _wanted(said, wanted, certificates):
                    items.append(said.event())
                if len(items) >= limit or looked_at >= MOST_LOOKED_AT:
                    break
        complete = all(at[each] >= end for each, end in ends.items())
        # What was read as JSON is JSON: to look at every value again would hold up everybody for tens of milliseconds.
        page = FeedPage.model_construct(items=items, next=cursor(at), complete=complete)
        return Response(page.model_dump_json(), media_type="application/json")

    @router.get("/manifests/{day}")
    async def manifest(day: date, caller: Reading) -> ManifestView:
        """Count and hash of each partition's events of one day in Việt Nam."""
        async with log.reader(_who(caller)) as reader:
            made = await notary.of(day, reader)
        return ManifestView(day=made.day, made_at=made.made_at, spans=made.spans, signed=made.signed)

    @router.get("/keys", dependencies=[PUBLIC])
    async def keys() -> PublicKeys:
        """The public half of the key that signs manifests."""
        public = (await notary.key()).as_dict(private=False)
        return PublicKeys(keys=[{name: str(value) for name, value in public.items()}])

    return router


def _who(caller: Caller) -> str:
    """A system reads as one, however many connections it has."""
    return caller.appointment.organisation or caller.principal


def _check_types(types: list[str]) -> None:
    unknown = [
        Flaw("?type", f"Không có loại sự kiện «{each[:100]}».", f"There is no event type “{each[:100]}”.")
        for each in types
        if each not in STREAM_TYPES
    ]
    if unknown:
        raise RequestInvalid(*unknown, count=len(unknown))


def _shown(said: Said, caller: Caller) -> bool:
    """Subscribers follow all certificates; whoever looks after one authority sees what is its own."""
    everything = caller.role == "subscriber" or caller.authority == CENTRE
    return everything or caller.authority in (said.partition.authority, said.data.get("province"))


async def _wanted(said: Said, wanted: Mapping[str, Collection[str | int]], certificates: KnownCertificates) -> bool:
    data = dict(said.data)
    if any(wanted[name] and name not in data for name in ("product_set", "stars")):
        try:
            known = await certificates.get(named(said.source, said.subject, "certificate"))
        except NotFound:
            return False
        data = {"product_set": known.product_set, "stars": known.stars} | data
    return all(not chosen or data.get(name) in chosen for name, chosen in wanted.items())
