"""Many dossiers at once over HTTP: received, assigned, reminded of; tried first, and an answer for each."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from pydantic import Field, StringConstraints

from services.dossier.domain.assignment import assign, remind
from services.dossier.domain.commune import receive
from services.dossier.domain.dossier import Dossier, check
from services.dossier.domain.machine import roles_of
from services.dossier.domain.steps import Assigned
from services.dossier.events.spoken import DossierReceived, SupplementRequested
from services.dossier.routes.entry import COMMUNE, NewReceipt, Samples, receipt_at
from services.dossier.routes.moving import Moving
from services.dossier.routes.views import DossierReceipt
from shared.command import Command
from shared.errors import Refusal
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow

MOST_AT_ONCE = 200

DossierId = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]


class NewBulk(Asked):
    """The dossiers, each once; without ``preview`` false nothing is done."""

    dossiers: Annotated[tuple[DossierId, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]
    preview: bool = True


class ManyReceipts(NewBulk):
    """The samples that came with each of the dossiers."""

    samples: Samples = 0


class ManyAssignments(NewBulk):
    """Who is to work on the dossiers, by the name in that person's sign-in."""

    to: Annotated[str, StringConstraints(strict=True, pattern=r"^[^\s\x00-\x1f]{1,100}$")]


class RefusedRow(Told):
    """Why nothing was done with one dossier."""

    vi: str
    en: str


class BulkRow(Told):
    """What became of one dossier, or would: ``done`` is false in a preview and where it is refused."""

    id: str
    done: bool
    number: str | None = None
    refused: RefusedRow | None = None


class BulkAnswer(Told):
    """A row for each dossier, in the order they were named."""

    preview: bool
    rows: list[BulkRow]


def routes(moving: Moving) -> Router:
    router = Router(prefix="/bulk", tags=["bulk"])

    async def each(
        new: NewBulk,
        caller: Caller,
        command: Command,
        trial: Callable[[Dossier], object],
        do: Callable[[str, Command], Awaitable[str | None]],
    ) -> BulkAnswer:
        """One after the other, so that numbers follow the order of the list; a row that is refused stops no other.

        Each row is a command of its own under the key of the whole: after a crash the same request does the rest.
        """
        rows: list[BulkRow] = []
        for id in dict.fromkeys(new.dossiers):
            try:
                number = None
                if new.preview:
                    trial(await moving.dossiers.get(id, caller.within))
                else:
                    number = await do(id, command._replace(id=f"{command.id}/{id}"))
                rows.append(BulkRow(id=id, done=not new.preview, number=number))
            except Refusal as refusal:
                why = RefusedRow(vi=refusal.sentence("vi"), en=refusal.sentence("en"))
                rows.append(BulkRow(id=id, done=False, refused=why))
        return BulkAnswer(preview=new.preview, rows=rows)

    @router.post("/receipts")
    async def receive_many(
        new: ManyReceipts,
        caller: Annotated[Caller, allow(*roles_of("receive"), stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> BulkAnswer:
        async def do(id: str, row: Command) -> str:
            receipt = await receipt_at(COMMUNE, moving, id, caller, NewReceipt(samples=new.samples))
            await moving.make(
                id,
                caller,
                row,
                lambda dossier: receive(dossier, receipt, caller.role),
                lambda before, after: (DossierReceived.of(after, "commune", receipt),),
                DossierReceipt,
            )
            return receipt.number

        return await each(new, caller, command, lambda dossier: check(dossier, "receive", caller.role), do)

    @router.post("/assignments")
    async def assign_many(
        new: ManyAssignments,
        caller: Annotated[Caller, allow("commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> BulkAnswer:
        assigned = Assigned(
            office="commune" if caller.role == "commune_officer" else "agency", to=new.to, on=moving.today
        )

        async def do(id: str, row: Command) -> None:
            await moving.make(
                id, caller, row, lambda dossier: assign(dossier, assigned), lambda before, after: (), DossierReceipt
            )

        return await each(new, caller, command, lambda dossier: assign(dossier, assigned), do)

    @router.post("/reminders")
    async def remind_many(
        new: NewBulk,
        caller: Annotated[Caller, allow("commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> BulkAnswer:
        """The owner is told again what is asked for and until when; once a day."""
        on = moving.today

        async def do(id: str, row: Command) -> None:
            await moving.make(
                id,
                caller,
                row,
                lambda dossier: remind(dossier, on),
                lambda before, after: (SupplementRequested.of(after, after.supplements[-1]),),
                DossierReceipt,
            )

        return await each(new, caller, command, lambda dossier: remind(dossier, on), do)

    return router
