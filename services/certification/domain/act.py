"""An act: one decision or one ceremony that does the same thing to many certificates, all of them or none."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from shared.document import Document
from shared.errors import Flaw, Refusal

from .annulment import Annulment
from .ceremony import Ceremony
from .certificate import ByDecision, Certificate, Kept
from .correction import Correction
from .decision import AttemptUnderWay, DecisionNumberTaken, KeptFlaw, Signer, kept
from .extension import Extension
from .recognition import Recognition, Reservation, Sentence
from .removal import Removal
from .revocation import Revocation

Matter = Annotated[
    Ceremony | Revocation | Annulment | Extension | Correction | Removal,
    Field(discriminator="kind"),
]
"""What is done, and whether it can be done to a certificate."""

MOST_CERTIFICATES = 1_000


class ActRefused(Refusal):
    """Some certificates cannot be dealt with so; nothing was done to any."""

    vi = "Chưa giấy chứng nhận nào được xử lý vì {count} mục chưa đúng. Hãy sửa từng mục được nêu."
    en = "Nothing is done to any certificate: {count} item(s) are not in order. Mend each one named."


class ProductHeld(Refusal):
    """Another act holds this product until it ends."""

    vi = "Giấy chứng nhận đang nằm trong một việc khác ({act}). Hãy chờ việc đó xong."
    en = "Another act ({act}) has this certificate in hand. Wait until that one has ended."

    def __init__(self, by: Reservation) -> None:
        self.by = by
        super().__init__(act=by.decision_id)


class ActItem(Kept):
    """A certificate of the act and where it is kept; None when no certificate has this number."""

    number: str
    recognition_id: str | None


class Act(Document):
    """Reserved product by product, committed by one write, then carried out; a refused number may be sent again."""

    attempt: int
    state: Literal["reserving", "refused", "carrying", "done"]
    opened_at: datetime
    number: str | None
    """The decision's number with its symbol; a ceremony has none."""
    on: date
    signer: Signer | None
    matter: Matter
    items: tuple[ActItem, ...]
    refused_because: tuple[KeptFlaw, ...] = ()

    @property
    def reservation(self) -> Reservation:
        """By what a product is held for this attempt; it is void when the attempt has ended."""
        return Reservation(decision_id=self.id, attempt=self.attempt, opened_at=self.opened_at)

    @property
    def by(self) -> ByDecision:
        return ByDecision(decision_id=self.id, decision_number=self.number or self.id, on=self.on)

    @property
    def products(self) -> dict[str, list[str]]:
        """The numbers of the act, by the recognition that keeps them."""
        found: dict[str, list[str]] = {}
        for item in self.items:
            if item.recognition_id is not None:
                found.setdefault(item.recognition_id, []).append(item.number)
        return found

    def is_at(self, attempt: int, state: str) -> bool:
        return self.attempt == attempt and self.state == state

    def ended(self, attempt: int) -> bool:
        return self.attempt > attempt or self.state in ("refused", "done")

    def flaw(self, number: str, wrong: Sentence) -> Flaw:
        """What is wrong with the certificate of that number, at the place where it was named last."""
        place = max(n for n, item in enumerate(self.items) if item.number == number)
        return Flaw(f"/{self.matter.pointer}/{place}", wrong.vi, wrong.en)


class Carried(NamedTuple):
    """What an act did to one product: the certificates it changed."""

    recognition: Recognition
    certificates: tuple[Certificate, ...]


def open_act(held: Act | None, asked: Act, known: Mapping[str, Recognition]) -> Act:
    """The act as asked, to be reserved: new, or once more under a number whose last attempt was refused.

    ``known`` holds the recognitions by certificate number. Raises ``ActRefused`` naming every item not in order,
    ``DecisionNumberTaken`` and ``AttemptUnderWay``.
    """
    if held is not None:
        if held.state in ("carrying", "done"):
            raise DecisionNumberTaken(number=held.number or held.id, year=held.on.year)
        if held.state == "reserving":
            raise AttemptUnderWay(held.number or held.id, held.attempt)
        asked = asked.but(attempt=held.attempt + 1)
    flaws = [*_unknown_or_twice(asked)]
    for recognition in {one.id: one for one in known.values()}.values():
        flaws += objections(asked, recognition)
    if flaws:
        raise ActRefused(*sorted(flaws, key=_place), count=len(flaws))
    return asked


def _place(flaw: Flaw) -> int:
    return int(flaw.pointer.rsplit("/", 1)[1])


def _unknown_or_twice(act: Act) -> Iterable[Flaw]:
    seen: set[str] = set()
    for n, item in enumerate(act.items):
        pointer = f"/{act.matter.pointer}/{n}"
        if item.recognition_id is None:
            yield Flaw(pointer, "Không có giấy chứng nhận mang số này.", "There is no certificate of this number.")
        elif item.number in seen:
            yield Flaw(pointer, "Số này được nêu hai lần.", "This number is named twice.")
        seen.add(item.number)


def objections(act: Act, recognition: Recognition) -> list[Flaw]:
    """Why the act cannot be done to certificates of this product."""
    found = []
    for number in act.products.get(recognition.id, ()):
        certificate = recognition.certificate(number)
        wrong = None if certificate is None else act.matter.objection(recognition, certificate, act.on)
        if wrong is not None:
            found.append(act.flaw(number, wrong))
    return found


def hold(recognition: Recognition, act: Act, void: Reservation | None = None) -> Recognition:
    """The recognition held for the act; ``void`` is the reservation of another that is known to have ended.

    Raises ``ActRefused`` when the certificates have changed since, and ``ProductHeld``.
    """
    if flaws := objections(act, recognition):
        raise ActRefused(*flaws, count=len(flaws))
    if recognition.held == act.reservation:
        return recognition
    if recognition.held is not None and recognition.held != void:
        raise ProductHeld(recognition.held)
    return recognition.but(held=act.reservation)


def refuse_act(act: Act, attempt: int, flaws: Sequence[Flaw]) -> Act:
    """The act given up. Its products need not be let go: a reservation of an attempt that has ended is void."""
    if not act.is_at(attempt, "reserving"):
        return act
    return act.but(state="refused", due=None, refused_because=kept(flaws))


def commit_act(act: Act, attempt: int) -> Act:
    """The act in force, with every product held for ``attempt``: nothing can refuse it any more."""
    return act.but(state="carrying") if act.is_at(attempt, "reserving") else act


def carry_act(recognition: Recognition, act: Act) -> Carried:
    """The recognition with the act carried out on its certificates, once, and let go."""
    changed = []
    for number in act.products.get(recognition.id, ()):
        certificate = recognition.certificate(number)
        if certificate is None or certificate.touched_by(act.id):
            continue
        after = act.matter.done_to(certificate, act.by)
        if after is not certificate:
            changed.append(after)
            recognition = recognition.with_certificate(after)
    if recognition.held == act.reservation:
        recognition = recognition.but(held=None)
    return Carried(recognition, tuple(changed))


def finish_act(act: Act) -> Act:
    """The act, carried out on every certificate."""
    return act.but(state="done", due=None) if act.state == "carrying" else act
