"""What one authority has decided for one product: results that wait, announced results, all its certificates."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Literal, NamedTuple

from pydantic import computed_field

from shared.document import CENTRE, Document
from shared.errors import Refusal

from .certificate import Certificate, Kept, Subject
from .rule_set import RuleSet, RuleSetUnknown

Outcome = Literal["recognised", "not_recognised", "forwarded"]
"""``forwarded``: the province approves the result and sends it to the Ministry for five stars."""
ResultState = Literal["waiting", "reserved", "withdrawn", "annulled", "forwarded", "announced"]


class Sentence(NamedTuple):
    """What a person is told, in both languages."""

    vi: str
    en: str


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
    vi = "Kết quả đánh giá của «{product}» đã bị hủy. Hãy bỏ sản phẩm này và chờ kết quả mới."
    en = "The council's result on “{product}” has been annulled. Leave it out and wait for a new one."


class ResultForwardedBefore(ItemRefused):
    vi = "Kết quả của «{product}» đã được chuyển Trung ương theo quyết định {decision}."
    en = "The result of “{product}” was forwarded to the centre by decision {decision}."


class NotForFiveStars(ItemRefused):
    field = "outcome"
    vi = "Kết quả của «{product}» chưa đạt mức 5 sao để chuyển Trung ương. Hãy sửa kết luận."
    en = "The result of “{product}” does not reach five stars to be forwarded. Correct the outcome."


class RulesNotInForce(ItemRefused):
    vi = "Quyết định {rules} không có hiệu lực ngày {decided_on}. Hãy sửa ngày quyết định."
    en = "Decision {rules} was not in force on {decided_on}. Correct the decision's date."


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
    vi = "Không công nhận hoặc chuyển Trung ương thì không nêu số sao. Hãy bỏ số sao."
    en = "A product that is not recognised or is forwarded gets no stars. Leave them out."


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


class Forwarding(Kept):
    """The decision that approved the result and sent it to the centre; what comes back may be decided here."""

    decision_id: str
    decision_number: str
    on: date


class LeftOut(Kept):
    """The decision that left the result out, and why; it waits for another."""

    decision_id: str
    decision_number: str
    on: date
    reason: str


class Filing(Kept):
    """A dossier for a re-evaluation that was lodged with the commune or submitted, and has no outcome yet."""

    dossier_id: str
    attempt: int


class Elsewhere(Kept):
    """A certificate that the other authority, province or centre, has given to the same product."""

    number: str
    authority: str
    stars: int
    decided_on: date
    valid_until: date

    @property
    def rank(self) -> tuple[date, int]:
        """Of two certificates of one product the later decision holds; of two of one day the higher star."""
        return self.decided_on, self.stars


class Result(Kept):
    """One final result of a council. Each fact about it has its own slot; its state follows from the slots."""

    evaluation_id: str
    attempt: int
    subject: Subject
    stars: int
    failed_minimums: tuple[FailedMinimum, ...]
    rule_set: str
    scored_on: date
    potential_five_star: bool = False
    manifest_hash: str | None = None
    """The file the council rated."""
    central: bool = False
    """The central council's result on a file this province had sent it, or that went there directly."""
    withdrawn: bool = False
    annulled: bool = False
    """The council's result itself was annulled."""
    forwarded: Forwarding | None = None
    left_out: LeftOut | None = None
    reserved: Reservation | None = None
    given_up: tuple[GivenUp, ...] = ()
    announced: Announcement | None = None

    @computed_field  # type: ignore[prop-decorator]  # it is stored too, so that queries can ask for it
    @property
    def state(self) -> ResultState:
        """A reserved result stays with its decision although the dossier is withdrawn meanwhile."""
        if self.announced is not None:
            return "announced"
        if self.reserved is not None:
            return "reserved"
        if self.annulled:
            return "annulled"
        if self.withdrawn:
            return "withdrawn"
        return "forwarded" if self.forwarded is not None else "waiting"

    def gave_up(self, decision_id: str, attempt: int) -> bool:
        return any(one.decision_id == decision_id and one.attempt >= attempt for one in self.given_up)


