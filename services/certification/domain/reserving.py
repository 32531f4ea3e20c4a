"""Holding a council's result for a decision: whether it can be decided so, and letting it go again."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, NamedTuple

from shared.document import CENTRE
from shared.errors import Refusal

from .recognition import Announcement, GivenUp, Outcome, Recognition, Reservation, Result
from .rule_set import RuleSet


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


class Claim(NamedTuple):
    """What a decision says of one result, and the attempt at the decision that wants it."""

    by: Reservation
    decided_on: date
    evaluation_id: str
    outcome: Outcome
    stars: int | None


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
