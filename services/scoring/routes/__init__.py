"""The HTTP interface, one file per subject."""

from services.scoring.routes.catalogue import routes as catalogue_routes
from services.scoring.routes.councils import routes as council_routes
from services.scoring.routes.evaluations import routes as evaluation_routes
from services.scoring.routes.integrity import routes as integrity_routes
from services.scoring.routes.papers import routes as paper_routes
from services.scoring.routes.recomputations import routes as recomputation_routes
from services.scoring.routes.sessions import routes as session_routes
from services.scoring.routes.sheets import routes as sheet_routes

__all__ = [
    "catalogue_routes",
    "council_routes",
    "evaluation_routes",
    "integrity_routes",
    "paper_routes",
    "recomputation_routes",
    "session_routes",
    "sheet_routes",
]
