"""The dossier service, put together."""

from functools import partial
from pathlib import Path

from services.dossier.catalogue import HERE, load
from services.dossier.contents import load_contents
from services.dossier.files import Files, sweep_for_ever
from services.dossier.handlers import HANDLERS
from services.dossier.regulation import REGULATIONS, load_regulation
from services.dossier.routes import (
    Moving,
    agency_routes,
    commune_routes,
    contact_routes,
    criteria_routes,
    deadline_routes,
    dossier_routes,
    evidence_routes,
    form_routes,
    funnel_routes,
    owner_routes,
    product_routes,
    supplement_routes,
)
from services.dossier.store import Dossiers, Guidances, Numbers, Owners, Products
from services.dossier.timers import ringing
from shared.clock import system_clock
from shared.delivery import bind
from shared.service import Plumbing, Service, Timer, Wiring
from shared.settings import Settings


class DossierSettings(Settings):
    """Where the catalogue and this service's regulations lie, those this project carries when not set; and files.

    ``files`` is a folder, or ``s3://bucket/prefix`` with its credentials in the usual ``AWS_*`` variables.
    """

    catalogue: Path = HERE
    dossier_regulations: Path = REGULATIONS
    files: str = ".local/files"


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
    numbers = Numbers(plumbing.collection)
    guidances = Guidances(plumbing.collection)
    moving = Moving(dossiers, numbers, regulation, plumbing.clock)
    return Wiring(
        stores=(owners, products, dossiers, numbers, guidances),
        routers=(
            owner_routes(owners),
            contact_routes(owners),
            product_routes(owners, products, product_sets, plumbing.clock),
            dossier_routes(products, moving),
            criteria_routes(dossiers, guidances, product_sets, plumbing.clock),
            evidence_routes(dossiers, files, product_sets, plumbing.clock),
            form_routes(owners, dossiers, product_sets, plumbing.clock),
            commune_routes(moving, load_contents(settings.catalogue)),
            supplement_routes(moving),
            agency_routes(moving),
            deadline_routes(moving),
            funnel_routes(products, dossiers, product_sets),
        ),
        handlers=bind(HANDLERS, dossiers=dossiers, regulation=regulation),
        timers=(Timer(dossiers, ringing(regulation)),),
        # How old a file is, is told by the machine's own clock, which no trial moves.
        work=(partial(sweep_for_ever, files, system_clock),),
    )


SERVICE = Service("dossier", "dossiers", wire, settings=DossierSettings)
