"""Events in: each becomes the deliveries its rules ask for; nothing is sent here."""

from services.notification.domain.delivery import Cause, Delivery
from services.notification.domain.rules import rules_for
from services.notification.events import CONSUMES, Concerning
from services.notification.store import Deliveries
from shared.delivery import Handlers
from shared.envelope import Received, made_by
from shared.telemetry import tracing


async def plan_messages(event: Received[Concerning], deliveries: Deliveries) -> None:
    """Write one delivery per rule and person, due at once.

    Its id is made of the event's subject and sequence, so that the same event again finds it there.
    """
    for rule in rules_for(event.type):
        delivery = Delivery(
            id=made_by(event, f"{event.sequence}|{rule.audience}|{event.data.owner_id}|{rule.template}"),
            authority=event.addressee,
            due=event.time,
            cause=Cause(
                type=event.type,
                id=event.id,
                source=event.source,
                subject=event.subject,
                sequence=event.sequence,
                time=event.time,
                correlation_id=event.correlation_id,
                traceparent=tracing.current() or event.traceparent,
            ),
            audience=rule.audience,
            recipient=event.data.owner_id,
            template=rule.template,
            channel=rule.channel,
            facts=event.data.model_dump(mode="json"),
        )
        await deliveries.add(delivery, because=event)


HANDLERS: Handlers = {heard: plan_messages for heard in CONSUMES}
