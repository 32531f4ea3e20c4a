"""Who is told of an event: by type, province, stars and product set, without a look at everybody."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from pymongo import AsyncMongoClient

from services.notification.domain.interest import EventType, Interest, KnownCertificate
from services.notification.domain.subscription import Secret, Subscription
from services.notification.events import CONSUMES
from services.notification.events.certificates import AboutCertificate
from services.notification.matching import Matching
from services.notification.store import Subscriptions
from shared.collection import Collection
from shared.driver import connect
from shared.http import fresh_id
from tests.services.notification.desk import EVENTS, NOW, example
from tests.services.notification.switchboard import Switchboard
from tests.shared.unplugged import Unplugged

ISSUED = "vn.ocop.certificate.issued.v1"
EXPIRED = "vn.ocop.certificate.expired.v1"


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path)


@pytest.mark.parametrize(
    ("interest", "told"),
    [
        ({}, True),
        ({"types": [ISSUED]}, True),
        ({"types": [EXPIRED]}, False),
        ({"provinces": ["37", "48"]}, True),
        ({"provinces": ["48"]}, False),
        ({"stars": [3]}, True),
        ({"stars": [4, 5]}, False),
        ({"product_sets": ["white-spirit"]}, True),
        ({"product_sets": ["fresh-produce"]}, False),
        ({"types": [ISSUED], "provinces": ["37"], "stars": [3], "product_sets": ["white-spirit"]}, True),
        ({"types": [ISSUED], "provinces": ["37"], "stars": [3], "product_sets": ["fresh-produce"]}, False),
    ],
)
async def test_an_event_finds_those_who_want_it(board: Switchboard, interest: dict[str, Any], told: bool) -> None:
    await board.subscribe("shop", **interest)

    await board.happens(example("CertificateIssued", "first"))

    assert bool(await board.log_of("shop")) is told


async def test_a_later_event_is_found_by_what_the_first_said_of_the_product(board: Switchboard) -> None:
    await board.subscribe("shop", product_sets=["white-spirit"], stars=[3], types=[EXPIRED])
    await board.happens(example("CertificateIssued", "first"), 1)

    await board.happens(example("CertificateExpired"), 2)

    (log,) = await board.log_of("shop")
    assert [entry.type for entry in log.entries] == [EXPIRED]


@pytest.mark.parametrize(
    "name",
    [
        "CertificateRevoked",
        "CertificateAnnulled",
        "CertificateExtended",
        "CertificateCorrected",
        "CertificateRemoved",
        "CertificateReplaced",
    ],
)
async def test_whatever_becomes_of_a_certificate_reaches_those_who_were_told_of_it(
    board: Switchboard, name: str
) -> None:
    await board.subscribe("shop", product_sets=["white-spirit"], stars=[3])
    await board.happens(example("CertificateIssued", "first"), 1)

    await board.happens(example(name), 2)

    (log,) = await board.log_of("shop")
    told = json.loads(log.entries[-1].body)
    promised = EVENTS / "certificates" / f"{name}.v1" / "examples"
    assert (told["type"], told["data"]) == (
        example(name).TYPE,
        json.loads(next(iter(sorted(promised.glob("*.json")))).read_text()),
    )


async def test_a_certificate_from_before_is_told_with_its_stars_and_set(board: Switchboard) -> None:
    imported = example("CertificateImported").model_dump()
    await board.subscribe("shop", product_sets=[imported["product_set"]], stars=[imported["stars"]])

    await board.happens(example("CertificateImported"))

    assert len(await board.log_of("shop")) == 1


def test_whatever_is_said_of_a_certificate_can_be_subscribed_to() -> None:
    said = {folder.name.removesuffix(".v1") for folder in (EVENTS / "certificates").glob("Certificate*")}
    subscribed = {heard.TYPE for heard in CONSUMES if issubclass(heard, AboutCertificate)}

    assert {heard.__name__ for heard in CONSUMES if issubclass(heard, AboutCertificate)} == said
    assert subscribed == set(get_args(EventType))


@pytest.mark.parametrize("state", ["unverified", "closed"])
async def test_who_is_not_verified_or_has_closed_is_not_told(board: Switchboard, state: str) -> None:
    await board.subscribe("shop", active=state == "closed")
    if state == "closed":
        await board.subscriptions.change("shop", lambda held: held.closed())

    await board.happens(example("CertificateIssued"))

    assert await board.log_of("shop") == []


def subscribed(id: str, **interest: Any) -> Subscription:
    made = Subscription(
        id=id,
        authority="37",
        subscriber=id,
        name=id,
        url=f"https://{id}",
        notice_to="ops@example.vn",
        language="vi",
        interest=Interest(**interest),
        signature="v1",
        secrets=(Secret(value="whsec_x", since=NOW),),
    )
    return made.verified(NOW)[0]


async def test_what_is_looked_at_does_not_grow_with_those_who_do_not_want_it(board: Switchboard) -> None:
    looked_at: list[int] = []

    class Counting(Subscriptions):
        async def interested(self, keys: Sequence[str]) -> list[Subscription]:
            found = await super().interested(keys)
            looked_at.append(len(found))
            return found

    board.matching = Matching(Counting(board.subscriptions.collection))
    for number in range(1_000):
        await board.subscribe(f"shop-{number}", provinces=[f"{number % 34 + 1:02d}"])

    await board.happens(example("CertificateIssued", province="34"))

    assert looked_at == [29]
    assert len({raw["subscription"] for raw in board.port.documents.values() if raw["kind"] == "Dispatch"}) == 29


@pytest.mark.real
@pytest.mark.parametrize("subscribers", [100, 1_000])
async def test_the_database_goes_to_those_who_want_it_and_looks_at_nobody_else(
    mongo_url: str, database: str, subscribers: int
) -> None:
    port = connect("pymongo", mongo_url, database, "notifications")
    subscriptions = Subscriptions(Collection(port, Unplugged(), new_correlation=fresh_id))
    await port.prepare_indexes(subscriptions.indexes)
    for number in range(subscribers):
        await subscriptions.add(subscribed(f"shop-{number:03d}", provinces=(f"{number % 34 + 1:02d}",)))
    places = KnownCertificate(id="c", authority="34", product_set="white-spirit", stars=4).asked("34")
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
    profiled = client[database]

    await profiled.command({"profile": 2})
    found = await Matching(subscriptions).wanting(ISSUED, places)
    await profiled.command({"profile": 0})

    # What the database itself has written down of the very query: its plan as explain() would show it, and its cost.
    told = await profiled["system.profile"].find_one({"op": "query", "ns": f"{database}.notifications"})
    await client.close()
    await port.close()
    assert told is not None
    assert len(found) == subscribers // 34
    assert told["planSummary"] == "IXSCAN { kind: 1, keys: 1 }"
    assert (told["nreturned"], told["docsExamined"]) == (len(found), len(found))
    assert told["keysExamined"] <= len(found) + 2 * len(places)
