"""The dossier service, put together."""

from pathlib import Path

from services.dossier.catalogue import HERE, load
from services.dossier.contents import load_contents
from services.dossier.handlers import HANDLERS
from services.dossier.regulation import REGULATIONS, load_regulation
from services.dossier.routes import (
    Moving,
    agency_routes,
    commune_routes,
    contact_routes,
    deadline_routes,
    dossier_routes,
    funnel_routes,
    owner_routes,
    product_routes,
    supplement_routes,
)
from services.dossier.store import Dossiers, Numbers, Owners, Products
from services.dossier.timers import ringing
from shared.delivery import bind
from shared.service import Plumbing, Service, Timer, Wiring
from shared.settings import Settings


class DossierSettings(Settings):
    """Where the catalogue and this service's regulations lie; those this project carries when not set."""

    catalogue: Path = HERE
    dossier_regulations: Path = REGULATIONS


def wire(plumbing: Plumbing) -> Wiring:
    """Raises ``BrokenCatalogue`` or ``BrokenRegulation``: the service does not start on a file it cannot use."""
    settings = plumbing.settings
    assert isinstance(settings, DossierSettings)
    product_sets = load(settings.catalogue)
    regulation = load_regulation(settings.catalogue, settings.dossier_regulations)
    owners = Owners(plumbing.collection)
    products = Products(plumbing.collection)
    dossiers = Dossiers(plumbing.collection)
    numbers = Numbers(plumbing.collection)
    moving = Moving(dossiers, numbers, regulation, plumbing.clock)
    return Wiring(
        stores=(owners, products, dossiers, numbers),
        routers=(
            owner_routes(owners),
            contact_routes(owners),
            product_routes(owners, products, product_sets, plumbing.clock),
            dossier_routes(products, moving),
            commune_routes(moving, load_contents(settings.catalogue)),
            supplement_routes(moving),
            agency_routes(moving),
            deadline_routes(moving),
            funnel_routes(products, dossiers, product_sets),
        ),
        handlers=bind(HANDLERS, dossiers=dossiers, regulation=regulation),
        timers=(Timer(dossiers, ringing(regulation)),),
    )


SERVICE = Service("dossier", "dossiers", wire, settings=DossierSettings)
