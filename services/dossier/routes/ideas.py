"""Ideas for new products over HTTP: registered, screened, selected, and begun as a dossier."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated
from uuid import NAMESPACE_OID, uuid5

from fastapi import Depends
from pydantic import StringConstraints

from services.dossier.catalogue import ProductSets
from services.dossier.certificates import Certificates
from services.dossier.domain.idea import (
    Idea,
    IdeaState,
    Screening,
    Selection,
    Verdict,
    begun,
    first_answers,
    screened,
    selected,
)
from services.dossier.domain.owner import Commune
from services.dossier.domain.place import Places
from services.dossier.domain.product import Opening, Product, check_commune
from services.dossier.opening import open_dossier
from services.dossier.routes.exports import Chosen, Listing, Row
from services.dossier.routes.reach import narrowed
from services.dossier.routes.views import DossierReceipt
from services.dossier.store import Ideas, Owners, Products
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import Page
from shared.text import Text, plain

_HEAD = ("Ý tưởng", "Xã", "Bộ sản phẩm", "Trạng thái", "Ngày đăng ký", "Ý kiến sàng lọc", "Mã ý tưởng")
_WORKING = allow("owner", "commune_officer", "agency", "chair", "observer", stage="lodging")
_OFFICES = allow("commune_officer", "agency", stage="lodging")


class NewIdea(Asked):
    """An idea and its business plan; the product set may be left to those who screen it."""

    owner_id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
    name: Annotated[str, Text(200)]
    commune: Commune
    product_set: Annotated[str, Text(80)] | None = None
    description: Annotated[str, Text(2000, lines=True)]
    idea_origin: Annotated[str, Text(2000, lines=True)] | None = None
    business_plan: Annotated[str, Text(2000, lines=True)]


class NewScreening(Asked):
    """What was found of the idea, and why."""

    verdict: Verdict
    reasons: Annotated[str, Text(2000, lines=True)]


class NewSelection(Asked):
    """Why the idea is taken into the programme."""

    reasons: Annotated[str, Text(2000, lines=True)]


class NewBeginning(Asked):
    """The set of the product the idea becomes, where the idea names none or another."""

    product_set: Annotated[str, Text(80)] | None = None


class IdeaReceipt(Told):
    """The idea as it now stands."""

    id: str
    state: IdeaState

    @classmethod
    def of(cls, idea: Idea) -> "IdeaReceipt":
        return cls(id=idea.id, state=idea.state)


class IdeaView(IdeaReceipt):
    """An idea in full."""

    owner_id: str
    name: str
    commune: str
    product_set: str | None
    description: str
    idea_origin: str | None
    business_plan: str
    registered_on: date
    screenings: list[Screening]
    selection: Selection | None
    product_id: str | None

    @classmethod
    def of(cls, idea: Idea) -> "IdeaView":
        return cls(**idea.model_dump(include=set(cls.model_fields)))


def routes(
    ideas: Ideas,
    owners: Owners,
    products: Products,
    certificates: Certificates,
    product_sets: ProductSets,
    places: Places,
    clock: Clock,
) -> Router:
    router = Router(prefix="/ideas", tags=["ideas"])

    async def change(id: str, caller: Caller, command: Command, rule: Callable[[Idea], Idea]) -> IdeaReceipt:
        def decide(idea: Idea) -> Decision[Idea]:
            return rule(idea), ()

        saved = await ideas.change(id, decide, command=command, answer=IdeaReceipt.of, within=caller.within)
        return IdeaReceipt.model_validate(saved.answer)

    @router.post("", status_code=201)
    async def register_idea(
        new: NewIdea,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> IdeaReceipt:
        if new.product_set is not None:
            product_sets.check(new.product_set)
        check_commune(new.commune, caller.appointment.commune)
        places.check_commune(new.commune, caller.authority, day(clock()))
        owner = await owners.one(new.owner_id, caller.within)
        idea = Idea(
            id=command.id,
            authority=owner.authority,
            search=plain(new.name),
            registered_on=day(clock()),
            **new.model_dump(),
        )
        saved = await ideas.add(idea, command=command, answer=IdeaReceipt.of)
        return IdeaReceipt.model_validate(saved.answer)

    @router.post("/{id}/screening")
    async def screen_idea(
        id: str,
        new: NewScreening,
        caller: Annotated[Caller, _OFFICES],
        command: Annotated[Command, Depends(command)],
    ) -> IdeaReceipt:
        screening = Screening(on=day(clock()), by=caller.role, **new.model_dump())
        return await change(id, caller, command, lambda idea: screened(idea, screening))

    @router.post("/{id}/selection")
    async def select_idea(
        id: str,
        new: NewSelection,
        caller: Annotated[Caller, _OFFICES],
        command: Annotated[Command, Depends(command)],
    ) -> IdeaReceipt:
        selection = Selection(on=day(clock()), by=caller.role, reasons=new.reasons)
        return await change(id, caller, command, lambda idea: selected(idea, selection))

    @router.post("/{id}/dossier", status_code=201)
    async def begin_dossier(
        id: str,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
        new: NewBeginning | None = None,
    ) -> DossierReceipt:
        """The idea becomes a product with an id made of its own, so that whatever is repeated makes no second one."""
        on, product_set = day(clock()), None if new is None else new.product_set
        if product_set is not None:
            product_sets.check(product_set)
        product_id = uuid5(NAMESPACE_OID, f"idea/{id}").hex

        def decide(idea: Idea) -> Decision[Idea]:
            return begun(idea, product_id, product_set), ()

        idea = (await ideas.change(id, decide, within=caller.within)).document
        assert idea.product_set is not None
        product = Product(
            id=product_id,
            authority=idea.authority,
            owner_id=idea.owner_id,
            name=idea.name,
            search=idea.search,
            product_set=idea.product_set,
            commune=idea.commune,
            registered_on=on,
        )
        product = (await products.add(product)).document
        owner = await owners.one(idea.owner_id, {"authority": idea.authority})
        opening = Opening(
            dossier_id=command.id,
            case_kind="first",
            form=first_answers(idea),
            opened_on=on,
            owner_kind=owner.owner_kind,
        )
        saved = await open_dossier(
            product,
            opening,
            products,
            certificates,
            command=command,
            answer=DossierReceipt.of,
            within=caller.within,
        )
        return DossierReceipt.model_validate(saved.answer)

    def chosen(
        caller: Annotated[Caller, _WORKING], state: IdeaState | None = None, commune: Commune | None = None
    ) -> Chosen:
        return Chosen(caller, narrowed(caller, state=state, commune=commune))

    Listing(
        of=ideas,
        by="name",
        page=Page[IdeaView],
        view=lambda idea, caller: IdeaView.of(idea),
        file="y-tuong",
        title="Ý tưởng",
        head=_HEAD,
        rows=_rows,
    ).offer(router, "", ("list_ideas", "export_ideas"), chosen)

    return router


async def _rows(found: Sequence[Idea], caller: Caller) -> list[Row]:
    return [
        (
            each.name,
            each.commune,
            each.product_set,
            each.state,
            each.registered_on,
            each.screenings[-1].reasons if each.screenings else None,
            each.id,
        )
        for each in found
    ]
