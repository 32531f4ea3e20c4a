"""Evidence over HTTP: a paper is described, its file is sent as it is, and both are read by those who may."""

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.dossier.catalogue import ProductSets
from services.dossier.domain.dossier import Dossier, with_papers
from services.dossier.domain.evidence import (
    LARGEST_FILE,
    Paper,
    PaperDetails,
    Papers,
    PaperUnknown,
    PaperVersion,
    check_criteria,
    described,
    dropped,
    filed,
    found,
    reused,
    room_for,
)
from services.dossier.domain.regulation import Regulation
from services.dossier.routes.reach import CONSULTANT, Reach, acting
from services.dossier.store import Dossiers
from services.dossier.timers import timed
from shared.bodies import streamed
from shared.clock import day
from shared.command import Command
from shared.document import Decision
from shared.errors import NotFound
from shared.files.held import Held
from shared.files.over_http import FILE_GIVEN, FILE_TAKEN, HashAsked, NameAsked, attachment
from shared.files.store import Files
from shared.http import Asked, Router, command
from shared.identity import Caller, allow

Change = Callable[[Dossier], Papers]

COUNCIL = ("council_member", "council_chair", "council_secretary", "advisory_group")
"""Who sees the file as it was submitted, and nothing that is still being written."""

_EDITORS = allow("owner", CONSULTANT, "commune_officer", "agency", stage="lodging")
_READERS = allow(
    "owner", CONSULTANT, "commune_officer", "agency", "chair", *COUNCIL, stage=("lodging", "scoring", "deciding")
)


