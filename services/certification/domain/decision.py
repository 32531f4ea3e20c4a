"""The chair's decision over many results: reserved product by product, then issued by one write or refused whole."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from shared.document import Document
from shared.errors import Flaw, Refusal

from .certificate import Kept, certificate_number
from .recognition import Outcome, Reservation
from .reserving import Claim

State = Literal["reserving", "releasing", "refused", "issued"]

MOST_ITEMS = 800
"""Results in one decision; the largest round known names some 700."""
MOST_FLAWS_KEPT = 50
MOST_ATTEMPTS_KEPT = 64
"""Refused attempts whose reasons are kept, so that each can be answered again."""
LOOKED_AFTER = timedelta(seconds=5)
"""After this long without an end, a worker takes the decision up."""


class DecisionNumberTaken(Refusal):
    vi = "Số quyết định {number} năm {year} đã được ban hành. Hãy kiểm tra lại số quyết định."
    en = "Decision {number} of {year} has been issued already. Check the decision's number."


class AttemptUnderWay(Refusal):
    """Another request works on the same decision; it is brought to its end first."""

    vi = "Quyết định {number} đang được xử lý. Hãy chờ."
    en = "Decision {number} is being worked on. Wait."

    def __init__(self, number: str, attempt: int) -> None:
        self.attempt = attempt
        super().__init__(number=number)


class DecisionDatedAhead(Refusal):
    status = 422
    vi = "Quyết định đề ngày {decided_on}, sau hôm nay ({today}). Hãy sửa ngày quyết định."
    en = "The decision is dated {decided_on}, later than today ({today}). Correct its date."


class DecisionRefused(Refusal):
    """Some items cannot be decided so; nothing was decided for any product."""

    vi = "Quyết định không được ban hành vì {count} mục chưa đúng; chưa sản phẩm nào được quyết định. Hãy sửa từng mục."
    en = "The decision is not issued: {count} item(s) are not in order, and no product is decided. Mend each one."


class AttemptForgotten(Refusal):
    """A repeat of an attempt that was refused, and followed by others, so that its reasons are no longer kept."""

    vi = "Lần gửi này đã bị từ chối, sau đó đã có lần gửi khác; lý do không còn lưu. Hãy xem quyết định hiện nay."
    en = "This attempt was refused, others followed, its reasons are no longer kept. Look at the decision as it is now."


class ProductTwice(Refusal):
    vi = "Sản phẩm này đã có ở mục {first} của quyết định. Hãy bỏ một mục."
    en = "Item {first} of the decision names the same product. Leave one out."


class Signer(Kept):
    """Who signed, in which office."""

    name: str
    position: str


class Item(Kept):
    """What the decision says of one result. An evaluation that is not known names no recognition."""

    evaluation_id: str
    outcome: Outcome
    stars: int | None
    recognition_id: str | None
    dossier_id: str | None
    certificate_number: str | None = None


class ItemLeftOut(Kept):
    """A result the decision leaves out, and why; it is not reserved and waits for another decision."""

    evaluation_id: str
    recognition_id: str
    dossier_id: str
    reason: str


class KeptFlaw(Kept):
    """Why one item was refused, as the asker is told."""

    pointer: str
    vi: str
    en: str

    @property
    def flaw(self) -> Flaw:
        return Flaw(self.pointer, self.vi, self.en)


def kept(flaws: Sequence[Flaw]) -> tuple[KeptFlaw, ...]:
    """As many of them as a document remembers."""
    return tuple(KeptFlaw(**flaw._asdict()) for flaw in flaws[:MOST_FLAWS_KEPT])


class RefusedAttempt(Kept):
    """An attempt that ended without a decision."""

    attempt: int
    count: int
    flaws: tuple[KeptFlaw, ...]


class RecognitionDecision(Document):
    """A decision under its legal number; one that is refused may be sent again, mended, under the same number."""

    number: str
    full_number: str
    year: int
    attempt: int
    state: State
    decided_on: date
    signer: Signer
    opened_at: datetime
    items: tuple[Item, ...]
    left_out: tuple[ItemLeftOut, ...] = ()
    refused: tuple[RefusedAttempt, ...] = ()

    @property
    def reservation(self) -> Reservation:
        """By what a product is held for this attempt."""
        return Reservation(decision_id=self.id, attempt=self.attempt, opened_at=self.opened_at)

    def claim(self, item: Item) -> Claim:
        return Claim(self.reservation, self.decided_on, item.evaluation_id, item.outcome, item.stars)

    def is_at(self, attempt: int, state: State) -> bool:
        return self.attempt == attempt and self.state == state

    def ended(self, attempt: int) -> bool:
        return self.attempt > attempt or self.state in ("refused", "issued")

    def refusal(self, attempt: int) -> RefusedAttempt | None:
        """Why that attempt was refused; None when it was not. Raises ``AttemptForgotten``."""
        found = next((one for one in self.refused if one.attempt == attempt), None)
        if found is None and attempt < self.attempt:
            raise AttemptForgotten()
        return found


def decision_id(authority: str, year: int, number: str) -> str:
    """A decision's number is unique per issuer and year."""
    return f"decision/{authority}/{year}/{number}"


