"""The scoring service, put together."""

from functools import partial
from pathlib import Path

from services.scoring.catalogue import HERE, load
from services.scoring.councils import REGULATIONS, load_regulations
from services.scoring.handlers import HANDLERS
from services.scoring.papers.press import Press
from services.scoring.routes import (
    advice_routes,
    blind_phase_routes,
    catalogue_routes,
    council_routes,
    deadline_routes,
    draft_routes,
    evaluation_routes,
    integrity_routes,
    paper_result_routes,
    paper_routes,
    paper_sheet_routes,
    recomputation_routes,
    result_routes,
    session_routes,
    sheet_routes,
    way_back_routes,
)
from services.scoring.store import Councils, Drafts, Evaluations, ReturnedDossiers, RuleSets, Sessions, Sheets, freeze
from services.scoring.timers import ring
from shared.clock import system_clock
from shared.delivery import bind
from shared.files.content import SCANS
from shared.files.store import Files, sweep_for_ever
from shared.service import Plumbing, Service, Timer, Wiring
from shared.settings import Settings


class ScoringSettings(Settings):
    """Where catalogue, regulations and files lie; credentials of a bucket come from the usual ``AWS_*`` variables."""

    catalogue: Path = HERE
    """Rule sets and sheets, those this project carries when not set; so too the councils' regulations."""
    council_regulations: Path = REGULATIONS
    files: str = ".local/files"
    """A folder, or ``s3://bucket/prefix``; what scoring keeps lies in ``scoring`` below it."""


def wire(plumbing: Plumbing) -> Wiring:
    """Raises ``BrokenCatalogue``: the service does not start on a file it cannot use."""
    settings, clock = plumbing.settings, plumbing.clock
    assert isinstance(settings, ScoringSettings)
    catalogue = load(settings.catalogue)
    regulations = load_regulations(settings.council_regulations)
    councils = Councils(plumbing.collection)
    sessions = Sessions(plumbing.collection)
    evaluations = Evaluations(plumbing.collection)
    drafts = Drafts(plumbing.collection)
    returned = ReturnedDossiers(plumbing.collection)
    sheets = Sheets(plumbing.collection)
    rule_sets = RuleSets(plumbing.collection)
    scans = Files(f"{settings.files}/scoring", accepted=SCANS)

    async def prepare() -> None:
        await freeze(catalogue, sheets, rule_sets)

    return Wiring(
        stores=(councils, sessions, evaluations, drafts, returned, sheets, rule_sets),
        # The first of them is asked first, and nearly all that comes on the day of a session are sheets.
        routers=(
            sheet_routes(evaluations, sheets, clock),
            catalogue_routes(sheets, catalogue, clock),
            council_routes(councils, regulations, clock),
            session_routes(sessions, evaluations, councils, sheets, regulations, clock),
            advice_routes(evaluations, councils, sheets, clock),
            draft_routes(drafts, evaluations, sheets, clock),
            paper_sheet_routes(evaluations, sheets, scans, clock),
            deadline_routes(evaluations, clock),
            evaluation_routes(evaluations, sheets, rule_sets),
            blind_phase_routes(sessions, evaluations, sheets, clock),
            result_routes(sessions, evaluations, sheets, rule_sets, clock),
            paper_result_routes(evaluations, councils, sheets, rule_sets, regulations, scans, clock),
            way_back_routes(returned, evaluations),
            recomputation_routes(evaluations, sheets, rule_sets),
            integrity_routes(evaluations, sheets),
            paper_routes(sessions, evaluations, sheets, rule_sets, catalogue, Press()),
        ),
        handlers=bind(HANDLERS, evaluations=evaluations, catalogue=catalogue, returned=returned),
        timers=(Timer(evaluations, ring),),
        prepare=(prepare,),
        # How old a file is, is told by the machine's own clock, which no trial moves.
        work=(partial(sweep_for_ever, scans, system_clock),),
    )


SERVICE = Service(name="scoring", collection="evaluations", wire=wire, settings=ScoringSettings)
