"""The HTTP interface, one file per subject."""

from services.certification.routes.certificates import certificate_routes
from services.certification.routes.decisions import decision_routes
from services.certification.routes.handovers import handover_routes
from services.certification.routes.results import result_routes

__all__ = ["certificate_routes", "decision_routes", "handover_routes", "result_routes"]
