"""The HTTP interface, one file per subject."""

from services.dossier.routes.contacts import routes as contact_routes
from services.dossier.routes.dossiers import routes as dossier_routes
from services.dossier.routes.funnel import routes as funnel_routes
from services.dossier.routes.owners import routes as owner_routes
from services.dossier.routes.products import routes as product_routes

__all__ = ["contact_routes", "dossier_routes", "funnel_routes", "owner_routes", "product_routes"]
