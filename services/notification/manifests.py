"""Makes and signs the daily manifests, once each, and tells the key that verifies them."""

from collections import defaultdict
from datetime import date, timedelta

from joserfc import jws
from joserfc.jwk import OKPKey
from pydantic import JsonValue

from services.notification.cloudevents import as_json
from services.notification.domain.cursor import Partition, Places
from services.notification.domain.manifest import DayNotOver, Manifest, Span, Sum
from services.notification.feed import STREAM, Reader
from shared.clock import Clock, day, midnight
from shared.collection import Collection
from shared.document import Document
from shared.errors import NotFound
from shared.store import Store

ALGORITHM = "Ed25519"
KEY_ID = "signing-key"


class SigningKey(Document):
    """The pair that signs manifests, made by whichever process first needs it."""

    jwk: dict[str, str]


class SigningKeys(Store[SigningKey]):
    model = SigningKey


class Manifests(Store[Manifest]):
    model = Manifest


class Notary:
    """Counts, hashes and signs what was said on a day."""

    def __init__(self, collection: Collection, authority: str, clock: Clock) -> None:
        self._manifests = Manifests(collection)
        self._keys = SigningKeys(collection)
        self._authority = authority
        self._clock = clock

    async def key(self) -> OKPKey:
        """The key pair; made once."""
        fresh = OKPKey.generate_key("Ed25519", {"kid": "manifests-1", "use": "sig"})
        jwk = {name: str(value) for name, value in fresh.as_dict(private=True).items() if isinstance(value, str)}
        kept = (await self._keys.add(SigningKey(id=KEY_ID, authority=self._authority, jwk=jwk))).document
        return OKPKey.import_key(dict(kept.jwk))

    async def of(self, on: date, reader: Reader) -> Manifest:
        """The manifest of a day; it begins where the one before ended. Raises ``DayNotOver``."""
        now = self._clock()
        if on >= day(now):
            raise DayNotOver(day=on)
        try:
            return await self._manifests.get(_id(on))
        except NotFound:
            pass
        spans = await self._spans(on, reader)
        told: dict[str, JsonValue] = {
            "day": on.isoformat(),
            "stream": STREAM,
            "spans": [span.model_dump(mode="json") for span in spans],
        }
        key = await self.key()
        protected = {"alg": ALGORITHM, "kid": key.kid, "typ": "ocop-manifest+jws"}
        signed = jws.serialize_compact(protected, as_json(told), key, algorithms=[ALGORITHM])
        made = Manifest(id=_id(on), authority=self._authority, day=on, made_at=now, spans=tuple(spans), signed=signed)
        # Another process may have made it meanwhile; the first that was saved is the manifest.
        return (await self._manifests.add(made)).document

    async def _spans(self, on: date, reader: Reader) -> list[Span]:
        begins = dict(await reader.since(midnight(on)))
        begins |= await self._end_of(on - timedelta(days=1))
        ends = await reader.since(midnight(on + timedelta(days=1)))
        ends = {each: max(end, begins.get(each, 0)) for each, end in ends.items()}
        sums: defaultdict[Partition, Sum] = defaultdict(Sum)
        skipped: defaultdict[Partition, list[int]] = defaultdict(list)
        async for partition, offset, said in reader.events(begins, ends):
            if said is None:
                skipped[partition].append(offset)
            else:
                sums[partition].add(offset, said.id, said.canonical)
        return [
            Span(
                authority=each.authority,
                stream=STREAM,
                partition=each.number,
                first=begins.get(each, 0),
                end=end,
                count=sums[each].count,
                skipped=tuple(skipped[each]),
                sha256=sums[each].digest(),
            )
            for each, end in sorted(ends.items())
        ]

    async def _end_of(self, on: date) -> Places:
        try:
            before = await self._manifests.get(_id(on))
        except NotFound:
            return {}
        return {Partition(span.authority, span.partition): span.end for span in before.spans}


def _id(on: date) -> str:
    return f"manifest/{on.isoformat()}"
