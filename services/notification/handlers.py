"""Events in: each becomes the messages its rules ask for and what subscribers are to be told; nothing is sent here."""

from datetime import datetime
from functools import partial

from services.notification.addressees import meant
from services.notification.cloudevents import as_json, cloud_event
from services.notification.domain.delivery import OLDEST_TOLD, Cause
from services.notification.domain.dispatch import Dispatch, Entry
from services.notification.domain.interest import KnownCertificate
from services.notification.domain.planning import planned
from services.notification.domain.rules import rules_for
from services.notification.events import CONSUMES
from services.notification.events.certificates import (
    AboutCertificate,
    CertificateAnnulled,
    CertificateExpired,
    CertificateImported,
    CertificateIssued,
    CertificateReplaced,
    CertificateRevoked,
)
from services.notification.matching import Interested
from services.notification.store import Deliveries, Dispatches, KnownCertificates
from shared.clock import Clock, day
from shared.delivery import Handlers
from shared.document import Decision, Heard
from shared.envelope import Received, made_by, named
from shared.telemetry import tracing

ENDINGS = (CertificateExpired, CertificateReplaced, CertificateRevoked, CertificateAnnulled)


async def plan_messages(event: Received[Heard], deliveries: Deliveries, watch: Clock) -> None:
    """Write one delivery per rule and person, due at once; of a fact that is old, only the record.

    Its age is measured by the machine's own clock: the jump of a trial's clock makes no fact old.

    Its id is made of the event's subject and sequence, so that the same event again finds it there; and of the
    recipient, so that an office which two rules mean is told once.
    """
    old = watch() - event.time > OLDEST_TOLD
    facts = event.data.model_dump(mode="json", include=set(type(event.data).model_fields))
    cause = Cause(
        type=event.type,
        id=event.id,
        source=event.source,
        subject=event.subject,
        sequence=event.sequence,
        time=event.time,
        correlation_id=event.correlation_id,
        traceparent=tracing.current() or event.traceparent,
    )
    for rule in rules_for(event.type):
        audience, recipients = meant(rule.audience, event)
        for recipient in recipients:
            id = made_by(event, f"{event.sequence}|{audience}|{recipient}|{rule.template}")
            due = None if old else event.time
            delivery = planned(
                rule,
                cause,
                id=id,
                authority=event.addressee,
                recipient=recipient,
                facts=facts,
                due=due,
                audience=audience,
            )
            await deliveries.add(delivery, because=event)


async def tell_everybody(
    event: Received[AboutCertificate],
    deliveries: Deliveries,
    certificates: KnownCertificates,
    matching: Interested,
    dispatches: Dispatches,
    clock: Clock,
    watch: Clock,
) -> None:
    """Write the messages, and line the event up for every subscription that wants it, behind its subject's earlier."""
    await plan_messages(event, deliveries, watch)
    known = await certificates.settle(made_by(event, "certificate"), lambda held: learn(held, event), because=event)
    entry, now = entry_of(event), clock()
    for subscription in await matching.wanting(event.type, known.document.asked(event.data.province)):
        empty = Dispatch(
            id=named(subscription.id, event.source, event.subject),
            authority=event.addressee,
            subscription=subscription.id,
            source=event.source,
            subject=event.subject,
        )
        await dispatches.settle(empty.id, partial(_lined_up, empty, entry, now), because=event)


def _lined_up(empty: Dispatch, entry: Entry, now: datetime, held: Dispatch | None) -> Decision[Dispatch]:
    return (held or empty).take(entry, now)


def learn(held: KnownCertificate | None, event: Received[AboutCertificate]) -> Decision[KnownCertificate]:
    """What the first event of a certificate says of its product, for the later ones, which do not repeat it."""
    known = held or KnownCertificate(id=made_by(event, "certificate"), authority=event.addressee)
    said = event.data
    if isinstance(said, CertificateIssued | CertificateImported):
        told = said.model_dump(include={"product_set", "stars", "owner_id", "commune"})
        # One that is taken over may have ended long ago.
        return known.begun(said.number, said.decided_on, active=said.valid_until >= day(event.time), **told), ()
    if isinstance(said, ENDINGS):
        return known.ended(said.number), ()
    return known, ()


def entry_of(event: Received[AboutCertificate]) -> Entry:
    """The event as subscribers get it, with everything its speaker said."""
    body = cloud_event(
        id=event.id,
        source=event.source,
        type=event.type,
        subject=event.subject,
        time=event.time,
        data=event.data.model_dump(mode="json", exclude_unset=True),
        sequence=f"{event.sequence:020d}",
        correlationid=event.correlation_id,
    )
    return Entry(
        sequence=event.sequence,
        event=event.id,
        type=event.type,
        time=event.time,
        body=as_json(body),
        correlation_id=event.correlation_id,
    )


HANDLERS: Handlers = {
    heard: tell_everybody if issubclass(heard, AboutCertificate) else plan_messages for heard in CONSUMES
}
