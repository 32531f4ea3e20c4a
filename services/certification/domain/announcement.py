"""Announcing a decision product by product: the certificate it gives, and what ends by it."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from .certificate import Certificate, Replacement
from .recognition import Announcement, Elsewhere, Forwarding, LeftOut, Recognition, Result


class Announced(NamedTuple):
    """What an announcement brought about."""

    recognition: Recognition
    result: Result | None = None
    """None when the result had been announced before and nothing happened."""
    issued: Certificate | None = None
    ended: tuple[Certificate, ...] = ()
    """Certificates that end by it: each is replaced, or had expired before and no timer had said so yet."""
    left_out: bool = False


def announce(
    recognition: Recognition,
    evaluation_id: str,
    said: Announcement,
    term: Callable[[Result], date],
) -> Announced:
    """The result announced and, when recognised, its certificate issued; the active one of before ends.

    ``term`` gives the last valid day. Nothing is refused here: the decision is signed. An upgrade or a
    re-evaluation ends the old certificate on the new decision's date, and a product that is not recognised keeps
    what it has to its last day; only an extension ends with any outcome.
    """
    result = recognition.result(evaluation_id)
    if result is None or result.announced is not None:
        return Announced(recognition)
    result = result.model_copy(update={"announced": said, "reserved": None, "given_up": ()})
    recognition = settle_filing(recognition.with_result(result), result.subject.dossier_id, said.decided_on)
    if said.certificate_number is None or said.stars is None:
        return Announced(recognition, result)
    number, since = said.certificate_number, said.decided_on
    theirs = max(recognition.elsewhere, key=lambda one: one.rank, default=None)
    old = recognition.last
    ended: tuple[Certificate, ...] = ()
    if old is not None and old.running:
        over = end_by(old, number, since)
        recognition, ended = recognition.with_certificate(over), (over,)
    replaces = next((one.number for one in ended if one.replaced is not None), None)
    if replaces is None and theirs is not None and theirs.decided_on <= since <= theirs.valid_until:
        replaces = theirs.number
    issued = Certificate(
        number=number,
        evaluation_id=evaluation_id,
        subject=result.subject,
        stars=said.stars,
        rule_set=result.rule_set,
        decision_number=said.decision_number,
        decided_on=since,
        valid_from=since,
        valid_until=term(result),
        replaces=replaces,
    )
    if theirs is not None and theirs.rank > issued.rank:
        # The other authority has decided later, and its word came first.
        issued = issued.model_copy(update={"replaces": None})
        over = end_by(issued, theirs.number, theirs.decided_on)
        return Announced(
            recognition.but(certificates=(*recognition.certificates, over)), result, issued, (*ended, over)
        )
    return Announced(recognition.but(certificates=(*recognition.certificates, issued)), result, issued, ended)


def forward(recognition: Recognition, evaluation_id: str, by: Forwarding) -> Announced:
    """The result approved and sent on to the centre; it stays open for what the centre makes of it."""
    result = recognition.result(evaluation_id)
    if result is None or result.announced is not None or result.forwarded is not None:
        return Announced(recognition)
    result = result.model_copy(update={"forwarded": by, "reserved": None, "given_up": ()})
    return Announced(recognition.with_result(result), result)


def leave_out(recognition: Recognition, evaluation_id: str, by: LeftOut) -> Announced:
    """The result left out of the decision with its reason; one that another decision has taken up is left alone."""
    result = recognition.result(evaluation_id)
    if result is None or result.state not in ("waiting", "forwarded") or result.left_out == by:
        return Announced(recognition)
    result = result.model_copy(update={"left_out": by})
    return Announced(recognition.with_result(result), result, left_out=True)


def end_by(old: Certificate, number: str, on: date) -> Certificate:
    """The certificate ended by another of the same product; one that had expired before only says so now."""
    if old.last_day < on:
        return old.model_copy(update={"expiry_told": True})
    return old.model_copy(update={"replaced": Replacement(number=number, on=on)})


def heed(recognition: Recognition, theirs: Elsewhere) -> Announced:
    """The recognition that knows of the other authority's certificate, which ends its own on that decision's date.

    One product has one active certificate, across authorities too; a certificate of a later decision stays.
    """
    if any(one.number == theirs.number for one in recognition.elsewhere):
        return Announced(recognition)
    recognition = recognition.but(elsewhere=(*recognition.elsewhere, theirs))
    own = recognition.last
    if own is None or not own.running or own.rank > theirs.rank:
        return Announced(recognition)
    over = end_by(own, theirs.number, theirs.decided_on)
    return Announced(recognition.with_certificate(over), ended=(over,))


def settle_filing(recognition: Recognition, dossier_id: str, on: date) -> Recognition:
    """The recognition after the dossier's outcome: nothing is under way, and an extension ends on that day."""
    if recognition.filed is None or recognition.filed.dossier_id != dossier_id:
        return recognition
    recognition, last = recognition.but(filed=None), recognition.last
    if last is None or last.extended is None or last.extended.ended_on is not None or not last.running:
        return recognition
    ended = last.extended.model_copy(update={"ended_on": on})
    return recognition.with_certificate(last.model_copy(update={"extended": ended}))
