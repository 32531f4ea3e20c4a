"""A hand-over: many certificates given to their owners on one day in one place."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from shared.document import Document
from shared.errors import Flaw, Refusal

from .certificate import Certificate, HandOver, Kept
from .recognition import Recognition

MOST_HANDED_OVER = 1_000
LOOKED_AFTER = timedelta(seconds=5)


class HandoverRefused(Refusal):
    """Some certificates cannot be handed over so; none is recorded."""

    vi = "Chưa ghi nhận việc trao vì {count} giấy chứng nhận chưa đúng. Hãy sửa từng số được nêu."
    en = "Nothing is recorded as handed over: {count} certificate(s) are not in order. Mend each one named."


class HandedOverAhead(Refusal):
    status = 422
    vi = "Ngày trao {on} ở sau hôm nay ({today}). Hãy ghi sau khi đã trao."
    en = "The hand-over is dated {on}, later than today ({today}). Record it when it has taken place."


class Given(Kept):
    """One certificate of a hand-over, and where it is kept."""

    number: str
    recognition_id: str


class Handover(Document):
    """Many certificates handed over together; ``recorded`` once every one of them knows it."""

    state: Literal["recording", "recorded"]
    on: date
    place: str
    certificates: tuple[Given, ...]

    @property
    def given(self) -> HandOver:
        return HandOver(handover_id=self.id, on=self.on, place=self.place)


def open_handover(
    id: str,
    authority: str,
    numbers: Sequence[str],
    on: date,
    place: str,
    known: Mapping[str, Recognition],
    now: datetime,
) -> Handover:
    """The hand-over of ``numbers``, ``known`` by number. Raises ``HandoverRefused`` naming each that cannot be.

    Issued and handed over are different facts: a certificate is handed over once, from the day of its decision on,
    while it is valid.
    """
    flaws, certificates = [], []
    for n, number in enumerate(numbers):
        recognition = known.get(number)
        certificate = recognition.certificate(number) if recognition is not None else None
        wrong = _wrong(certificate, numbers.index(number) < n, on)
        if wrong is not None:
            flaws.append(Flaw(f"/numbers/{n}", *wrong))
        elif recognition is not None:
            certificates.append(Given(number=number, recognition_id=recognition.id))
    if flaws:
        raise HandoverRefused(*flaws, count=len(flaws))
    return Handover(
        id=id,
        authority=authority,
        state="recording",
        on=on,
        place=place,
        certificates=tuple(certificates),
        due=now + LOOKED_AFTER,
    )


def _wrong(certificate: Certificate | None, twice: bool, on: date) -> tuple[str, str] | None:
    if certificate is None:
        return "Không có giấy chứng nhận mang số này.", "There is no certificate of this number."
    if twice:
        return "Số này được nêu hai lần.", "This number is named twice."
    if certificate.handed_over is not None:
        day = certificate.handed_over.on
        return f"Giấy này đã được trao ngày {day}.", f"This certificate was handed over on {day}."
    if on < certificate.decided_on:
        day = certificate.decided_on
        return f"Quyết định công nhận đề ngày {day}, sau ngày trao.", f"It was decided later, on {day}."
    if certificate.on(on) != "valid":
        return "Giấy này không còn hiệu lực vào ngày trao.", "It was no longer valid on that day."
    return None


def recorded(handover: Handover) -> Handover:
    """The hand-over with every certificate told."""
    return handover.but(state="recorded", due=None)
