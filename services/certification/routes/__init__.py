"""The HTTP interface, one file per subject."""

from services.certification.routes.acts import act_routes
from services.certification.routes.awards import award_routes
from services.certification.routes.cases import case_routes
from services.certification.routes.certificates import certificate_routes
from services.certification.routes.complaints import complaint_routes
from services.certification.routes.deciding import Deciding
from services.certification.routes.decisions import decision_routes
from services.certification.routes.drafts import draft_routes
from services.certification.routes.history import history_routes
from services.certification.routes.inspections import inspection_routes
from services.certification.routes.performing import Performing
from services.certification.routes.reports import report_routes
from services.certification.routes.results import result_routes
from services.certification.routes.signatories import signatory_routes

__all__ = [
    "Deciding",
    "Performing",
    "act_routes",
    "award_routes",
    "case_routes",
    "certificate_routes",
    "complaint_routes",
    "decision_routes",
    "draft_routes",
    "history_routes",
    "inspection_routes",
    "report_routes",
    "result_routes",
    "signatory_routes",
]
