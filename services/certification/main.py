"""The certification service, put together."""

from functools import partial
from pathlib import Path

from services.certification.acting import Acting
from services.certification.catalogue import CATALOGUE, REGULATIONS, load
from services.certification.handlers import HANDLERS
from services.certification.issuing import Issuing, resume_for_ever
from services.certification.routes import (
    act_routes,
    certificate_routes,
    decision_routes,
    result_routes,
    signatory_routes,
)
from services.certification.store import Acts, Decisions, Drafts, LegalNumbers, Recognitions, Requests, SigningRegisters
from services.certification.timers import ringing
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
    issuing = Issuing(decisions, recognitions, numbers, regulations)
    acting = Acting(acts, recognitions, numbers, regulations)
    return Wiring(
        stores=(recognitions, decisions, acts, numbers, requests, drafts, signing),
        routers=(
            result_routes(recognitions),
            decision_routes(recognitions, decisions, drafts, requests, signing, issuing, regulations, clock),
            signatory_routes(signing),
            act_routes(recognitions, acts, requests, signing, acting, regulations, clock),
            certificate_routes(recognitions, clock),
        ),
        handlers=bind(HANDLERS, recognitions=recognitions, regulations=regulations),
        timers=(Timer(recognitions, ringing(regulations.ladder)),),
        work=(partial(resume_for_ever, decisions, acts, issuing, acting, clock),),
    )


SERVICE = Service("certification", "certificates", wire, CertificationSettings)
