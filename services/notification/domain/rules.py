"""Who is told of which event, by which template and channel: the declared rules, as data.

No rule listens to a score. A result becomes a message only when the chair's decision announces it.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Audience = Literal["owner", "subscriber"]
"""The producer whose product the event is about; the operators of a system that has subscribed."""
ChannelName = Literal["email"]


class Rule(BaseModel):
    """One line of the table: on ``event``, tell ``audience`` with ``template`` over ``channel``."""

    model_config = ConfigDict(frozen=True)

    event: str
    audience: Audience
    template: str
    channel: ChannelName


def _tell_owner(event: str, template: str) -> Rule:
    return Rule(event=event, audience="owner", template=template, channel="email")


SUBSCRIPTION_DISABLED = Rule(
    event="vn.ocop.subscription.disabled.v1",
    audience="subscriber",
    template="subscription-disabled",
    channel="email",
)
"""Told by mail, because the webhook is what does not work."""

LETTER_WRITTEN = Rule(event="vn.ocop.letter.written.v1", audience="owner", template="letter", channel="email")
"""What an agency writes to the owners it chooses."""

RULES = (
    _tell_owner("vn.ocop.dossier.submitted.v1", "dossier-submitted"),
    _tell_owner("vn.ocop.dossier.withdrawn.v1", "dossier-withdrawn"),
    _tell_owner("vn.ocop.dossier.received.v1", "dossier-received"),
    _tell_owner("vn.ocop.supplement.requested.v1", "supplement-requested"),
    _tell_owner("vn.ocop.supplement.lapsed.v1", "supplement-lapsed"),
    _tell_owner("vn.ocop.dossier.stopped.v1", "dossier-stopped"),
    _tell_owner("vn.ocop.dossier.disqualified.v1", "dossier-disqualified"),
    _tell_owner("vn.ocop.result.announced.v1", "result-announced"),
    _tell_owner("vn.ocop.certificate.issued.v1", "certificate-issued"),
    _tell_owner("vn.ocop.certificate.handed-over.v1", "certificate-handed-over"),
    _tell_owner("vn.ocop.certificate.expiring.v1", "certificate-expiring"),
    _tell_owner("vn.ocop.certificate.expired.v1", "certificate-expired"),
    SUBSCRIPTION_DISABLED,
    LETTER_WRITTEN,
)


def rules_for(event: str) -> tuple[Rule, ...]:
    """The rules that an event of this type sets off."""
    return tuple(rule for rule in RULES if rule.event == event)
