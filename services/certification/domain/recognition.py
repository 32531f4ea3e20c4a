"""What one authority has decided for one product: results that wait, announced results, all its certificates."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import ClassVar, Literal, NamedTuple

from pydantic import computed_field

from shared.document import Document
from shared.errors import Refusal

from .certificate import Certificate, HandOver, Kept, Replacement, Subject
from .rule_set import CENTRE, RuleSet, RuleSetUnknown

Outcome = Literal["recognised", "not_recognised"]
ResultState = Literal["waiting", "reserved", "withdrawn", "annulled", "announced"]


class ItemRefused(Refusal):
    """One item of a decision cannot be decided so. ``field`` is the part of the item that is to be mended."""

    field: ClassVar[str] = "evaluation_id"


class NoSuchResult(ItemRefused):
    vi = "Không có kết quả đánh giá nào như vậy đang chờ quyết định. Hãy lấy mã từ danh sách kết quả đang chờ."
    en = "No such result waits for a decision. Take the id from the list of waiting results."


class ResultWithdrawn(ItemRefused):
    vi = "Hồ sơ của «{product}» đã được chủ thể rút. Hãy bỏ sản phẩm này khỏi quyết định."
    en = "The owner has withdrawn the dossier of “{product}”. Leave this product out of the decision."


class ResultAnnulled(ItemRefused):
    vi = "Kết quả của «{product}» đã bị hủy; hội đồng chấm lại. Hãy bỏ sản phẩm này khỏi quyết định."
    en = "The result of “{product}” was annulled and is scored again. Leave this product out of the decision."


class ResultDecided(ItemRefused):
    vi = "Kết quả của «{product}» đã có quyết định {decision}. Hãy bỏ sản phẩm này khỏi quyết định."
    en = "The result of “{product}” is decided already, by decision {decision}. Leave this product out."


class ProductReserved(ItemRefused):
    """Another decision holds this product until it ends; ``by`` is that decision's reservation."""

    vi = "Sản phẩm «{product}» đang nằm trong một quyết định khác ({decision}). Hãy chờ quyết định đó xong."
    en = "Another decision ({decision}) has “{product}” in hand. Wait until that one has ended."

    def __init__(self, by: "Reservation", product: str) -> None:
        self.by = by
        super().__init__(product=product, decision=by.decision_id)


class DecidedBeforeScore(ItemRefused):
    vi = "Quyết định đề ngày {decided_on}, trước ngày hội đồng có kết quả ({scored_on}). Hãy sửa ngày quyết định."
    en = "The decision is dated {decided_on}, before the council's result of {scored_on}. Correct its date."


class DecidedBeforeLast(ItemRefused):
    vi = "Sản phẩm «{product}» đã có quyết định ngày {last}, sau ngày {decided_on}. Hãy sửa ngày quyết định."
    en = "“{product}” was decided on {last}, later than {decided_on}. Correct the decision's date."


class StarsMissing(ItemRefused):
    field = "stars"
    vi = "Công nhận thì phải nêu số sao. Hãy ghi số sao."
    en = "A recognition names its stars. Give them."


class StarsNotExpected(ItemRefused):
    field = "stars"
    vi = "Không công nhận thì không nêu số sao. Hãy bỏ số sao."
    en = "A product that is not recognised gets no stars. Leave them out."


class StarsAboveScore(ItemRefused):
    field = "stars"
    vi = "Kết quả của hội đồng chỉ đạt {scored} sao, không thể công nhận {stars} sao. Hãy sửa số sao."
    en = "The council's result allows {scored} star(s), not {stars}. Correct the stars."


class StarsNotAwarded(ItemRefused):
    field = "stars"
    vi = "Cơ quan này chỉ công nhận hạng {awarded} sao, không công nhận {stars} sao. Hãy sửa số sao hoặc kết luận."
    en = "This authority awards {awarded} stars, not {stars}. Correct the stars or the outcome."


