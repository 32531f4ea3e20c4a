"""Who may sign an authority's decisions, in which office and for how long."""

from datetime import date

from shared.document import Document
from shared.errors import Refusal

from .certificate import Kept
from .decision import Signer

MOST_SIGNATORIES = 300
ON_BEHALF = "KT."
"""A deputy signs for the chair, and the signature says so."""
DEPUTIES = ("phó", "thứ trưởng")


class SignerWithoutAuthority(Refusal):
    vi = "«{name}, {position}» không có thẩm quyền ký ngày {on} theo sổ người ký. Hãy kiểm tra người ký và ngày ký."
    en = "“{name}, {position}” had no authority to sign on {on}, by the register of signers. Check signer and date."


class DeputySignsOnBehalf(Refusal):
    status = 422
    vi = "Cấp phó ký thay phải ghi «KT.» trước chức danh, ví dụ «KT. Chủ tịch, Phó Chủ tịch»."
    en = "A deputy signs on behalf: write “KT.” before the office, as in “KT. Chủ tịch, Phó Chủ tịch”."


class SignatoryTwice(Refusal):
    vi = "«{name}, {position}» đã có trong sổ cho thời gian này."
    en = "“{name}, {position}” is in the register for that time already."


class SignatoriesTooMany(Refusal):
    vi = "Sổ người ký chỉ giữ {most} dòng."
    en = "The register of signers keeps {most} lines."


class SignatoryUnknown(Refusal):
    status = 404
    vi = "Không có dòng {id} trong sổ người ký."
    en = "There is no line {id} in the register of signers."


class Signatory(Kept):
    """One person in one office, from a day to a day; ``until`` is the last."""

    id: str
    name: str
    position: str
    since: date
    until: date | None
    basis: str
    """The document that put them there."""

    def signs(self, signer: Signer, on: date) -> bool:
        return (self.name, self.position) == (signer.name, signer.position) and self.covers(on)

    def covers(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)


class SigningRegister(Document):
    """The signers of one authority, of today and of before."""

    signatories: tuple[Signatory, ...] = ()


def check_signer(register: SigningRegister | None, signer: Signer, on: date) -> None:
    """Raises ``SignerWithoutAuthority`` and ``DeputySignsOnBehalf``.

    An authority that keeps no register answers itself for who signs; a deputy signs «KT.» everywhere.
    """
    _check_office(signer.position)
    if register is None or not register.signatories:
        return
    if not any(one.signs(signer, on) for one in register.signatories):
        raise SignerWithoutAuthority(name=signer.name, position=signer.position, on=on)


def _check_office(position: str) -> None:
    if any(word in position.lower() for word in DEPUTIES) and not position.startswith(ON_BEHALF):
        raise DeputySignsOnBehalf()


def enter(register: SigningRegister, signatory: Signatory) -> SigningRegister:
    """The register with one more line. Raises ``DeputySignsOnBehalf``, ``SignatoryTwice``, ``SignatoriesTooMany``."""
    _check_office(signatory.position)
    for one in register.signatories:
        same = (one.name, one.position) == (signatory.name, signatory.position)
        if same and (one.covers(signatory.since) or signatory.covers(one.since)):
            raise SignatoryTwice(name=one.name, position=one.position)
    if len(register.signatories) >= MOST_SIGNATORIES:
        raise SignatoriesTooMany(most=MOST_SIGNATORIES)
    return register.but(signatories=(*register.signatories, signatory))


def leave(register: SigningRegister, id: str, until: date) -> SigningRegister:
    """The register with the line ended on ``until``. Raises ``SignatoryUnknown``."""
    if not any(one.id == id for one in register.signatories):
        raise SignatoryUnknown(id=id)
    kept = tuple(one.model_copy(update={"until": until}) if one.id == id else one for one in register.signatories)
    return register.but(signatories=kept)
