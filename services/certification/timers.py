"""The timers of certification: the days of the ladder and the end of each certificate, each told once."""

from collections.abc import Callable
from datetime import datetime, timedelta

from services.certification.domain.ladder import Ladder
from services.certification.domain.recognition import Recognition
from services.certification.domain.revocation_case import RevocationCase, told_overdue
from services.certification.events.certificates import CertificateExpired, CertificateExpiring, RevocationOverdue
from shared.clock import day, midnight
from shared.document import Decision


def timed(recognition: Recognition, ladder: Ladder) -> Recognition:
    """The recognition, due on the next day of the ladder or as soon as the last valid day is over."""
    certificate = recognition.last
    if certificate is None or not certificate.running:
        return recognition if recognition.due is None else recognition.but(due=None)
    over = certificate.last_day + timedelta(days=1)
    step = ladder.next_day(certificate.valid_until, certificate.warned_down_to, recognition.filed is not None)
    due = midnight(min(over, step) if step is not None else over)
    return recognition if recognition.due == due else recognition.but(due=due)


def ringing(ladder: Ladder) -> Callable[[Recognition, datetime], Decision[Recognition]]:
    """The rule of the timer.

    However often and however late it rings, a step is said at most once, and of steps that are late together only
    the nearest to the end; that the certificate has ended is always said, once. A certificate that was replaced,
    revoked or annulled says nothing more. Once a file is lodged the steps are those for owners who wait. The window
    for filing again is of Decision 26/2026/QĐ-TTg, article 7.6a.
    """

    def ring(recognition: Recognition, now: datetime) -> Decision[Recognition]:
        today = day(now)
        certificate = recognition.last
        if certificate is None or not certificate.running:
            return timed(recognition, ladder), ()
        if today > certificate.last_day:
            over = certificate.model_copy(update={"expiry_told": True})
            return timed(recognition.with_certificate(over), ladder), (CertificateExpired.of(over),)
        filed = recognition.filed is not None
        reached = ladder.reached(certificate.valid_until, certificate.warned_down_to, today, filed)
        if reached.down_to == certificate.warned_down_to:
            return timed(recognition, ladder), ()
        warned = certificate.model_copy(update={"warned_down_to": reached.down_to})
        after = timed(recognition.with_certificate(warned), ladder)
        if reached.step is None:
            return after, ()
        return after, (CertificateExpiring.of(warned, reached.step, today),)

    return ring


def watched(case: RevocationCase) -> RevocationCase:
    """The case, due when its fifteen days are over."""
    return case.but(due=midnight(case.decide_by + timedelta(days=1)))


def watch(case: RevocationCase, now: datetime) -> Decision[RevocationCase]:
    """Say once that a revocation is overdue."""
    after = told_overdue(case, day(now))
    return after, () if after is case else (RevocationOverdue.of(after),)