class UpgradeNotHigher(ItemRefused):
    field = "stars"
    vi = "Sản phẩm đang có {held} sao còn hiệu lực; nâng hạng phải cao hơn. Hãy chọn «không công nhận»."
    en = "The product holds {held} valid stars; an upgrade gives more. Decide it “not_recognised”."


class AttemptOver(ItemRefused):
    """This attempt at the decision has been given up by another process; nothing more is reserved for it."""

    vi = "Quyết định này đã dừng. Hãy gửi lại."
    en = "This decision has been given up. Send it again."


class ScoreElsewhere(Refusal):
    """A province's council rates its own products; only the centre rates those of others."""

    vi = "Hội đồng của {authority} không đánh giá sản phẩm của tỉnh {province}."
    en = "The council of {authority} does not rate products of province {province}."


class FailedMinimum(Kept):
    """A star the product does not get because of one criterion."""

    star: int
    criterion: str
    needed: int
    had: int


class Reservation(Kept):
    """A result is held for one attempt at one decision, until that attempt ends."""

    decision_id: str
    attempt: int
    opened_at: datetime

    @property
    def rank(self) -> tuple[datetime, str]:
        """The lower goes first where two decisions want one product and neither has ended."""
        return self.opened_at, self.decision_id


class GivenUp(Kept):
    """The last attempt at a decision that ended without this result; no process may reserve it for that any more."""

    decision_id: str
    attempt: int


class Announcement(Kept):
    """What the decision says of the result."""

    decision_id: str
    decision_number: str
    decided_on: date
    outcome: Outcome
    stars: int | None
    certificate_number: str | None


class Withdrawal(Kept):
    """A dossier its owner took back, with every attempt up to this one."""

    dossier_id: str
    attempt: int
    province: str


class Result(Kept):
    """One final result of a council. Each fact about it has its own slot; its state follows from the slots."""

    evaluation_id: str
    attempt: int
    subject: Subject
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    rule_set: str
    scored_on: date
    withdrawn: bool = False
    annulled: bool = False
    reserved: Reservation | None = None
    given_up: tuple[GivenUp, ...] = ()
    announced: Announcement | None = None

    @computed_field  # type: ignore[prop-decorator]  # it is stored too, so that queries can ask for it
    @property
    def state(self) -> ResultState:
        """A reserved result stays with its decision although it is withdrawn or annulled meanwhile."""
        if self.announced is not None:
            return "announced"
        if self.reserved is not None:
            return "reserved"
        if self.annulled:
            return "annulled"
        return "withdrawn" if self.withdrawn else "waiting"

    def gave_up(self, decision_id: str, attempt: int) -> bool:
        return any(one.decision_id == decision_id and one.attempt >= attempt for one in self.given_up)


