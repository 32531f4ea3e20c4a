"""The scoring service, put together."""

from pathlib import Path

from services.scoring.catalogue import HERE, load
from services.scoring.handlers import HANDLERS
from services.scoring.routes import routes
from services.scoring.store import Evaluations, RuleSets, Sheets, freeze
from shared.delivery import bind
from shared.service import Plumbing, Service, Wiring
from shared.settings import Settings


class ScoringSettings(Settings):
    """Where the catalogue of rule sets and sheets lies; the one this project carries when not set."""

    catalogue: Path = HERE


def wire(plumbing: Plumbing) -> Wiring:
    """Raises ``BrokenCatalogue``: the service does not start on a file it cannot use."""
    settings = plumbing.settings
    catalogue = load(settings.catalogue if isinstance(settings, ScoringSettings) else HERE)
    evaluations = Evaluations(plumbing.collection)
    sheets = Sheets(plumbing.collection)
    rule_sets = RuleSets(plumbing.collection)

    async def prepare() -> None:
        await freeze(catalogue, sheets, rule_sets)

    return Wiring(
        stores=(evaluations, sheets, rule_sets),
        routers=(routes(evaluations, sheets, rule_sets, catalogue, plumbing.clock),),
        handlers=bind(HANDLERS, evaluations=evaluations, catalogue=catalogue),
        prepare=(prepare,),
    )


SERVICE = Service(name="scoring", collection="evaluations", wire=wire, settings=ScoringSettings)
