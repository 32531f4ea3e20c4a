"""Dossiers over HTTP: opened, changed, submitted, withdrawn; read by each with what each may know."""

from datetime import date
from typing import Annotated

from fastapi import Depends
from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from services.dossier.catalogue import ProductSets
from services.dossier.certificates import Certificates
from services.dossier.domain.dossier import Dossier, Ground, Withdrawn, changed
from services.dossier.domain.ending import withdraw
from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.machine import MOVERS
from services.dossier.domain.product import CaseKind, Opening
from services.dossier.domain.renewal import continued
from services.dossier.domain.steps import Lineage
from services.dossier.domain.submission import submit
from services.dossier.events.spoken import DossierSubmitted, DossierWithdrawn
from services.dossier.opening import open_dossier
from services.dossier.routes.moving import Moving
from services.dossier.routes.reach import CONSULTANT, Reach, acting
from services.dossier.routes.views import ChangeReceipt, DossierReceipt, DossierView, SubmissionReceipt
from services.dossier.store import Products
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, command
from shared.identity import Caller, allow
from shared.text import Text

_FORM: JsonDict = {
    "description": "Dứa sấy dẻo làm từ dứa Queen trồng tại xã.",
    "material_origin": "Dứa của 42 hộ trong xã, hợp đồng liên kết ba năm.",
    "local_labour": "18 lao động, 16 người trong xã.",
    "idea_origin": "Chủ thể tự phát triển từ nghề trồng dứa địa phương.",
    "local_identity": "Dứa Đồng Giao là đặc sản của vùng.",
    "evidence": ["business_registration", "product_story"],
}


class NamedCertificate(Asked):
    """A certificate as its owner holds it; ``valid_until`` is its last valid day."""

    number: Annotated[str, Text(60)]
    stars: Annotated[int, Field(strict=True, ge=3, le=5)]
    valid_until: Annotated[date, Field(ge=date(2019, 8, 21), le=date(2099, 12, 31))]

    def lineage(self) -> Lineage:
        return Lineage(certificate=self.number, stars=self.stars, valid_until=self.valid_until)


class NewDossier(Asked):
    """A dossier to open for a product; the form may be incomplete until it is submitted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"product_id": "…", "case_kind": "first", "form": _FORM}]},
    )

    product_id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
    case_kind: CaseKind
    form: SelfAssessment = SelfAssessment()
    certificate: NamedCertificate | None = None
    """What an upgrade or a re-evaluation goes on from, where it is older than this platform and not known here."""


class DossierChange(Asked):
    """What is to be different; a field of the form that is not named stays, one that is null is emptied."""

    form: SelfAssessment | None = None
    case_kind: CaseKind | None = None
    certificate: NamedCertificate | None = None
    """What the case goes on from, where it is older than this platform and not known here."""
    form_read: Annotated[str, StringConstraints(strict=True, pattern="^[0-9a-f]{64}$")] | None = None
    """The ``form_hash`` of the form as it was read: when it says something else by now, nothing is changed."""


class NewSubmission(Asked):
    """Where the dossier goes: to its own province's council, which need not be named."""

    to: Annotated[str, StringConstraints(strict=True, pattern="^[0-9]{2}$")] | None = None


class NewWithdrawal(Asked):
    """Why the dossier is taken back. ``reason`` stays here; others hear of the ``ground`` only."""

    reason: Annotated[str, Text(1000, lines=True)]
    ground: Ground = "owner_request"


def routes(
    products: Products, certificates: Certificates, product_sets: ProductSets, moving: Moving, reach: Reach
) -> Router:
    router = Router(prefix="/dossiers", tags=["dossiers"])
    dossiers = moving.dossiers

    @router.post("", status_code=201)
    async def open_new(
        new: NewDossier,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> DossierReceipt:
        """An officer opens it for an owner without an account."""
        product = await products.get(new.product_id, caller.within)
        product_sets.check_in_force(product.product_set)
        owner = await reach.owners.one(product.owner_id, {"authority": product.authority})
        opening = Opening(
            dossier_id=command.id,
            case_kind=new.case_kind,
            form=new.form,
            opened_on=moving.today,
            owner_kind=owner.owner_kind,
            lineage=None if new.certificate is None else new.certificate.lineage(),
        )
        if new.case_kind != "first" and (before := await certificates.before(new.product_id)) is not None:
            opening = continued(opening, *before)
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

    @router.patch("/{id}")
    async def change(
        id: str,
        change: DossierChange,
        caller: Annotated[Caller, allow(*MOVERS, CONSULTANT, stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> ChangeReceipt:
        within = await reach.to(id, caller)
        lineage = None if change.certificate is None else change.certificate.lineage()
        if change.case_kind is not None:
            held = await dossiers.get(id, within)
            await certificates.may_be_called(change.case_kind, held.product_id)
            if change.case_kind != "first" and (before := await certificates.before(held.product_id)) is not None:
                lineage, _ = before

        def decide(dossier: Dossier) -> Decision[Dossier]:
            after = changed(
                dossier, change.form, change.case_kind, acting(caller), lineage=lineage, read=change.form_read
            )
            return after, ()

        saved = await dossiers.change(id, decide, command=command, answer=ChangeReceipt.of, within=within)
        return ChangeReceipt.model_validate(saved.answer)

    @router.post("/{id}/submission")
    async def submit_dossier(
        id: str,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
        submission: NewSubmission | None = None,
    ) -> SubmissionReceipt:
        to, on = submission.to if submission is not None else None, moving.today
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: submit(dossier, to or dossier.authority, moving.regulation, by=caller.role, on=on),
            lambda before, after: (DossierSubmitted.of(after, after.submissions[-1]),),
            SubmissionReceipt,
        )

    @router.post("/{id}/withdrawal")
    async def take_back(
        id: str,
        withdrawal: NewWithdrawal,
        caller: Annotated[Caller, allow(*MOVERS, stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> DossierReceipt:
        withdrawn = Withdrawn(ground=withdrawal.ground, reason=withdrawal.reason, on=moving.today)
        return await moving.make(
            id,
            caller,
            command,
            lambda dossier: withdraw(dossier, withdrawn, caller.role),
            lambda before, after: (DossierWithdrawn.of(before, withdrawn),),
            DossierReceipt,
        )

    @router.get("/{id}")
    async def read_dossier(
        id: str,
        caller: Annotated[
            Caller,
            allow(
                "owner",
                CONSULTANT,
                "commune_officer",
                "agency",
                "chair",
                "council_member",
                "council_chair",
                "council_secretary",
                "observer",
                stage=("lodging", "scoring", "deciding"),
            ),
        ],
    ) -> DossierView:
        """A consultant sees what the owner sees, and changes the file; the other moves are the owner's own."""
        view = DossierView.seen_by(await dossiers.get(id, await reach.to(id, caller)), acting(caller))
        if caller.role != CONSULTANT:
            return view
        return view.model_copy(update={"moves": [each for each in view.moves if each == "change"]})

    return router
