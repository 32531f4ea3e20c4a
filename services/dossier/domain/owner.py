"""The owner of products (chủ thể): who it is, and how it is reached. Personal data is kept here only."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from shared.document import Document
from shared.errors import Language, Refusal
from shared.text import Text
from shared.validation import flaw_in_value

OwnerKind = Literal["cooperative", "cooperative_group", "enterprise", "farm", "household", "association", "centre"]
"""Who may be an owner; the last two for tourism only (Decision 26/2026/QĐ-TTg, article 2.3)."""

Commune = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{5}$")]
"""The five-digit code of a commune (Decision 19/2025/QĐ-TTg)."""

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{1,62}")
_PHONE = re.compile(r"\+?[0-9](?:[ .-]?[0-9]){6,14}")
_ORGANISATION = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _an_email(given: str) -> str:
    if _EMAIL.fullmatch(given) is None or ".." in given:
        raise flaw_in_value(
            "email", "Đây không phải địa chỉ thư điện tử; ví dụ đúng: ten@vidu.vn.", "It must be an e-mail address."
        )
    return given


def _a_phone(given: str) -> str:
    if _PHONE.fullmatch(given) is None:
        raise flaw_in_value(
            "phone",
            "Đây không phải số điện thoại; ví dụ đúng: 0912 345 678 hoặc +84 912 345 678.",
            "It must be a telephone number, such as +84 912 345 678.",
        )
    return given


Email = Annotated[str, Text(254), AfterValidator(_an_email)]
Phone = Annotated[str, Text(24), AfterValidator(_a_phone)]


class OwnerRegistered(Refusal):
    """An organisation is registered once."""

    vi = "Chủ thể {owner_id} đã được đăng ký. Hãy dùng bản đăng ký đó."
    en = "The owner {owner_id} is registered already. Use that registration."


class OrganisationUnusable(Refusal):
    """The appointment's organisation cannot serve as an owner's id."""

    status = 403
    vi = "Mã tổ chức trong phân công không dùng được làm mã chủ thể. Hãy nhờ nơi cấp phân công sửa lại."
    en = "The organisation in the appointment cannot be an owner's id. Ask whoever issued it to correct it."


class Owner(Document):
    """An owner; an appointment with the role owner names ``owner_id`` as its organisation."""

    owner_id: str
    name: str
    owner_kind: OwnerKind
    commune: Commune
    email: str
    phone: str | None = None
    language: Language
    representative: str | None = None
    position: str | None = None
    address: str | None = None


def owner_key(owner_id: str) -> str:
    """The document of an owner: an organisation's code comes from outside and must not meet any other id."""
    return f"owner/{owner_id}"


def own_id(organisation: str | None) -> str:
    """The id under which an organisation registers itself. Raises ``OrganisationUnusable``."""
    if organisation is None or _ORGANISATION.fullmatch(organisation) is None:
        raise OrganisationUnusable()
    return organisation


def registered(held: Owner | None, owner: Owner) -> Owner:
    """The owner, new. Raises ``OwnerRegistered`` when it is there already."""
    if held is not None:
        raise OwnerRegistered(owner_id=owner.owner_id)
    return owner