class Recognition(Document):
    """One product before one authority; its id is named by the two."""

    product_id: str
    results: tuple[Result, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()

    def result(self, evaluation_id: str) -> Result | None:
        return next((one for one in self.results if one.evaluation_id == evaluation_id), None)

    def certificate(self, number: str) -> Certificate | None:
        return next((one for one in self.certificates if one.number == number), None)

    @property
    def last(self) -> Certificate | None:
        """The newest certificate, the only one whose end may still have to be told."""
        return self.certificates[-1] if self.certificates else None

    def with_result(self, changed: Result) -> "Recognition":
        kept = tuple(changed if one.evaluation_id == changed.evaluation_id else one for one in self.results)
        return self.but(results=kept)

    def with_certificate(self, changed: Certificate) -> "Recognition":
        kept = tuple(changed if one.number == changed.number else one for one in self.certificates)
        return self.but(certificates=kept)


class Claim(NamedTuple):
    """What a decision says of one result, and the attempt at the decision that wants it."""

    by: Reservation
    decided_on: date
    evaluation_id: str
    outcome: Outcome
    stars: int | None


class Announced(NamedTuple):
    """What an announcement brought about."""

    recognition: Recognition
    result: Result | None
    """None when the result had been announced before and nothing happened."""
    issued: Certificate | None = None
    replaced: Certificate | None = None
    expired: Certificate | None = None
    """A certificate that had come to its end before the decision, and no timer had said so yet."""


def wait(recognition: Recognition, result: Result, rule_sets: Mapping[str, RuleSet]) -> Recognition:
    """The recognition with a council's result that waits for the chair.

    A province's council rates its own products (Decision 26/2026/QĐ-TTg, article 7.3), the central one those the
    provinces send (article 7.4). Raises ``ScoreElsewhere`` and ``RuleSetUnknown``.
    """
    subject = result.subject
    if recognition.authority not in (CENTRE, subject.province):
        raise ScoreElsewhere(authority=recognition.authority, province=subject.province)
    if result.rule_set not in rule_sets:
        raise RuleSetUnknown(rule_set=result.rule_set)
    if recognition.result(result.evaluation_id) is not None:
        return recognition
    before = any(_withdraws(one, result) for one in recognition.withdrawals)
    return recognition.but(results=(*recognition.results, result.model_copy(update={"withdrawn": before})))


def withdraw(recognition: Recognition, withdrawal: Withdrawal) -> Recognition:
    """The recognition without the results of a dossier its owner took back, whichever of the two came first.

    A result that a decision has reserved stays with it; it is withdrawn when that decision lets it go.
    """
    if withdrawal in recognition.withdrawals:
        return recognition
    results = tuple(
        one.model_copy(update={"withdrawn": True}) if _withdraws(withdrawal, one) else one
        for one in recognition.results
    )
    return recognition.but(results=results, withdrawals=(*recognition.withdrawals, withdrawal))


def annul(recognition: Recognition, evaluation_id: str) -> Recognition:
    """The recognition with one result that its council took back; another will come in its place.

    What a decision has reserved or announced stays with it: then it is the certificate that is to be revoked.
    """
    result = recognition.result(evaluation_id)
    if result is None or result.annulled:
        return recognition
    return recognition.with_result(result.model_copy(update={"annulled": True}))


def _withdraws(withdrawal: Withdrawal, result: Result) -> bool:
    subject = result.subject
    return (
        withdrawal.dossier_id == subject.dossier_id
        and withdrawal.province == subject.province
        and withdrawal.attempt >= result.attempt
    )


def reserve(recognition: Recognition, claim: Claim, rule_sets: Mapping[str, RuleSet]) -> Recognition:
    """The recognition with one result held for a decision; the same when it holds it already.

    Raises an ``ItemRefused``: the result is not there, withdrawn, decided, or the product is in another decision's
    hands; the decision is dated before the score or before the product's last decision; its stars are above what
    the score allows (Decision 26/2026/QĐ-TTg, article 3.3), or not this authority's to award (articles 7.3, 7.4).
    """
    result = recognition.result(claim.evaluation_id)
    if result is None:
        raise NoSuchResult()
    by, product = claim.by, result.subject.product.name
    if result.announced is not None:
        if result.announced.decision_id == by.decision_id:
            return recognition
        raise ResultDecided(product=product, decision=result.announced.decision_number)
    if result.gave_up(by.decision_id, by.attempt):
        raise AttemptOver()
    if result.reserved == by:
        return recognition
    for other in recognition.results:
        if other.reserved is not None and other.announced is None:
            raise ProductReserved(other.reserved, product)
    if result.withdrawn:
        raise ResultWithdrawn(product=product)
    if result.annulled:
        raise ResultAnnulled(product=product)
    if claim.decided_on < result.scored_on:
        raise DecidedBeforeScore(decided_on=claim.decided_on, scored_on=result.scored_on)
    last = max((one.announced.decided_on for one in recognition.results if one.announced is not None), default=None)
    if last is not None and claim.decided_on < last:
        raise DecidedBeforeLast(product=product, decided_on=claim.decided_on, last=last)
    _check_stars(recognition, result, claim, rule_sets[result.rule_set])
    return recognition.with_result(result.model_copy(update={"reserved": by}))


def _check_stars(recognition: Recognition, result: Result, claim: Claim, rules: RuleSet) -> None:
    if claim.outcome == "not_recognised":
        if claim.stars is not None:
            raise StarsNotExpected()
        return
    if claim.stars is None:
        raise StarsMissing()
    awarded = rules.awarded_by(recognition.authority)
    if claim.stars not in awarded:
        raise StarsNotAwarded(stars=claim.stars, awarded=", ".join(map(str, awarded)))
    if claim.stars > result.stars:
        raise StarsAboveScore(stars=claim.stars, scored=result.stars)
    held = recognition.last
    valid = held.stars if held is not None and held.on(claim.decided_on) == "valid" else 0
    if result.subject.case_kind == "upgrade" and claim.stars <= valid:
        # An upgrade is a rise in rank; one that failed leaves the certificate as it is.
        raise UpgradeNotHigher(held=valid)


def give_up(recognition: Recognition, evaluation_id: str, decision_id: str, attempt: int) -> Recognition:
    """The recognition with the result let go, and closed to any process that still works on that attempt."""
    result = recognition.result(evaluation_id)
    if result is None or result.announced is not None or result.gave_up(decision_id, attempt):
        return recognition
    mine = result.reserved is not None and (result.reserved.decision_id, result.reserved.attempt) == (
        decision_id,
        attempt,
    )
    others = tuple(one for one in result.given_up if one.decision_id != decision_id)
    given_up = (*others, GivenUp(decision_id=decision_id, attempt=attempt))
    changes = {"given_up": given_up, "reserved": None if mine else result.reserved}
    return recognition.with_result(result.model_copy(update=changes))


def announce(
    recognition: Recognition,
    evaluation_id: str,
    said: Announcement,
    term: Callable[[Result], date],
) -> Announced:
    """The result announced and, when recognised, its certificate issued; the active one of before ends.

    ``term`` gives the last valid day. Nothing is refused here: the decision is signed. An upgrade or a
    re-evaluation ends the old certificate on the new decision's date, and a product that is not recognised keeps
    what it has to its last day.
    """
    result = recognition.result(evaluation_id)
    if result is None or result.announced is not None:
        return Announced(recognition, None)
    result = result.model_copy(update={"announced": said, "reserved": None, "given_up": ()})
    recognition = recognition.with_result(result)
    if said.certificate_number is None or said.stars is None:
        return Announced(recognition, result)
    expired = replaced = None
    old = recognition.last
    if old is not None and old.running:
        if old.valid_until < said.decided_on:
            expired = old.model_copy(update={"expiry_told": True})
        else:
            instead = Replacement(number=said.certificate_number, on=said.decided_on)
            replaced = old.model_copy(update={"replaced": instead})
        recognition = recognition.with_certificate(expired or replaced or old)
    issued = Certificate(
        number=said.certificate_number,
        evaluation_id=evaluation_id,
        subject=result.subject,
        stars=said.stars,
        rule_set=result.rule_set,
        decision_number=said.decision_number,
        decided_on=said.decided_on,
        valid_from=said.decided_on,
        valid_until=term(result),
        replaces=replaced.number if replaced is not None else None,
    )
    after = recognition.but(certificates=(*recognition.certificates, issued))
    return Announced(after, result, issued, replaced, expired)


def hand_over(recognition: Recognition, number: str, given: HandOver) -> Recognition:
    """The recognition with the certificate handed over; the first hand-over of a certificate stays."""
    certificate = recognition.certificate(number)
    if certificate is None or certificate.handed_over is not None:
        return recognition
    return recognition.with_certificate(certificate.model_copy(update={"handed_over": given}))