class NewPaper(PaperDetails):
    """A paper of the file, before its content is sent."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "test_results",
                    "title": "Phiếu kiểm nghiệm chỉ tiêu an toàn thực phẩm",
                    "criteria": ["8"],
                    "issuer": "Trung tâm Kỹ thuật 1",
                    "number": "KT-0123/2026",
                    "valid_until": "2027-11-20",
                }
            ]
        },
    )


class ReusedPaper(Asked):
    """A paper of an earlier dossier of the same owner, taken over as it is."""

    dossier_id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
    paper: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]


class PaperView(BaseModel):
    """A paper and its versions, the newest last; without a version it still awaits its file."""

    id: str
    details: PaperDetails
    versions: list[PaperVersion]
    expired: bool

    @classmethod
    def of(cls, paper: Paper, on: date) -> "PaperView":
        term = paper.details.valid_until
        return cls(
            id=paper.id, details=paper.details, versions=list(paper.versions), expired=term is not None and term < on
        )


class PaperReceipt(BaseModel):
    """The paper is in the file, or out of it."""

    id: str


class PaperList(BaseModel):
    """The papers of a dossier, in the order they came."""

    items: list[PaperView]


def routes(dossiers: Dossiers, files: Files, product_sets: ProductSets, regulation: Regulation, reach: Reach) -> Router:
    router = Router(prefix="/dossiers/{id}", tags=["evidence"])

    async def change(id: str, paper: str, command: Command, caller: Caller, papers: Change) -> PaperReceipt:
        def decide(dossier: Dossier) -> Decision[Dossier]:
            after = with_papers(dossier, papers(dossier), acting(caller))
            return timed(after, regulation), ()

        saved = await dossiers.change(
            id, decide, command=command, answer=lambda _: PaperReceipt(id=paper), within=await reach.to(id, caller)
        )
        return PaperReceipt.model_validate(saved.answer)

    def with_details(dossier: Dossier, paper: str, details: PaperDetails) -> Papers:
        check_criteria(details.criteria, frozenset(product_sets[dossier.product_set].sheet.scored))
        return described(dossier.papers, paper, details)

    @router.post("/evidence", status_code=201)
    async def add_paper(
        id: str, new: NewPaper, caller: Annotated[Caller, _EDITORS], command: Annotated[Command, Depends(command)]
    ) -> PaperReceipt:
        return await change(id, command.id, command, caller, lambda dossier: with_details(dossier, command.id, new))

    @router.post("/evidence/reused", status_code=201)
    async def reuse_paper(
        id: str, old: ReusedPaper, caller: Annotated[Caller, _EDITORS], command: Annotated[Command, Depends(command)]
    ) -> PaperReceipt:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        earlier = await dossiers.get(old.dossier_id, {**caller.within, "owner_id": dossier.owner_id})
        paper = found(earlier.papers, old.paper)
        return await change(id, command.id, command, caller, lambda held: reused(held.papers, command.id, paper))

    @router.put("/evidence/{paper}")
    async def describe_paper(
        id: str,
        paper: str,
        details: NewPaper,
        caller: Annotated[Caller, _EDITORS],
        command: Annotated[Command, Depends(command)],
    ) -> PaperReceipt:
        return await change(
            id, paper, command, caller, lambda held: with_details(held, found(held.papers, paper).id, details)
        )

    @router.delete("/evidence/{paper}")
    async def drop_paper(
        id: str, paper: str, caller: Annotated[Caller, _EDITORS], command: Annotated[Command, Depends(command)]
    ) -> PaperReceipt:
        return await change(id, paper, command, caller, lambda held: dropped(held.papers, paper))

    @router.put("/evidence/{paper}/content", openapi_extra=FILE_TAKEN)
    async def send_content(
        request: Request,
        id: str,
        paper: str,
        caller: Annotated[Caller, _EDITORS],
        file_name: NameAsked,
        sha256: HashAsked = None,
    ) -> PaperView:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        # Whoever may not file the paper is told before the file is on its way.
        with_papers(dossier, dossier.papers, acting(caller))
        most = min(LARGEST_FILE, room_for(dossier.papers, found(dossier.papers, paper).id))
        file = await files.receive(dossier.authority, streamed(request, most), file_name, sha256)
        on = day(reach.clock())

        def decide(dossier: Dossier) -> Decision[Dossier]:
            after = with_papers(dossier, filed(dossier.papers, paper, file, file_name, on), acting(caller))
            return timed(after, regulation), ()

        # No Idempotency-Key is needed: the same content again is the same version.
        saved = await dossiers.change(id, decide, within=await reach.to(id, caller))
        return PaperView.of(found(saved.document.papers, paper), on)

    @router.get("/evidence")
    async def list_papers(
        id: str,
        caller: Annotated[Caller, allow("owner", CONSULTANT, "commune_officer", "agency", "chair", stage="lodging")],
    ) -> PaperList:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        on = day(reach.clock())
        return PaperList(items=[PaperView.of(paper, on) for paper in dossier.papers if not paper.dropped])

    @router.get("/evidence/{paper}/versions/{version}/content", response_class=StreamingResponse, responses=FILE_GIVEN)
    async def read_content(id: str, paper: str, version: int, caller: Annotated[Caller, _READERS]) -> StreamingResponse:
        dossier = await dossiers.get(id, await reach.to(id, caller))
        wanted = found(dossier.papers, paper).version(version)
        if caller.role in COUNCIL and not _submitted(dossier, paper, version):
            raise PaperUnknown(paper=paper, version=version)
        pieces = await files.content(dossier.authority, wanted.sha256)
        return attachment(pieces, Held(wanted.sha256, wanted.size, wanted.media_type), wanted.file_name)

    @router.get("/manifests/{version}", response_class=Response, responses=FILE_GIVEN)
    async def read_manifest(id: str, version: int, caller: Annotated[Caller, _READERS]) -> Response:
        """The canonical text whose SHA-256 is the manifest's hash, never changed once lodged or submitted."""
        dossier = await dossiers.get(id, await reach.to(id, caller))
        for each in dossier.manifests:
            if each.version == version:
                return Response(each.text, media_type="application/json", headers={"ETag": f'"{each.hash}"'})
        raise NotFound(what=f"{id}/manifests/{version}")

    return router


def _submitted(dossier: Dossier, paper: str, version: int) -> bool:
    return any(
        (each["id"], each["version"]) == (paper, version)
        for manifest in dossier.manifests
        for each in json.loads(manifest.text)["papers"]
    )
