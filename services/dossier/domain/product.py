"""A registered product, which holds its one open dossier."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.owner import Commune, OwnerKind
from services.dossier.domain.steps import Lineage
from shared.document import Document
from shared.errors import Flaw, Refusal
from shared.text import plain

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


class ProductSetReplaced(Refusal):
    """The decision in force has other sets than the one under which the product was registered."""

    vi = (
        "Bộ sản phẩm «{product_set}» không còn trong quyết định đang áp dụng. Hãy chọn bộ mới cho sản phẩm: {examples}."
    )
    en = "The product set “{product_set}” is not among those in force. Choose a new one for the product: {examples}."


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


class NothingDiffersOfProduct(Refusal):
    status = 422
    vi = "Yêu cầu không có gì khác với bản đăng ký của sản phẩm. Hãy nêu điều cần đổi."
    en = "The request says nothing new of the product. Name what is to be different."


class TooManyNames(Refusal):
    vi = "Sản phẩm đã đổi {most} lần, là mức cao nhất. Hãy báo cơ quan quản lý."
    en = "The product was changed {most} times, the most there can be. Tell the agency."


MOST_NAMES = 50


class Opening(BaseModel):
    """The opening of a dossier: everything it begins with."""

    model_config = ConfigDict(frozen=True)

    dossier_id: str
    case_kind: CaseKind
    form: SelfAssessment
    opened_on: date
    owner_kind: OwnerKind | None = None
    lineage: Lineage | None = None


class FormerProduct(BaseModel):
    """What a product was called and where it belonged, up to the day before ``until``."""

    model_config = ConfigDict(frozen=True)

    name: str
    product_set: str
    commune: str
    owner_id: str | None = None
    """None for what was changed before owners could change."""
    until: date


class Product(Document):
    """A product of an owner, under a permanent id whatever it is called; ``former`` is what it was before.

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
    former: tuple[FormerProduct, ...] = ()


def called(product: Product, given: Mapping[str, object], on: date) -> Product:
    """The product as it is from a day on, with what it was before kept; dossiers keep the name they were opened with.

    Raises ``NothingDiffersOfProduct`` or ``TooManyNames``.
    """
    new = product.but(**given)
    if new == product:
        raise NothingDiffersOfProduct()
    if len(product.former) >= MOST_NAMES:
        raise TooManyNames(most=MOST_NAMES)
    before = FormerProduct(
        name=product.name,
        product_set=product.product_set,
        commune=product.commune,
        owner_id=product.owner_id,
        until=on,
    )
    return new.but(former=(*product.former, before))


def corrected(product: Product, name: str | None, new_owner: str | None, on: date) -> Product:
    """The product after its certificate was corrected: under the name, or with the owner, that the certificate has now.

    A certificate that still says what the product was called before says nothing new. Raises ``TooManyNames``.
    """
    given: dict[str, object] = {}
    if name is not None and name not in (product.name, *(each.name for each in product.former)):
        given |= {"name": name, "search": plain(name)}
    if new_owner not in (None, product.owner_id):
        given["owner_id"] = new_owner
    return called(product, given, on) if given else product


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
