"""How a dossier is opened though two documents are written."""

from collections.abc import Callable

from pydantic import BaseModel

from services.dossier.certificates import Certificates
from services.dossier.domain.dossier import Dossier, drafted
from services.dossier.domain.product import Opening, Product, ProductHasOpenDossier, opened
from services.dossier.store import Products
from shared.command import Command
from shared.document import Decision
from shared.fold import Saved, Within


async def open_dossier(
    product: Product,
    opening: Opening,
    products: Products,
    certificates: Certificates,
    *,
    command: Command,
    answer: Callable[[Dossier], BaseModel],
    within: Within,
) -> Saved[Dossier]:
    """Open a dossier for a product that has none open.

    The product's write decides, and of two who come at once one is refused there. The dossier's own document follows
    from it: should a crash come between the two, the repeated request writes it, or else whoever asks next. Raises
    ``ProductHasOpenDossier`` or ``ProductRecognised``, and ``NotFound`` for a product that was passed on meanwhile.
    """
    dossiers, draft = certificates.dossiers, drafted(product, opening)
    if not await dossiers.count({"_id": draft.id}):
        last = product.opening
        if last is not None and last.dossier_id != draft.id:
            before = (await dossiers.add(drafted(product, last))).document
            if not before.closed:
                raise ProductHasOpenDossier(dossier_id=before.id)
        await certificates.may_be_called(opening.case_kind, product.id)

        def decide(held: Product) -> Decision[Product]:
            return opened(held, opening, last), ()

        await products.change(product.id, decide, command=command, within=within)
    return await dossiers.add(draft, command=command, answer=answer)
