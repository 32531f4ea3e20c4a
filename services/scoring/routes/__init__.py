"""The HTTP interface, one file per subject."""

from services.scoring.routes.advice import routes as advice_routes
from services.scoring.routes.blind_phase import routes as blind_phase_routes
from services.scoring.routes.catalogue import routes as catalogue_routes
from services.scoring.routes.councils import routes as council_routes
from services.scoring.routes.deadlines import routes as deadline_routes
from services.scoring.routes.drafts import routes as draft_routes
from services.scoring.routes.evaluations import routes as evaluation_routes
from services.scoring.routes.integrity import routes as integrity_routes
from services.scoring.routes.paper_results import routes as paper_result_routes
from services.scoring.routes.paper_sheets import routes as paper_sheet_routes
from services.scoring.routes.papers import routes as paper_routes
from services.scoring.routes.recomputations import routes as recomputation_routes
from services.scoring.routes.results import routes as result_routes
from services.scoring.routes.sessions import routes as session_routes
from services.scoring.routes.sheets import routes as sheet_routes
from services.scoring.routes.way_back import routes as way_back_routes

__all__ = [
    "advice_routes",
    "blind_phase_routes",
    "catalogue_routes",
    "council_routes",
    "deadline_routes",
    "draft_routes",
    "evaluation_routes",
    "integrity_routes",
    "paper_result_routes",
    "paper_routes",
    "paper_sheet_routes",
    "recomputation_routes",
    "result_routes",
    "session_routes",
    "sheet_routes",
    "way_back_routes",
]
