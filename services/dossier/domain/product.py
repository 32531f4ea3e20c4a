"""A registered product, which holds its one open dossier."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.owner import Commune
from services.dossier.domain.steps import Lineage
from shared.document import Document
from shared.errors import Flaw, Refusal

CaseKind = Literal["first", "upgrade", "re_evaluation"]
"""First evaluation, upgrade, and re-evaluation at expiry (Decision 26/2026/QĐ-TTg, articles 6 and 7)."""


class ProductSetUnknown(Refusal):
    """The catalogue has no such set."""

    status = 422
    vi = "Không có bộ sản phẩm «{product_set}». Hãy chọn một mã trong danh mục, ví dụ: {examples}."
    en = "There is no product set “{product_set}”. Choose a code of the catalogue, for example: {examples}."

    @classmethod
    def named(cls, product_set: str, near: tuple[str, ...]) -> "ProductSetUnknown":
        flaw = Flaw("/product_set", "Không có bộ sản phẩm này.", "There is no such product set.")
        return cls(flaw, product_set=product_set, examples=", ".join(near))


class CommuneElsewhere(Refusal):
    """A commune's officer registers what belongs to that commune."""

    status = 403
    vi = "Phân công này chỉ dùng cho xã {reach}, không dùng cho xã {commune}. Hãy dùng một phân công khác."
    en = "This appointment is for commune {reach}, not for {commune}. Use another appointment."


class ProductHasOpenDossier(Refusal):
    """A product has one open dossier at a time."""

    vi = "Sản phẩm này đang có hồ sơ {dossier_id} chưa kết thúc. Hãy tiếp tục hồ sơ đó, hoặc rút nó trước."
    en = "This product has the open dossier {dossier_id}. Go on with it, or withdraw it first."


class ProductRecognised(Refusal):
    """What was recognised once is not evaluated for the first time again."""

    vi = "Sản phẩm này đã được công nhận. Hãy chọn «upgrade» (nâng hạng) hoặc «re_evaluation» (đánh giá lại)."
    en = "This product has been recognised before. Choose “upgrade” or “re_evaluation”."


class Opening(BaseModel):
    """The opening of a dossier: everything it begins with."""

    model_config = ConfigDict(frozen=True)

    dossier_id: str
    case_kind: CaseKind
    form: SelfAssessment
    opened_on: date
    lineage: Lineage | None = None


class Product(Document):
    """A product of an owner.

    ``opening`` is its latest dossier, which is thereby decided: a dossier exists as soon as its product names it,
    though its own document is written a moment later. ``search`` is its name as people look for it.
    """

    owner_id: str
    name: str
    product_set: str
    commune: Commune
    registered_on: date
    search: str = ""
    opening: Opening | None = None


def opened(product: Product, opening: Opening, after: Opening | None) -> Product:
    """The product with a new dossier in the place of ``after``, which the asker knows to be closed.

    Raises ``ProductHasOpenDossier`` when somebody else has opened one meanwhile.
    """
    held = product.opening
    if held is not None and held.dossier_id == opening.dossier_id:
        return product
    if held is not None and (after is None or held.dossier_id != after.dossier_id):
        raise ProductHasOpenDossier(dossier_id=held.dossier_id)
    return product.but(opening=opening)


def may_be_called(case_kind: CaseKind, recognised_before: bool) -> None:
    """Raises ``ProductRecognised`` for the first evaluation of what was recognised.

    Upgrades and re-evaluations are taken at the owner's word: certificates may be older than this platform.
    """
    if case_kind == "first" and recognised_before:
        raise ProductRecognised()


def check_commune(commune: str, reach: str | None) -> None:
    """Raises ``CommuneElsewhere`` for what lies outside the commune an appointment is limited to."""
    if reach is not None and commune != reach:
        raise CommuneElsewhere(reach=reach, commune=commune)
