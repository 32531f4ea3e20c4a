"""From a rule to a message: what a delivery is when nothing has been tried yet, and what it tells of."""

from datetime import datetime

from pydantic import JsonValue

from services.notification.domain.delivery import Cause, Delivery
from services.notification.domain.rules import Audience, Rule


def planned(
    rule: Rule,
    cause: Cause,
    *,
    id: str,
    authority: str,
    recipient: str,
    facts: dict[str, JsonValue],
    due: datetime | None,
    audience: Audience | None = None,
) -> Delivery:
    """The message a rule asks for; without a day on which it is due it is only recorded.

    ``audience`` says who is meant where the rule leaves it to the event.
    """
    return Delivery(
        id=id,
        authority=authority,
        due=due,
        state="recorded" if due is None else "waiting",
        cause=cause,
        audience=audience or rule.audience,
        recipient=recipient,
        template=rule.template,
        channel=rule.channels[0],
        others=rule.channels[1:],
        facts=facts,
        paper=rule.paper,
    )


def said_here(rule: Rule, id: str, authority: str, subject: str, at: datetime) -> Cause:
    """What a message tells of that this service says to itself."""
    return Cause(
        type=rule.event,
        id=id,
        source=source_of(authority),
        subject=subject,
        sequence=1,
        time=at,
        correlation_id=id,
        traceparent="",
    )


def source_of(authority: str) -> str:
    """Whose word it is when this service says something itself."""
    return f"/authorities/{authority}/notification"
