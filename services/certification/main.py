"""The certification service, put together."""

from pathlib import Path

from services.certification.acting import Acting
from services.certification.catalogue import CATALOGUE, REGULATIONS, load
from services.certification.handlers import HANDLERS
from services.certification.issuing import Issuing
from services.certification.resuming import Resuming
from services.certification.routes import (
    act_routes,
    award_routes,
    case_routes,
    certificate_routes,
    complaint_routes,
    decision_routes,
    history_routes,
    inspection_routes,
    report_routes,
    result_routes,
    signatory_routes,
)
from services.certification.store import (
    Acts,
    Awards,
    Complaints,
    Decisions,
    Drafts,
    Inspections,
    LegalNumbers,
    Recognitions,
    Requests,
    RevocationCases,
    SigningRegisters,
)
from services.certification.timers import ringing, watch
from shared.delivery import bind
from shared.service import Plumbing, Service, Timer, Wiring
from shared.settings import Settings


class CertificationSettings(Settings):
    """Where the rule sets and this service's regulations lie; those this project carries when not set."""

    catalogue: Path = CATALOGUE
    regulations: Path = REGULATIONS


def wire(plumbing: Plumbing) -> Wiring:
    """Raises ``BrokenRegulation``: the service does not start on a file it cannot use."""
    settings, clock = plumbing.settings, plumbing.clock
    assert isinstance(settings, CertificationSettings)
    regulations = load(settings.catalogue, settings.regulations)
    recognitions = Recognitions(plumbing.collection)
    decisions = Decisions(plumbing.collection)
    acts = Acts(plumbing.collection)
    numbers = LegalNumbers(plumbing.collection)
    requests = Requests(plumbing.collection)
    drafts = Drafts(plumbing.collection)
    signing = SigningRegisters(plumbing.collection)
    cases = RevocationCases(plumbing.collection)
    inspections = Inspections(plumbing.collection)
    complaints = Complaints(plumbing.collection)
    awards = Awards(plumbing.collection)
    issuing = Issuing(decisions, recognitions, numbers, regulations)
    acting = Acting(acts, recognitions, numbers, cases, complaints, regulations)
    resuming = Resuming(decisions, acts, inspections, cases, issuing, acting, clock)
    return Wiring(
        stores=(
            recognitions,
            decisions,
            acts,
            numbers,
            requests,
            drafts,
            signing,
            cases,
            inspections,
            complaints,
            awards,
        ),
        routers=(
            result_routes(recognitions),
            decision_routes(recognitions, decisions, drafts, requests, signing, issuing, regulations, clock),
            signatory_routes(signing),
            case_routes(recognitions, cases, clock),
            inspection_routes(recognitions, inspections, cases, clock),
            complaint_routes(complaints, clock),
            history_routes(recognitions, numbers, regulations, clock),
            award_routes(awards, clock),
            report_routes(recognitions, regulations, clock),
            act_routes(recognitions, acts, requests, signing, cases, complaints, acting, regulations, clock),
            certificate_routes(recognitions, clock),
        ),
        handlers=bind(HANDLERS, recognitions=recognitions, regulations=regulations),
        timers=(Timer(recognitions, ringing(regulations.ladder)), Timer(cases, watch)),
        work=(resuming.for_ever,),
    )


SERVICE = Service("certification", "certificates", wire, CertificationSettings)