def open_attempt(held: RecognitionDecision | None, asked: RecognitionDecision) -> RecognitionDecision:
    """The decision as ``asked``, to be reserved: new, or once more under a number whose last attempt was refused.

    Raises ``DecisionNumberTaken`` when it is issued and ``AttemptUnderWay`` while an attempt has not ended.
    """
    if held is None:
        return asked
    if held.state == "issued":
        raise DecisionNumberTaken(number=held.full_number, year=held.year)
    if held.state != "refused":
        raise AttemptUnderWay(held.full_number, held.attempt)
    return asked.but(attempt=held.attempt + 1, refused=held.refused)


def repeated(decision: RecognitionDecision) -> list[Flaw]:
    """The items that name a product an earlier item names."""
    first: dict[str, int] = {}
    found = []
    for n, item in enumerate(decision.items):
        if item.recognition_id is not None and first.setdefault(item.recognition_id, n) != n:
            found.append(ProductTwice(first=first[item.recognition_id] + 1).flaw(f"/items/{n}/evaluation_id"))
    for n, out in enumerate(decision.left_out):
        if out.recognition_id in first:
            found.append(ProductTwice(first=first[out.recognition_id] + 1).flaw(f"/left_out/{n}/evaluation_id"))
    return found


def refuse(decision: RecognitionDecision, attempt: int, flaws: Sequence[Flaw]) -> RecognitionDecision:
    """The decision given up; its products are still to be let go. The same when it is no longer being reserved."""
    if not decision.is_at(attempt, "reserving"):
        return decision
    over = RefusedAttempt(attempt=attempt, count=len(flaws), flaws=kept(flaws))
    return decision.but(state="releasing", refused=(*decision.refused, over)[-MOST_ATTEMPTS_KEPT:])


def release(decision: RecognitionDecision, attempt: int) -> RecognitionDecision:
    """The decision refused for good: all its products are let go."""
    return decision.but(state="refused", due=None) if decision.is_at(attempt, "releasing") else decision


def issue(decision: RecognitionDecision, attempt: int) -> RecognitionDecision:
    """The decision issued, with a number for each certificate by its place: nothing can refuse it any more.

    Only with every product reserved for ``attempt``. The same when it is no longer being reserved.
    """
    if not decision.is_at(attempt, "reserving"):
        return decision
    items, position = [], 0
    for item in decision.items:
        if item.outcome == "recognised":
            position += 1
            number = certificate_number(decision.authority, decision.year, decision.number, position)
            item = item.model_copy(update={"certificate_number": number})
        items.append(item)
    return decision.but(state="issued", due=None, items=tuple(items))
