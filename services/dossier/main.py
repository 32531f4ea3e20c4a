"""The dossier service, put together."""

from pathlib import Path

from services.dossier.catalogue import HERE, load
from services.dossier.handlers import HANDLERS
from services.dossier.routes import contact_routes, dossier_routes, funnel_routes, owner_routes, product_routes
from services.dossier.store import Dossiers, Owners, Products
from shared.delivery import bind
from shared.service import Plumbing, Service, Wiring
from shared.settings import Settings


class DossierSettings(Settings):
    """Where the catalogue of product sets lies; the one this project carries when not set."""

    catalogue: Path = HERE


def wire(plumbing: Plumbing) -> Wiring:
    """Raises ``BrokenCatalogue``: the service does not start on a file it cannot use."""
    settings = plumbing.settings
    product_sets = load(settings.catalogue if isinstance(settings, DossierSettings) else HERE)
    owners = Owners(plumbing.collection)
    products = Products(plumbing.collection)
    dossiers = Dossiers(plumbing.collection)
    return Wiring(
        stores=(owners, products, dossiers),
        routers=(
            owner_routes(owners),
            contact_routes(owners),
            product_routes(owners, products, product_sets, plumbing.clock),
            dossier_routes(products, dossiers, plumbing.clock),
            funnel_routes(products, dossiers, product_sets),
        ),
        handlers=bind(HANDLERS, dossiers=dossiers),
    )


SERVICE = Service("dossier", "dossiers", wire, settings=DossierSettings)
