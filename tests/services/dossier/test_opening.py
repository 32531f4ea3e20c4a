"""Opening a dossier: one open per product, whoever comes at once and wherever a crash falls."""

import asyncio
from typing import Any

import pytest

from services.dossier.certificates import Certificates
from services.dossier.domain.dossier import Dossier
from services.dossier.domain.product import Opening, Product, ProductHasOpenDossier, ProductRecognised, opened
from services.dossier.events.heard import ResultAnnounced
from services.dossier.opening import open_dossier
from services.dossier.routes.views import DossierReceipt
from services.dossier.store import Dossiers, PriorRecognitions, Products
from shared.collection import Collection
from shared.command import Command
from shared.errors import KeyReused, NotFound
from shared.fold import Saved
from shared.http import fresh_id
from tests.services.dossier.builders import TODAY, form, opening
from tests.services.dossier.facts import fact
from tests.services.dossier.office import Office
from tests.shared.cups import RelayHeard


class Lodging:
    """The opening of dossiers for one product, as one API process does it."""

    def __init__(self, office: Office, product_id: str) -> None:
        collection = Collection(office.port, RelayHeard(), clock=office.clock, new_correlation=fresh_id)
        self.products, self.dossiers = Products(collection), Dossiers(collection)
        self.certificates = Certificates(self.dossiers, PriorRecognitions(collection))
        self.product_id = product_id

    async def open(self, id: str, body: str = "same", **changed: Any) -> Saved[Dossier]:
        within = {"authority": "37", "owner_id": "htx-1"}
        return await open_dossier(
            await self.products.get(self.product_id, within),
            opening(id, **changed),
            self.products,
            self.certificates,
            command=Command(id, body, "correlation"),
            answer=DossierReceipt.of,
            within=within,
        )

    async def decide_only(self, id: str) -> None:
        """As far as a process comes that is killed between the two writes."""
        made = opening(id)

        def decide(product: Product) -> tuple[Product, tuple[()]]:
            return opened(product, made, product.opening), ()

        await self.products.change(self.product_id, decide, command=Command(id, "same", "correlation"))


@pytest.fixture
async def lodging(office: Office) -> Lodging:
    return Lodging(office, await office.product())


async def test_of_many_who_open_at_once_one_succeeds(office: Office, lodging: Lodging) -> None:
    processes = [lodging, Lodging(office, lodging.product_id)]

    outcomes = await asyncio.gather(*(processes[n % 2].open(f"d{n}") for n in range(10)), return_exceptions=True)

    opened = [outcome for outcome in outcomes if isinstance(outcome, Saved)]
    assert len(opened) == 1
    assert sum(isinstance(outcome, ProductHasOpenDossier) for outcome in outcomes) == 9
    assert await lodging.dossiers.count({}) == 1


async def test_a_repeated_request_gives_the_same_dossier(lodging: Lodging) -> None:
    first = await lodging.open("d1")

    again = await lodging.open("d1")

    assert (again.fresh, again.answer) == (False, first.answer)
    assert await lodging.dossiers.count({}) == 1


async def test_another_body_under_the_same_key_is_refused(lodging: Lodging) -> None:
    await lodging.open("d1")

    with pytest.raises(KeyReused):
        await lodging.open("d1", body="other")


async def test_after_a_crash_between_the_writes_the_repeated_request_finishes(lodging: Lodging) -> None:
    await lodging.decide_only("d1")

    saved = await lodging.open("d1")

    assert saved.fresh
    assert (await lodging.dossiers.get("d1")).form == form()


async def test_after_a_crash_between_the_writes_another_key_finds_the_dossier_open(lodging: Lodging) -> None:
    await lodging.decide_only("d1")

    with pytest.raises(ProductHasOpenDossier, match="d1"):
        await lodging.open("d2")

    assert (await lodging.dossiers.get("d1")).form == form()
    assert (await lodging.open("d1")).answer == {"id": "d1", "state": "draft"}


async def test_a_repeat_of_an_old_request_gives_its_old_answer_and_opens_nothing(
    office: Office, lodging: Lodging
) -> None:
    await lodging.open("d1")
    await office.as_("owner").post("/dossiers/d1/withdrawal", {"reason": "Nhầm"})
    await lodging.open("d2")

    again = await lodging.open("d1")

    assert (again.fresh, again.answer) == (False, {"id": "d1", "state": "draft"})
    assert (await lodging.products.get(lodging.product_id)).opening == opening("d2")


async def test_a_closed_dossier_makes_room_for_the_next(office: Office, lodging: Lodging) -> None:
    await lodging.open("d1")
    await office.hear(fact(ResultAnnounced, "d1", outcome="not_recognised"), subject="rec-1")

    await lodging.open("d2")

    assert (await lodging.dossiers.get("d2")).state == "draft"


async def test_what_was_recognised_is_not_evaluated_for_the_first_time_again(office: Office, lodging: Lodging) -> None:
    await lodging.open("d1")
    await office.hear(fact(ResultAnnounced, "d1"), subject="rec-1")

    with pytest.raises(ProductRecognised):
        await lodging.open("d2")
    again = await lodging.open("d3", case_kind="re_evaluation")

    assert again.document.case_kind == "re_evaluation"


async def test_a_product_out_of_reach_is_not_found(office: Office) -> None:
    theirs = Lodging(office, await office.product(owner_id="htx-2"))

    with pytest.raises(NotFound):
        await theirs.open("d1")

    assert await theirs.dossiers.count({}) == 0


def test_an_opening_keeps_everything_the_dossier_begins_with() -> None:
    assert set(Opening.model_fields) == {"dossier_id", "case_kind", "owner_kind", "form", "opened_on", "lineage"}
    assert opening().opened_on == TODAY