class Recognition(Document):
    """One product before one authority; its id is named by the two."""

    product_id: str
    results: tuple[Result, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    annulments: tuple[str, ...] = ()
    """Evaluations whose score was annulled, heard perhaps before the score itself."""
    stopped: tuple[Filing, ...] = ()
    """Files on which a council has ended its evaluation without a star, heard perhaps before the file itself."""
    filed: Filing | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    held: Reservation | None = None
    """The act that has its certificates in hand; void when that attempt has ended."""

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
    before = {
        "withdrawn": any(_withdraws(one, result) for one in recognition.withdrawals),
        "annulled": result.evaluation_id in recognition.annulments,
    }
    return recognition.but(results=(*recognition.results, result.model_copy(update=before)))


def take_up(recognition: Recognition, central: Result, rule_sets: Mapping[str, RuleSet]) -> Recognition:
    """The recognition with a result of the centre's council that waits for the province's chair.

    Below five stars the province may recognise 3 or 4 on it (Decision 26/2026/QĐ-TTg, article 7.4); one it could not
    recognise either is left alone. Raises as ``wait`` does.
    """
    rules = rule_sets.get(central.rule_set)
    if rules is not None and central.stars not in rules.awarded_by(recognition.authority):
        return recognition
    return wait(recognition, central, rule_sets)


def annul(recognition: Recognition, evaluation_id: str) -> Recognition:
    """The recognition with a council's result that holds no longer, whichever of score and annulment came first.

    A result that is reserved stays with its decision, as one that is withdrawn does; what was decided on an annulled
    score is annulled by another decision.
    """
    if evaluation_id in recognition.annulments:
        return recognition
    results = tuple(
        one.model_copy(update={"annulled": True}) if one.evaluation_id == evaluation_id else one
        for one in recognition.results
    )
    return recognition.but(results=results, annulments=(*recognition.annulments, evaluation_id))


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


def _withdraws(withdrawal: Withdrawal, result: Result) -> bool:
    subject = result.subject
    return (
        withdrawal.dossier_id == subject.dossier_id
        and withdrawal.province == subject.province
        and withdrawal.attempt >= result.attempt
    )


def file(recognition: Recognition, filing: Filing) -> Recognition:
    """The recognition with a re-evaluation under way; the same when that attempt has had its outcome already."""
    ended = [(one.subject.dossier_id, one.attempt) for one in recognition.results if one.announced is not None]
    ended += [(one.dossier_id, one.attempt) for one in recognition.withdrawals]
    ended += [(one.dossier_id, one.attempt) for one in recognition.stopped]
    over = any(dossier == filing.dossier_id and attempt >= filing.attempt for dossier, attempt in ended)
    return recognition if over or recognition.filed == filing else recognition.but(filed=filing)


def stop(recognition: Recognition, filing: Filing) -> Recognition:
    """The recognition that knows of a file on which a council has ended its evaluation without a star."""
    return recognition if filing in recognition.stopped else recognition.but(stopped=(*recognition.stopped, filing))


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
    if (other_way := _decided_the_other_way(recognition, result)) is not None:
        raise ResultDecided(product=product, decision=other_way.decision_number)
    if result.annulled:
        raise ResultAnnulled(product=product)
    if result.withdrawn:
        raise ResultWithdrawn(product=product)
    if claim.outcome == "forwarded" and result.forwarded is not None:
        raise ResultForwardedBefore(product=product, decision=result.forwarded.decision_number)
    if claim.decided_on < result.scored_on:
        raise DecidedBeforeScore(decided_on=claim.decided_on, scored_on=result.scored_on)
    last = max((one.announced.decided_on for one in recognition.results if one.announced is not None), default=None)
    if last is not None and claim.decided_on < last:
        raise DecidedBeforeLast(product=product, decided_on=claim.decided_on, last=last)
    rules = rule_sets[result.rule_set]
    if not rules.in_force.covers(claim.decided_on):
        raise RulesNotInForce(rules=rules.decision.number, decided_on=claim.decided_on)
    _check_stars(recognition, result, claim, rules)
    return recognition.with_result(result.model_copy(update={"reserved": by}))


def _decided_the_other_way(recognition: Recognition, result: Result) -> Announcement | None:
    """The decision on the same dossier by the other council's result.

    Of a file that the centre rates below five stars the province recognises 3 or 4 on the central council's result,
    or on its own (Decision 26/2026/QĐ-TTg, article 7.4): one of the two.
    """
    others = (
        one.announced
        for one in recognition.results
        if one.central != result.central and one.subject.dossier_id == result.subject.dossier_id
    )
    return next((said for said in others if said is not None), None)


def _check_stars(recognition: Recognition, result: Result, claim: Claim, rules: RuleSet) -> None:
    if claim.outcome != "recognised":
        if claim.stars is not None:
            raise StarsNotExpected()
        sendable = result.potential_five_star and not result.central and recognition.authority != CENTRE
        if claim.outcome == "forwarded" and not sendable:
            # The average must reach the band of five stars (Decision 26/2026/QĐ-TTg, article 7.3).
            raise NotForFiveStars(product=result.subject.product.name)
        return
    if claim.stars is None:
        raise StarsMissing()
    awarded = rules.awarded_by(recognition.authority)
    if claim.stars not in awarded:
        raise StarsNotAwarded(stars=claim.stars, awarded=", ".join(map(str, awarded)))
    if claim.stars > result.stars:
        raise StarsAboveScore(stars=claim.stars, scored=result.stars)
    held = recognition.last
    valid = held.stars if held is not None and held.in_effect(claim.decided_on) else 0
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
