"""How the dossier service is put together."""

from services.dossier import catalogue
from services.dossier.handlers import HANDLERS
from services.dossier.routes import contact_routes, dossier_routes, funnel_routes, owner_routes, product_routes
from services.dossier.store import Dossiers, Owners, Products
from shared.delivery import bind
from shared.service import Plumbing, Service, Wiring


def wire(plumbing: Plumbing) -> Wiring:
    product_sets = catalogue.load()
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


SERVICE = Service("dossier", "dossiers", wire)
