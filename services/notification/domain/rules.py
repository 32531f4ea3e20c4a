"""Who is told of which event, by which template and channel: the declared rules, as data.

No rule listens to a score. A result becomes a message only when the chair's decision announces it; a council is told
of its own sessions, and never of marks. What no rule listens to stands in ``NOT_TOLD``, each with its reason.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

Audience = Literal["owner", "commune", "agency", "province", "centre", "council", "asking", "owing", "subscriber"]
"""Whom a rule means: the producer whose product the event is about; the office of its commune; the agency of the
authority that tells of it; the agency of the province where it was the centre that decided; the agency of the centre
where a province sends it something; each person of a council; whichever office asked for a supplement; whoever owes a
duty; the operators of a system that has subscribed."""
ChannelName = Literal["email", "zalo", "sms", "inbox"]
"""``inbox`` is the message inside the system, which needs no address."""


PaperName = Literal["result", "supplement-request", "signed-print"]
"""A PDF that another service keeps or prints: the announced result with its to-do list, the request for supplements,
the certificate as it was signed."""


class Rule(BaseModel):
    """One line of the table: on ``event``, tell ``audience`` with ``template``, over the first channel that is open.

    A mail brings ``paper`` with it.
    """

    model_config = ConfigDict(frozen=True)

    event: str
    audience: Audience
    template: str
    channels: tuple[ChannelName, ...]
    paper: PaperName | None = None


def _tell_owner(event: str, template: str, paper: PaperName | None = None) -> Rule:
    return Rule(event=event, audience="owner", template=template, channels=("email", "zalo", "sms"), paper=paper)


def _tell_office(event: str, template: str, audience: Audience) -> Rule:
    return Rule(event=event, audience=audience, template=template, channels=("email", "inbox"))


def _tell_council(event: str, template: str) -> Rule:
    return Rule(event=event, audience="council", template=template, channels=("inbox",))


def _tell_whoever_owes(event: str, template: str) -> Rule:
    return Rule(event=event, audience="owing", template=template, channels=("email", "zalo", "sms", "inbox"))


SUBSCRIPTION_DISABLED = Rule(
    event="vn.ocop.subscription.disabled.v1",
    audience="subscriber",
    template="subscription-disabled",
    channels=("email",),
)
"""Told by mail, because the webhook is what does not work."""

LETTER_WRITTEN = Rule(event="vn.ocop.letter.written.v1", audience="owner", template="letter", channels=("email",))
"""What an agency writes to the owners it chooses."""

RULES = (
    _tell_owner("vn.ocop.dossier.submitted.v1", "dossier-submitted"),
    _tell_owner("vn.ocop.dossier.withdrawn.v1", "dossier-withdrawn"),
    _tell_owner("vn.ocop.dossier.received.v1", "dossier-received"),
    _tell_owner("vn.ocop.supplement.requested.v1", "supplement-requested", "supplement-request"),
    _tell_owner("vn.ocop.supplement.lapsed.v1", "supplement-lapsed"),
    _tell_owner("vn.ocop.evidence.expiring.v1", "evidence-expiring"),
    _tell_owner("vn.ocop.dossier.stopped.v1", "dossier-stopped"),
    _tell_owner("vn.ocop.dossier.disqualified.v1", "dossier-disqualified"),
    _tell_owner("vn.ocop.result.announced.v1", "result-announced", "result"),
    _tell_owner("vn.ocop.result.forwarded.v1", "result-forwarded"),
    _tell_owner("vn.ocop.result.left-out.v1", "result-left-out"),
    _tell_owner("vn.ocop.certificate.issued.v1", "certificate-issued"),
    _tell_owner("vn.ocop.certificate.handed-over.v1", "certificate-handed-over", "signed-print"),
    _tell_owner("vn.ocop.certificate.expiring.v1", "certificate-expiring"),
    _tell_owner("vn.ocop.certificate.expired.v1", "certificate-expired"),
    _tell_owner("vn.ocop.certificate.extended.v1", "certificate-extended"),
    _tell_owner("vn.ocop.certificate.revoked.v1", "certificate-revoked"),
    _tell_owner("vn.ocop.certificate.annulled.v1", "certificate-annulled"),
    _tell_owner("vn.ocop.certificate.corrected.v1", "certificate-corrected"),
    _tell_owner("vn.ocop.certificate.removed.v1", "certificate-removed"),
    _tell_office("vn.ocop.dossier.lodged.v1", "dossier-lodged", "commune"),
    _tell_office("vn.ocop.commune.assessed.v1", "commune-assessed", "agency"),
    _tell_office("vn.ocop.dossier.submitted.v1", "dossier-at-centre", "centre"),
    _tell_office("vn.ocop.supplement.answered.v1", "supplement-answered", "asking"),
    _tell_office("vn.ocop.supplement.lapsed.v1", "supplement-unanswered", "asking"),
    _tell_whoever_owes("vn.ocop.deadline.near.v1", "deadline-near"),
    _tell_whoever_owes("vn.ocop.deadline.missed.v1", "deadline-missed"),
    _tell_office("vn.ocop.deadline.missed.v1", "deadline-missed", "agency"),
    _tell_office("vn.ocop.revocation.overdue.v1", "revocation-overdue", "agency"),
    _tell_office("vn.ocop.result.announced.v1", "result-at-commune", "commune"),
    _tell_office("vn.ocop.result.announced.v1", "result-of-centre", "province"),
    _tell_office("vn.ocop.certificate.revoked.v1", "revoked-at-office", "commune"),
    _tell_office("vn.ocop.certificate.revoked.v1", "revoked-at-office", "province"),
    _tell_office("vn.ocop.certificate.annulled.v1", "annulled-at-office", "commune"),
    _tell_office("vn.ocop.certificate.annulled.v1", "annulled-at-office", "province"),
    _tell_council("vn.ocop.session.scheduled.v1", "session-scheduled"),
    _tell_office("vn.ocop.session.scheduled.v1", "session-scheduled", "agency"),
    _tell_council("vn.ocop.evaluation.rescoring-required.v1", "rescoring-required"),
    _tell_council("vn.ocop.evaluation.rating-overdue.v1", "rating-overdue"),
    _tell_council("vn.ocop.session.closed.v1", "session-closed"),
    _tell_office("vn.ocop.session.closed.v1", "session-closed", "agency"),
    _tell_council("vn.ocop.evaluation.stopped.v1", "evaluation-stopped"),
    _tell_office("vn.ocop.evaluation.stopped.v1", "evaluation-stopped", "agency"),
    _tell_council("vn.ocop.score.annulled.v1", "score-annulled"),
    SUBSCRIPTION_DISABLED,
    LETTER_WRITTEN,
)

NOT_TOLD: Mapping[str, str] = {
    "vn.ocop.score.finalized.v1": "A result is nobody's before the chair's decision announces it.",
    "vn.ocop.evaluation.opened.v1": "The owner is told when the file is submitted, the council by its session.",
    "vn.ocop.supplement.proposed.v1": "The owner is told when the dossier service asks for it.",
    "vn.ocop.recognition.decided.v1": "It names many products; each owner is told by the product's own event.",
    "vn.ocop.certificate.replaced.v1": "The owner is told by the certificate that takes its place.",
    "vn.ocop.certificate.imported.v1": "It was issued long ago and is no news to its owner.",
}
"""What others say and no person is told, and why. Nor does a rule tell an office of what it has done itself, or of a
dossier that was withdrawn before any council had it: its list is then one shorter, and nothing is left to be done."""


def rules_for(event: str) -> tuple[Rule, ...]:
    """The rules that an event of this type sets off."""
    return tuple(rule for rule in RULES if rule.event == event)


def channels_of(event: str, template: str) -> tuple[ChannelName, ...]:
    """The channels of a message as the rules are now; only mail for one that they no longer know."""
    return next((rule.channels for rule in rules_for(event) if rule.template == template), ("email",))
