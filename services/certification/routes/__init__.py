"""The HTTP interface, one file per subject."""

from services.certification.routes.acts import act_routes
from services.certification.routes.certificates import certificate_routes
from services.certification.routes.decisions import decision_routes
from services.certification.routes.results import result_routes
from services.certification.routes.signatories import signatory_routes

__all__ = ["act_routes", "certificate_routes", "decision_routes", "result_routes", "signatory_routes"]
