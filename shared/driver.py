"""The store's port to MongoDB, on Motor or on PyMongo's async client: the one file that imports a driver."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, InsertOne, UpdateMany, UpdateOne
from pymongo.collation import Collation
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    WTimeoutError,
)
from pymongo.errors import DocumentTooLarge as DriverDocumentTooLarge

from shared.encoding import encoded
from shared.errors import OutcomeUnknown, Unavailable
from shared.port import (
    KEPT_COMMANDS,
    Conflict,
    DocumentTooLarge,
    Insert,
    Outcome,
    Raw,
    Unsent,
    Update,
)

Driver = Literal["motor", "pymongo"]

_VIETNAMESE = Collation("vi")
_AWAY = (ConnectionFailure, AutoReconnect, NetworkTimeout, ExecutionTimeout, WTimeoutError)
_DUPLICATE = 11000
_TOO_LARGE = frozenset({10334, 17419, 17420, 31025})


def connect(driver: Driver, url: str, database: str, collection: str) -> "MongoPort":
    """A port to one collection, with majority and journalled writes. It connects when it is first used."""
    client: Any = (AsyncIOMotorClient if driver == "motor" else AsyncMongoClient)(
        url,
        tz_aware=True,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        timeoutMS=5_000,
        serverSelectionTimeoutMS=3_000,
        connectTimeoutMS=2_000,
        maxPoolSize=32,
    )
    return MongoPort(client, client[database][collection])


class MongoPort:
    """One collection of MongoDB."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client = client
        self._collection = collection

    async def close(self) -> None:
        # Motor closes at once, PyMongo's client is awaited.
        closing = self._client.close()
        if inspect.isawaitable(closing):
            await closing

    async def read(self, ids: Sequence[str]) -> list[Raw]:
        where = {"_id": ids[0]} if len(ids) == 1 else {"_id": {"$in": list(ids)}}
        return await self._listed(self._collection.find(where, batch_size=len(ids) + 1))

    def prepare(self, write: Insert | Update) -> InsertOne[Any] | UpdateOne:
        # Each write is encoded here, alone, so that a value MongoDB cannot hold fails its own caller and no other.
        if isinstance(write, Insert):
            return InsertOne(_encoded(write.id, write.document))
        change: Raw = {"$inc": {"version": 1}}
        assigned = {**write.fields, **{f"seen.{origin}": last for origin, last in write.seen.items()}}
        if assigned:
            change["$set"] = _encoded(write.id, assigned)
        if write.unset:
            change["$unset"] = dict.fromkeys(write.unset, "")
        pushed: Raw = {}
        if write.outbox:
            pushed["outbox"] = {"$each": write.outbox}
        if write.done:
            pushed["done"] = {"$each": write.done, "$slice": -KEPT_COMMANDS}
        if pushed:
            change["$push"] = _encoded(write.id, pushed)
        # With upsert, a version that has moved on shows as a duplicate of the id, under the index of this very write;
        # without it a bulk tells only how many matched. Documents are never deleted, so nothing is ever inserted.
        return UpdateOne({"_id": write.id, "version": write.version}, change, upsert=True)

    async def write(self, prepared: Sequence[Any]) -> list[Outcome]:
        outcomes: list[Outcome] = [None] * len(prepared)
        try:
            await self._collection.bulk_write(prepared, ordered=False)
        except BulkWriteError as error:
            details: Any = error.details
            if details.get("writeConcernErrors"):
                return [OutcomeUnknown("MongoDB did not confirm the write")] * len(prepared)
            for wrong in details["writeErrors"]:
                outcomes[wrong["index"]] = _verdict(wrong)
        except DriverDocumentTooLarge as error:
            raise AssertionError("a write was measured before it joined, and yet is too large") from error
        except PyMongoError as error:
            return [OutcomeUnknown(str(error))] * len(prepared)
        return outcomes

    async def find(self, where: Mapping[str, Any], *, after: str | None, limit: int) -> list[Raw]:
        where = dict(where) if after is None else {"$and": [dict(where), {"_id": {"$gt": after}}]}
        return await self._listed(self._collection.find(where).sort("_id", 1).limit(limit))

    async def due(self, where: Mapping[str, Any], limit: int) -> list[str]:
        found = await self._listed(self._collection.find(dict(where), {"_id": 1}).sort("due", 1).limit(limit))
        return [raw["_id"] for raw in found]

    async def alphabetical(
        self, where: Mapping[str, Any], by: str, *, after: tuple[str, str] | None, limit: int
    ) -> list[Raw]:
        asked = [dict(where)]
        if after is not None:
            text, id = after
            asked.append({"$or": [{by: {"$gt": text}}, {by: text, "_id": {"$gt": id}}]})
        cursor = self._collection.find({"$and": asked}).collation(_VIETNAMESE)
        return await self._listed(cursor.sort([(by, 1), ("_id", 1)]).limit(limit))

    async def count(self, where: Mapping[str, Any]) -> int:
        with _away():
            return int(await self._collection.count_documents(dict(where)))

    async def tally(self, where: Mapping[str, Any], by: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
        # The fields go under numbers, because a name in a group's id may not hold a dot.
        group = {"_id": {str(n): f"${name}" for n, name in enumerate(by)}, "count": {"$sum": 1}}
        with _away():
            # Motor gives a cursor, PyMongo's client a cursor to wait for.
            cursor = self._collection.aggregate([{"$match": dict(where)}, {"$group": group}])
            if inspect.isawaitable(cursor):
                cursor = await cursor
        found = await self._listed(cursor)
        return [(tuple(raw["_id"].get(str(n)) for n in range(len(by))), raw["count"]) for raw in found]

    async def unsent(self, before: datetime, after: tuple[datetime, str] | None, limit: int) -> list[Unsent]:
        where: Raw = {"outbox.0.saved": {"$lt": before}}
        if after is not None:
            saved, last = after
            later = [{"outbox.0.saved": {"$gt": saved}}, {"outbox.0.saved": saved, "_id": {"$gt": last}}]
            where = {"$and": [where, {"$or": later}]}
        cursor = self._collection.find(where, {"authority": 1, "outbox": 1})
        found = await self._listed(cursor.sort([("outbox.0.saved", 1), ("_id", 1)]).limit(limit))
        return [Unsent(raw["_id"], raw["authority"], raw["outbox"], raw["outbox"][0]["saved"]) for raw in found]

    async def oldest_unsent(self) -> datetime | None:
        cursor = self._collection.find({"outbox.0.saved": {"$exists": True}}, {"outbox": {"$slice": 1}})
        found = await self._listed(cursor.sort([("outbox.0.saved", 1)]).limit(1))
        return found[0]["outbox"][0]["saved"] if found else None

    async def unsent_documents(self, most: int) -> int:
        with _away():
            waiting = {"outbox.0.saved": {"$exists": True}}
            return int(await self._collection.count_documents(waiting, limit=most))

    async def clear(self, acknowledged: Mapping[str, int]) -> None:
        # Most documents have spoken as often as others, so that few updates clear many outboxes.
        alike: dict[int, list[str]] = {}
        for id, last in acknowledged.items():
            alike.setdefault(last, []).append(id)
        pulls = [
            UpdateMany({"_id": {"$in": ids}}, {"$pull": {"outbox": {"sequence": {"$lte": last}}}})
            for last, ids in alike.items()
        ]
        with _away():
            await self._collection.bulk_write(pulls, ordered=False)

    async def prepare_indexes(
        self, indexes: Sequence[tuple[str, ...]], alphabetical: Sequence[tuple[str, ...]] = ()
    ) -> None:
        with _away():
            await self._collection.create_index(
                [("outbox.0.saved", 1), ("_id", 1)],
                name="unsent",
                partialFilterExpression={"outbox.0.saved": {"$exists": True}},
            )
            await self._collection.create_index(
                [("kind", 1), ("due", 1)], name="due", partialFilterExpression={"due": {"$exists": True}}
            )
            await self._collection.create_index([("kind", 1), ("_id", 1)], name="kind")
            for index in indexes:
                await self._collection.create_index([("kind", 1), *((name, 1) for name in index)])
            for index in alphabetical:
                keys = [("kind", 1), *((name, 1) for name in index), ("_id", 1)]
                await self._collection.create_index(keys, name=f"alphabetical_{'_'.join(index)}", collation=_VIETNAMESE)

    async def ping(self) -> None:
        with _away():
            await self._collection.database.command("ping")

    async def _listed(self, cursor: Any) -> list[Raw]:
        with _away():
            found: list[Raw] = await cursor.to_list(None)
        return found


@contextmanager
def _away() -> Iterator[None]:
    """Turns the driver's word for «MongoDB is away» into ours."""
    try:
        yield
    except PyMongoError as error:
        if isinstance(error, _AWAY) or error.timeout:
            raise Unavailable(str(error)) from error
        raise


def _encoded(id: str, value: Raw) -> RawBSONDocument:
    return RawBSONDocument(encoded(id, value))


def _verdict(wrong: Raw) -> Outcome:
    if wrong["code"] == _DUPLICATE:
        return Conflict()
    if wrong["code"] in _TOO_LARGE:
        return DocumentTooLarge(id=wrong["op"].get("q", wrong["op"]).get("_id"), size="> 16 MiB")
    return RuntimeError(f"MongoDB refused the write: {wrong['code']} {wrong['errmsg']}")
