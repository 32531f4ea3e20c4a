"""Decisions prepared for the chair over HTTP: drafted, revised, looked at and signed."""

from typing import Annotated, Self

from fastapi import Depends, Path
from pydantic import Field, PositiveInt

from services.certification.domain.decision import MOST_ITEMS, decision_id
from services.certification.domain.draft import (
    Draft,
    DraftedItem,
    DraftedLeftOut,
    check_issue,
    issued_as,
    revise,
)
from services.certification.routes.deciding import Deciding, DecisionAsked, DecisionReceipt, ItemAsked, LeftOutAsked
from services.certification.routes.signed import SignedAsked, legal_number
from services.certification.store import Drafts
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text

DraftId = Annotated[str, Path(pattern=r"^draft-[0-9a-f]{32}$")]


class DraftAsked(Asked):
    """What is prepared for the chair: everything but number, date and signature."""

    title: Annotated[str, Text(200)]
    items: Annotated[list[ItemAsked], Field(min_length=1, max_length=MOST_ITEMS)]
    left_out: Annotated[tuple[LeftOutAsked, ...], Field(max_length=MOST_ITEMS)] = ()

    def draft(self, id: str, authority: str) -> Draft:
        return Draft(
            id=id,
            authority=authority,
            title=self.title,
            revision=1,
            items=tuple(DraftedItem(**item.model_dump()) for item in self.items),
            left_out=tuple(DraftedLeftOut(**out.model_dump()) for out in self.left_out),
        )


class IssueAsked(SignedAsked):
    """The signature under a draft. ``revision`` is the one that was looked at."""

    revision: PositiveInt


class DraftView(Told):
    id: str
    title: str
    revision: int
    items: list[DraftedItem]
    left_out: list[DraftedLeftOut]
    decision_id: str | None

    @classmethod
    def of(cls, draft: Draft) -> Self:
        return cls(**draft.model_dump(include=set(DraftView.model_fields)))


class DraftReceipt(Told):
    id: str
    revision: int

    @classmethod
    def of(cls, draft: Draft) -> Self:
        return cls(id=draft.id, revision=draft.revision)


def draft_routes(drafts: Drafts, deciding: Deciding) -> Router:
    router = Router(tags=["decisions"])

    @router.post("/drafts", status_code=201)
    async def prepare_draft(
        asked: DraftAsked,
        caller: Annotated[Caller, allow("chair", "agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> DraftReceipt:
        """Prepare a decision for the chair."""
        draft = asked.draft(f"draft-{command.id}", caller.authority)
        return DraftReceipt.of((await drafts.add(draft, command=command)).document)

    @router.put("/drafts/{id}")
    async def revise_draft(
        id: DraftId,
        asked: DraftAsked,
        caller: Annotated[Caller, allow("chair", "agency", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> DraftReceipt:
        """Give a draft new contents, as long as it is not issued."""
        new = asked.draft(id, caller.authority)

        def revised(held: Draft) -> Decision[Draft]:
            return revise(held, new), ()

        saved = await drafts.change(id, revised, command=command, answer=DraftReceipt.of, within=caller.within)
        return DraftReceipt.model_validate(saved.answer)

    @router.get("/drafts")
    async def list_drafts(
        caller: Annotated[Caller, allow("chair", "agency")], after: After = None, limit: Limit = 50
    ) -> Page[DraftView]:
        """The drafts of the caller's authority, in a fixed order."""
        found = await drafts.find(dict(caller.within), after=after, limit=limit)
        return Page.of((DraftView.of(one) for one in found.items), found.next)

    @router.get("/drafts/{id}")
    async def show_draft(id: DraftId, caller: Annotated[Caller, allow("chair", "agency")]) -> DraftView:
        """A draft with all its items; `POST /decisions/preview` says what it would do."""
        return DraftView.of(await drafts.get(id, caller.within))

    @router.post("/drafts/{id}/issue", status_code=201)
    async def issue_draft(
        id: DraftId,
        asked: IssueAsked,
        caller: Annotated[Caller, allow("chair", stage="deciding")],
        command: Annotated[Command, Depends(command)],
    ) -> DecisionReceipt:
        """Sign a draft: it is issued once, as the revision that was looked at, all or none."""
        draft = await drafts.get(id, caller.within)
        number, _ = legal_number(asked.number, deciding.regulations.authorities.symbol(caller.authority))
        check_issue(draft, asked.revision, decision_id(caller.authority, asked.decided_on.year, number))
        signed = DecisionAsked(
            number=asked.number,
            decided_on=asked.decided_on,
            signer=asked.signer,
            items=[ItemAsked(**item.model_dump()) for item in draft.items],
            left_out=tuple(LeftOutAsked(**out.model_dump()) for out in draft.left_out),
        )
        receipt = await deciding.issue(signed, caller.authority, command)
        await drafts.change(id, lambda held: (issued_as(held, receipt.id), ()))
        return receipt

    return router
