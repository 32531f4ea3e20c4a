"""The HTTP interface, one file per subject."""

from services.dossier.routes.agency import routes as agency_routes
from services.dossier.routes.bulk import routes as bulk_routes
from services.dossier.routes.commune import routes as commune_routes
from services.dossier.routes.contacts import routes as contact_routes
from services.dossier.routes.criteria import routes as criteria_routes
from services.dossier.routes.deadlines import routes as deadline_routes
from services.dossier.routes.dossiers import routes as dossier_routes
from services.dossier.routes.evidence import routes as evidence_routes
from services.dossier.routes.forms import routes as form_routes
from services.dossier.routes.funnel import routes as funnel_routes
from services.dossier.routes.ideas import routes as idea_routes
from services.dossier.routes.imports import routes as import_routes
from services.dossier.routes.lists import routes as list_routes
from services.dossier.routes.moving import Moving
from services.dossier.routes.owners import routes as owner_routes
from services.dossier.routes.places import routes as place_routes
from services.dossier.routes.plans import routes as plan_routes
from services.dossier.routes.potentials import routes as potential_routes
from services.dossier.routes.products import routes as product_routes
from services.dossier.routes.reach import Reach
from services.dossier.routes.supplements import routes as supplement_routes
from services.dossier.routes.years import routes as year_routes

__all__ = [
    "Moving",
    "Reach",
    "agency_routes",
    "bulk_routes",
    "commune_routes",
    "contact_routes",
    "criteria_routes",
    "deadline_routes",
    "dossier_routes",
    "evidence_routes",
    "form_routes",
    "funnel_routes",
    "idea_routes",
    "import_routes",
    "list_routes",
    "owner_routes",
    "place_routes",
    "plan_routes",
    "potential_routes",
    "product_routes",
    "supplement_routes",
    "year_routes",
]
