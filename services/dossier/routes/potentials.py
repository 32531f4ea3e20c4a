"""Potential products over HTTP: surveyed by commune and agency, with a roadmap and a log of visits."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends
from pydantic import Field, StringConstraints

from services.dossier.catalogue import ProductSets
from services.dossier.domain.owner import Commune
from services.dossier.domain.place import Places
from services.dossier.domain.potential import PotentialProduct, Stage, Visit, routed, stage_done, visited
from services.dossier.domain.product import check_commune
from services.dossier.routes.exports import Chosen, Listing, Row
from services.dossier.routes.reach import narrowed
from services.dossier.store import Owners, PotentialProducts
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import Page
from shared.text import Text, plain

_HEAD = ("Sản phẩm tiềm năng", "Xã", "Bộ sản phẩm", "Ngày khảo sát", "Việc tiếp theo", "Hạn", "Mã")
_OFFICES = allow("commune_officer", "agency", stage="lodging")
_WORKING = allow("owner", "commune_officer", "agency", "chair", "observer", stage="lodging")


class NewStage(Asked):
    """What is to be done, by a day."""

    what: Annotated[str, Text(500)]
    by: date


class NewRoadmap(Asked):
    """The stages still to come, in the place of those that were not done."""

    stages: Annotated[tuple[NewStage, ...], Field(max_length=50)]

    def roadmap(self) -> tuple[Stage, ...]:
        return tuple(Stage(what=each.what, by=each.by) for each in self.stages)


class NewPotential(NewRoadmap):
    """A product that was found, and the way it is to go."""

    owner_id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
    name: Annotated[str, Text(200)]
    commune: Commune
    product_set: Annotated[str, Text(80)] | None = None
    stages: Annotated[tuple[NewStage, ...], Field(max_length=50)] = ()


class NewVisit(Asked):
    """What was found on a visit, and what was advised."""

    found: Annotated[str, Text(2000, lines=True)]
    advice: Annotated[str, Text(2000, lines=True)] | None = None


class PotentialView(Told):
    """A potential product; the stages of its roadmap are numbered from 1."""

    id: str
    owner_id: str
    name: str
    commune: str
    product_set: str | None
    surveyed_on: date
    roadmap: list[Stage]
    visits: list[Visit]

    @classmethod
    def of(cls, product: PotentialProduct) -> "PotentialView":
        return cls(**product.model_dump(include=set(cls.model_fields)))


def routes(
    potentials: PotentialProducts, owners: Owners, product_sets: ProductSets, places: Places, clock: Clock
) -> Router:
    router = Router(prefix="/potential-products", tags=["potential products"])

    async def change(
        id: str, caller: Caller, command: Command, rule: Callable[[PotentialProduct], PotentialProduct]
    ) -> PotentialView:
        def decide(product: PotentialProduct) -> Decision[PotentialProduct]:
            return rule(product), ()

        saved = await potentials.change(id, decide, command=command, answer=PotentialView.of, within=caller.within)
        return PotentialView.model_validate(saved.answer)

    @router.post("", status_code=201)
    async def survey_product(
        new: NewPotential, caller: Annotated[Caller, _OFFICES], command: Annotated[Command, Depends(command)]
    ) -> PotentialView:
        if new.product_set is not None:
            product_sets.check(new.product_set)
        check_commune(new.commune, caller.appointment.commune)
        places.check_commune(new.commune, caller.authority, day(clock()))
        owner = await owners.one(new.owner_id, caller.within)
        product = PotentialProduct(
            id=command.id,
            authority=owner.authority,
            search=plain(new.name),
            surveyed_on=day(clock()),
            roadmap=new.roadmap(),
            **new.model_dump(exclude={"stages"}),
        )
        saved = await potentials.add(product, command=command, answer=PotentialView.of)
        return PotentialView.model_validate(saved.answer)

    @router.put("/{id}/roadmap")
    async def lay_out_roadmap(
        id: str,
        new: NewRoadmap,
        caller: Annotated[Caller, _OFFICES],
        command: Annotated[Command, Depends(command)],
    ) -> PotentialView:
        return await change(id, caller, command, lambda product: routed(product, new.roadmap()))

    @router.post("/{id}/roadmap/{number}/done")
    async def finish_stage(
        id: str,
        number: int,
        caller: Annotated[Caller, _OFFICES],
        command: Annotated[Command, Depends(command)],
    ) -> PotentialView:
        on = day(clock())
        return await change(id, caller, command, lambda product: stage_done(product, number, on))

    @router.post("/{id}/visits", status_code=201)
    async def record_visit(
        id: str, new: NewVisit, caller: Annotated[Caller, _OFFICES], command: Annotated[Command, Depends(command)]
    ) -> PotentialView:
        visit = Visit(on=day(clock()), by=caller.role, **new.model_dump())
        return await change(id, caller, command, lambda product: visited(product, visit))

    def chosen(caller: Annotated[Caller, _WORKING], commune: Commune | None = None) -> Chosen:
        return Chosen(caller, narrowed(caller, commune=commune))

    Listing(
        of=potentials,
        by="name",
        page=Page[PotentialView],
        view=lambda product, caller: PotentialView.of(product),
        file="san-pham-tiem-nang",
        title="Tiềm năng",
        head=_HEAD,
        rows=_rows,
    ).offer(router, "", ("list_potentials", "export_potentials"), chosen)

    return router


async def _rows(found: Sequence[PotentialProduct], caller: Caller) -> list[Row]:
    return [
        (
            each.name,
            each.commune,
            each.product_set,
            each.surveyed_on,
            None if (stage := each.next_stage) is None else stage.what,
            None if stage is None else stage.by,
            each.id,
        )
        for each in found
    ]
