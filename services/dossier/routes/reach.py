"""How far a caller reaches: its appointment's own reach, or a consultant's, under a delegation that is in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.dossier.domain.owner import acts_for
from services.dossier.store import Dossiers, Owners
from shared.clock import Clock, day
from shared.errors import NotFound
from shared.identity import OWNER, Caller

CONSULTANT = "consultant"
"""The role of somebody who works on dossiers in the place of owners who let it."""


def narrowed(caller: Caller, **asked: Any) -> dict[str, Any]:
    """What was asked for and is not None, within the reach of the caller, which no filter widens."""
    wanted = {name: value for name, value in asked.items() if value is not None}
    if any(wanted.get(name, value) != value for name, value in caller.within.items()):
        wanted["_id"] = {"$in": []}
    return {**wanted, **caller.within}


def acting(caller: Caller) -> str:
    """The role by which a caller is judged: a consultant does what an owner may."""
    return OWNER if caller.role == CONSULTANT else caller.role


@dataclass(frozen=True)
class Reach:
    """Asked before each query, so that a delegation that is taken back ends with that moment."""

    owners: Owners
    dossiers: Dossiers
    clock: Clock

    async def to(self, id: str, caller: Caller) -> Mapping[str, str]:
        """The reach of a caller to a dossier. Raises ``NotFound`` for a consultant without a delegation."""
        if caller.role != CONSULTANT:
            return caller.within
        dossier = await self.dossiers.get(id, caller.within)
        owner = await self.owners.one(dossier.owner_id, {"authority": dossier.authority})
        if not acts_for(owner, caller.appointment.organisation, day(self.clock())):
            raise NotFound(what=id)
        return {**caller.within, "owner_id": dossier.owner_id}
