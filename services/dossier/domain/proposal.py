"""What those who advise a council would have asked for: recorded, and asked at once where that can be done."""

from datetime import date

from services.dossier.domain.completeness import ITEM_NAMES
from services.dossier.domain.dossier import Dossier, may_speak, settled
from services.dossier.domain.steps import Item, Proposal, ProposedItem, Supplement
from services.dossier.domain.supplement import LONGEST, MOST_SUPPLEMENTS


def proposal_heard(dossier: Dossier, heard: Proposal, today: date) -> Dossier:
    """The dossier with the proposal, and with the request that follows from it (Decision 26/2026/QĐ-TTg, article 7.3c).

    A fact that was heard is never refused. Where nothing can be asked now (another request is open, the date is past,
    the council is the centre's) the proposal stands there without a request, for the agency to see to. Raises
    ``SpeakerElsewhere``.
    """
    may_speak(dossier.authority, heard.council)
    held = tuple(each for each in dossier.proposals if (each.evaluation, each.number) != _key(heard))
    if not _can_be_asked(dossier, heard, today):
        return dossier.but(proposals=(*held, heard))
    number = len(dossier.supplements) + 1
    asked = Supplement(number=number, office="council", asked_on=today, until=heard.until, items=_items(heard.items))
    return settled(
        dossier,
        proposals=(*held, heard.model_copy(update={"asked": number})),
        supplements=(*dossier.supplements, asked),
    )


def _key(proposal: Proposal) -> tuple[str, int]:
    return proposal.evaluation, proposal.number


def _can_be_asked(dossier: Dossier, heard: Proposal, today: date) -> bool:
    return (
        heard.council == dossier.authority
        and dossier.state in ("submitted", "scoring")
        and dossier.supplement is None
        and today < heard.until <= today + LONGEST
        and len(dossier.supplements) < MOST_SUPPLEMENTS
    )


def _items(proposed: tuple[ProposedItem, ...]) -> tuple[Item, ...]:
    """Each under a name of its own, made of the paper and the criterion, by which it is answered."""
    names: dict[str, Item] = {}
    for each in proposed:
        criterion = "" if each.criterion is None else f" (tiêu chí {each.criterion})"
        name = f"{ITEM_NAMES[each.paper]}{criterion}"
        names.setdefault(name, Item(paper=each.paper, name=name))
    return tuple(names.values())
