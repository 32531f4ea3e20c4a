"""The certification service, put together."""

from pathlib import Path
from time import monotonic
from typing import Annotated

import httpx
from pydantic import Field

from services.certification.acting import Acting
from services.certification.catalogue import CATALOGUE, REGULATIONS, load
from services.certification.handlers import HANDLERS
from services.certification.issuing import Issuing
from services.certification.owners import OwnersOverHttp
from services.certification.publication import publication
from services.certification.resuming import Resuming
from services.certification.routes import (
    Deciding,
    Performing,
    act_routes,
    award_routes,
    case_routes,
    certificate_routes,
    complaint_routes,
    decision_routes,
    draft_routes,
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
from services.certification.throttle import Throttle
from services.certification.timers import ringing, watch
from shared.delivery import bind
from shared.service import Plumbing, Service, Timer, Wiring
from shared.settings import Settings


class CertificationSettings(Settings):
    """What a deployment chooses for certification besides what every service has."""

    catalogue: Path = CATALOGUE
    """Where the rule sets lie; those this project carries when not set."""
    regulations: Path = REGULATIONS
    """Where this service's own regulations lie; those this project carries when not set."""
    dossier_url: str = "http://127.0.0.1:8101"
    """Where the dossier service is asked for the names of owners."""
    keys: Path | None = None
    """The folder of the authorities' signing keys and seals; without it nothing is signed."""
    public_url: Annotated[str, Field(pattern=r"^(https?://[A-Za-z0-9.:-]{1,25})?$")] = ""
    """Scheme and host under which anybody reaches this service: it stands in every QR code, so it is short."""
    lookups_per_second: Annotated[float, Field(gt=0)] = 100
    """Look-ups one address may make; three times as many at once."""
    searches_per_second: Annotated[float, Field(gt=0)] = 10
    """Searches and exports of the register one address may make; three times as many at once."""


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
    deciding = Deciding(recognitions, decisions, requests, signing, issuing, regulations, clock)
    performing = Performing(recognitions, acts, requests, signing, acting, regulations, clock)
    resuming = Resuming(decisions, acts, inspections, cases, issuing, acting, clock)
    # Our own services are asked directly, whatever proxy the machine uses for the world.
    dossier = httpx.AsyncClient(base_url=settings.dossier_url, trust_env=False)
    published = publication(
        recognitions,
        decisions,
        regulations,
        clock,
        keys=settings.keys,
        address=settings.public_url or f"http://{settings.http_host}:{settings.http_port}",
        owners=OwnersOverHttp(dossier, settings.service_token_file),
        lookups=Throttle(settings.lookups_per_second, int(3 * settings.lookups_per_second), monotonic),
        searches=Throttle(settings.searches_per_second, int(3 * settings.searches_per_second), monotonic),
    )
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
            *published.stores,
        ),
        routers=(
            result_routes(recognitions),
            decision_routes(deciding),
            draft_routes(drafts, deciding),
            signatory_routes(signing),
            case_routes(recognitions, cases, clock),
            inspection_routes(recognitions, inspections, cases, clock),
            complaint_routes(complaints, clock),
            history_routes(recognitions, numbers, regulations, clock),
            award_routes(awards, clock),
            report_routes(recognitions, regulations, clock),
            act_routes(performing, cases, complaints),
            certificate_routes(recognitions, clock),
            *published.routers,
        ),
        handlers=bind(HANDLERS, recognitions=recognitions, regulations=regulations),
        timers=(Timer(recognitions, ringing(regulations.ladder)), Timer(cases, watch)),
        work=(resuming.for_ever,),
        close=(dossier.aclose,),
    )


SERVICE = Service("certification", "certificates", wire, CertificationSettings)
