"""The dossier service, put together."""

from functools import partial
from pathlib import Path

from services.dossier.catalogue import HERE, load
from services.dossier.certificates import Certificates
from services.dossier.handlers import HANDLERS
from services.dossier.regulation import REGULATIONS, load_regulation
from services.dossier.routes import (
    Moving,
    Reach,
    agency_routes,
    bulk_routes,
    commune_routes,
    contact_routes,
    criteria_routes,
    deadline_routes,
    dossier_routes,
    evidence_routes,
    form_routes,
    funnel_routes,
    idea_routes,
    import_routes,
    list_routes,
    owner_routes,
    place_routes,
    plan_routes,
    potential_routes,
    product_routes,
    supplement_routes,
    year_routes,
)
from services.dossier.store import (
    Dossiers,
    Guidances,
    Ideas,
    Numbers,
    Owners,
    Plans,
    PotentialProducts,
    PriorRecognitions,
    Products,
    YearRegistrations,
)
from services.dossier.timers import ringing
from shared.clock import system_clock
from shared.delivery import bind
from shared.files.store import Files, sweep_for_ever
from shared.service import Plumbing, Service, Timer, Wiring
from shared.settings import Settings


class DossierSettings(Settings):
    """Where catalogue, regulations and files lie; credentials of a bucket come from the usual ``AWS_*`` variables."""

    catalogue: Path = HERE
    """Product sets, sheets, bands and rules of the process; those this project carries when not set."""
    dossier_regulations: Path = REGULATIONS
    """What provinces have settled, the rounds they added, and the days the government moved."""
    files: str = ".local/files"
    """A folder, or ``s3://bucket/prefix``."""


def wire(plumbing: Plumbing) -> Wiring:
    """Raises ``BrokenCatalogue`` or ``BrokenRegulation``: the service does not start on a file it cannot use."""
    settings = plumbing.settings
    assert isinstance(settings, DossierSettings)
    product_sets = load(settings.catalogue)
    regulation = load_regulation(settings.catalogue, settings.dossier_regulations)
    files = Files(settings.files)
    owners = Owners(plumbing.collection)
    products = Products(plumbing.collection)
    dossiers = Dossiers(plumbing.collection)
    guidances = Guidances(plumbing.collection)
    numbers = Numbers(plumbing.collection)
    registrations = YearRegistrations(plumbing.collection)
    plans = Plans(plumbing.collection)
    ideas = Ideas(plumbing.collection)
    potentials = PotentialProducts(plumbing.collection)
    priors = PriorRecognitions(plumbing.collection)
    certificates = Certificates(dossiers, priors)
    reach = Reach(owners, dossiers, plumbing.clock)
    moving = Moving(dossiers, numbers, regulation, plumbing.clock)
    return Wiring(
        stores=(owners, products, dossiers, guidances, numbers, registrations, plans, ideas, potentials, priors),
        routers=(
            owner_routes(owners, regulation.places, plumbing.clock),
            contact_routes(owners),
            product_routes(owners, products, certificates, product_sets, regulation.places, plumbing.clock),
            dossier_routes(products, certificates, product_sets, moving, reach),
            criteria_routes(dossiers, guidances, product_sets, reach),
            evidence_routes(dossiers, files, product_sets, regulation, reach),
            form_routes(owners, dossiers, product_sets, regulation.places, reach),
            list_routes(owners, products, dossiers, product_sets),
            import_routes(owners, products, product_sets, regulation.places, plumbing.clock),
            bulk_routes(moving),
            commune_routes(moving, product_sets),
            supplement_routes(moving),
            agency_routes(moving),
            deadline_routes(moving),
            funnel_routes(products, dossiers, registrations, product_sets),
            year_routes(registrations, products, certificates, plumbing.clock),
            plan_routes(plans, dossiers, plumbing.clock),
            idea_routes(ideas, owners, products, certificates, product_sets, regulation.places, plumbing.clock),
            place_routes(owners, products, priors, ideas, potentials, registrations, moving),
            potential_routes(potentials, owners, product_sets, regulation.places, plumbing.clock),
        ),
        handlers=bind(HANDLERS, dossiers=dossiers, priors=priors, products=products, regulation=regulation),
        timers=(Timer(dossiers, ringing(regulation)),),
        # How old a file is, is told by the machine's own clock, which no trial moves.
        work=(partial(sweep_for_ever, files, system_clock),),
    )


SERVICE = Service("dossier", "dossiers", wire, settings=DossierSettings)
