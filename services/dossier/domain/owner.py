"""The owner of products (chủ thể): who it is, and how it is reached. Personal data is kept here only."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

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


class NothingDiffers(Refusal):
    status = 422
    vi = "Yêu cầu không có gì khác với bản đăng ký. Hãy nêu điều cần đổi."
    en = "The request says nothing new of the owner. Name what is to be different."


class TooManyChanges(Refusal):
    vi = "Bản đăng ký đã đổi {most} lần, là mức cao nhất. Hãy báo cơ quan quản lý."
    en = "The registration was changed {most} times, the most there can be. Tell the agency."


class DelegationUnusable(Refusal):
    """A delegation is for a term that is still to come, and each consultant holds one at a time."""

    status = 422
    vi = "Ủy quyền không hợp lệ: ngày cuối đã qua hoặc chủ thể đã ủy quyền cho {most} đơn vị."
    en = "The delegation is not in order: its last day has passed, or {most} consultants hold one already."


class DelegationUnknown(Refusal):
    status = 404
    vi = "Chủ thể không ủy quyền cho đơn vị «{consultant}»."
    en = "The owner has no delegation for the consultant “{consultant}”."


MOST_CHANGES = 100
MOST_CONSULTANTS = 50


class Former(BaseModel):
    """What an owner was called and where it was, up to the day before ``until``."""

    model_config = ConfigDict(frozen=True)

    name: str
    representative: str | None
    position: str | None
    address: str | None
    commune: str
    until: date


class Delegation(BaseModel):
    """What an owner lets a consultant do in its place: work on its dossiers, up to and including ``until``."""

    model_config = ConfigDict(frozen=True)

    consultant: str
    since: date
    until: date
    taken_back_on: date | None = None

    def in_force(self, on: date) -> bool:
        """A delegation that is taken back ends with that moment."""
        return self.taken_back_on is None and self.since <= on <= self.until


class Owner(Document):
    """An owner; an appointment with the role owner names ``owner_id`` as its organisation."""

    owner_id: str
    name: str
    search: str = ""
    owner_kind: OwnerKind
    commune: Commune
    email: str
    phone: str | None = None
    language: Language
    representative: str | None = None
    position: str | None = None
    address: str | None = None
    former: tuple[Former, ...] = ()
    delegations: tuple[Delegation, ...] = ()


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


_TOLD = ("name", "representative", "position", "address", "commune")


def renamed(owner: Owner, given: Mapping[str, object], on: date) -> Owner:
    """The owner as it is from a day on, with what it was before kept. Dossiers that were lodged keep what they say.

    Raises ``NothingDiffers`` or ``TooManyChanges``.
    """
    new = owner.but(**given)
    if new == owner:
        raise NothingDiffers()
    if all(getattr(new, name) == getattr(owner, name) for name in _TOLD):
        return new
    if len(owner.former) >= MOST_CHANGES:
        raise TooManyChanges(most=MOST_CHANGES)
    before = Former(until=on, **{name: getattr(owner, name) for name in _TOLD})
    return new.but(former=(*owner.former, before))


def delegated(owner: Owner, given: Delegation) -> Owner:
    """The owner with a delegation, in the place of an earlier one of that consultant. Raises ``DelegationUnusable``."""
    others = tuple(each for each in owner.delegations if each.consultant != given.consultant)
    if given.until < given.since or len(others) >= MOST_CONSULTANTS:
        raise DelegationUnusable(most=MOST_CONSULTANTS)
    return owner.but(delegations=(*others, given))


def taken_back(owner: Owner, consultant: str, on: date) -> Owner:
    """The owner without a delegation in force; taking it back again changes nothing. Raises ``DelegationUnknown``."""
    if all(each.consultant != consultant for each in owner.delegations):
        raise DelegationUnknown(consultant=consultant[:64])
    return owner.but(
        delegations=tuple(
            each.model_copy(update={"taken_back_on": on})
            if each.consultant == consultant and each.taken_back_on is None
            else each
            for each in owner.delegations
        )
    )


def acts_for(owner: Owner, consultant: str | None, on: date) -> bool:
    """Whether a consultant may work in the owner's place on a day."""
    return any(each.consultant == consultant and each.in_force(on) for each in owner.delegations)
