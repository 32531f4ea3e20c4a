"""Certificates from before: given under older rules, taken over with their old numbers and codes."""

from datetime import date
from typing import Literal, NamedTuple

from .announcement import end_by
from .certificate import Certificate, Imported, OwnerKind, Product, Subject
from .recognition import Recognition, Sentence
from .rule_set import InForce, Lenient

MONTHS = 36
"""A certificate lasted 36 months under each of the five rule sets."""
Level = Literal["district-level", "provincial-level", "central-level"]


class HistoricAwards(Lenient):
    """Which level gave certificates of 3, 4 and 5 stars under a rule set."""

    number: str
    in_force: InForce
    awards: dict[str, Level]

    def given_by(self, stars: int, centre: bool) -> bool:
        """Whether the authority takes such a certificate over: the centre its own, a province all others."""
        level = self.awards.get(str(stars))
        return level is not None and (level == "central-level") == centre


class OldCertificate(NamedTuple):
    """One certificate as its paper says it."""

    printed_number: str
    product: Product
    product_code: str | None
    owner_id: str
    owner_kind: OwnerKind | None
    province: str
    commune: str
    product_set: str
    rule_set: str
    stars: int
    issuer: str
    decision_number: str
    decided_on: date
    valid_until: date


class TakenOver(NamedTuple):
    """What taking a certificate over brought about; ``issued`` is None when it had been taken over before."""

    recognition: Recognition
    issued: Certificate | None = None
    ended: tuple[Certificate, ...] = ()


def historic_number(authority: str, decided_on: date, printed: str) -> str:
    """The number under which an old certificate is looked up: the printed one, made unique in the country."""
    return f"{authority}-H{decided_on.year}-{printed.replace('/', '-')}"


def objection(old: OldCertificate, rules: HistoricAwards | None, centre: bool, today: date) -> Sentence | None:
    """Why a certificate cannot have been given so."""
    if rules is None:
        return Sentence("Không có bộ quy định này.", "There is no such rule set.")
    if not rules.in_force.covers(old.decided_on) or old.decided_on > today:
        return Sentence(
            f"Ngày {old.decided_on} nằm ngoài thời gian có hiệu lực của bộ quy định.",
            f"The rules were not in force on {old.decided_on}.",
        )
    if not rules.given_by(old.stars, centre):
        return Sentence(
            f"Theo bộ quy định này, giấy {old.stars} sao không do cấp này lưu.",
            f"Under these rules certificates of {old.stars} stars are not this authority's to take over.",
        )
    if old.valid_until <= old.decided_on:
        return Sentence("Ngày hết hạn không sau ngày quyết định.", "It ends on or before the day of its decision.")
    return None


def take_over(recognition: Recognition, number: str, old: OldCertificate, today: date) -> TakenOver:
    """The recognition with the old certificate at its place in time.

    What had ended before today is not told as ending now; of certificates of one product a later decision ends an
    earlier one, whichever was taken over first.
    """
    if recognition.certificate(number) is not None:
        return TakenOver(recognition)
    subject = Subject(
        dossier_id="",
        province=old.province,
        owner_id=old.owner_id,
        owner_kind=old.owner_kind,
        product=old.product,
        commune=old.commune,
        product_set=old.product_set,
        case_kind="first",
    )
    issued = Certificate(
        number=number,
        evaluation_id="",
        subject=subject,
        stars=old.stars,
        rule_set=old.rule_set,
        decision_number=old.decision_number,
        decided_on=old.decided_on,
        valid_from=old.decided_on,
        valid_until=old.valid_until,
        imported=Imported(printed_number=old.printed_number, product_code=old.product_code, issuer=old.issuer),
        expiry_told=old.valid_until < today,
    )
    earlier = [one for one in recognition.certificates if one.decided_on <= old.decided_on]
    later = recognition.certificates[len(earlier) :]
    ended: tuple[Certificate, ...] = ()
    if later and issued.running:
        issued = end_by(issued, later[0].number, later[0].decided_on)
    if earlier and earlier[-1].running:
        over = end_by(earlier[-1], number, old.decided_on)
        earlier, ended = [*earlier[:-1], over], (over,)
    theirs = max(recognition.elsewhere, key=lambda one: one.rank, default=None)
    if theirs is not None and issued.running and theirs.rank > issued.rank:
        issued = end_by(issued, theirs.number, theirs.decided_on)
    return TakenOver(recognition.but(certificates=(*earlier, issued, *later)), issued, ended)
