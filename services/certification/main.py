"""The certification service, put together."""

from functools import partial
from pathlib import Path

from services.certification.catalogue import CATALOGUE, REGULATIONS, load
from services.certification.handlers import HANDLERS
from services.certification.issuing import HandingOver, Issuing, resume_for_ever
from services.certification.routes import certificate_routes, decision_routes, handover_routes, result_routes
from services.certification.store import Decisions, Handovers, Recognitions, Requests
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
    handovers = Handovers(plumbing.collection)
    requests = Requests(plumbing.collection)
    issuing = Issuing(decisions, recognitions, regulations)
    handing = HandingOver(handovers, recognitions)
    return Wiring(
        stores=(recognitions, decisions, handovers, requests),
        routers=(
            result_routes(recognitions),
            decision_routes(recognitions, decisions, requests, issuing, regulations, clock),
            handover_routes(recognitions, handovers, handing, clock),
            certificate_routes(recognitions, clock),
        ),
        handlers=bind(HANDLERS, recognitions=recognitions, regulations=regulations),
        timers=(Timer(recognitions, ringing(regulations.ladder)),),
        work=(partial(resume_for_ever, decisions, handovers, issuing, handing, clock),),
    )


SERVICE = Service("certification", "certificates", wire, CertificationSettings)
