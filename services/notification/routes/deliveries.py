"""What may be asked of notification: the deliveries, how many there are, and the rules they follow."""

import asyncio
from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.notification.domain.delivery import Attempt, Delivery, NotRecorded, SentMessage, State
from services.notification.domain.rules import RULES, Rule, channels_of
from services.notification.store import Deliveries
from shared.clock import Clock
from shared.document import Decision
from shared.http import Asked, Router
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.telemetry import log_for
from shared.text import Text

log = log_for(__name__)

Reading = Annotated[Caller, allow("agency", "observer", "operator")]

STATES: tuple[State, ...] = get_args(State)


class DeliveryLine(BaseModel):
    """A delivery in a list."""

    id: str
    authority: str
    recipient: str
    event: str
    subject: str
    happened: datetime
    template: str
    channel: str
    state: State
    attempts: int
    due: datetime | None
    delayed_by: str | None
    sent_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryLine":
        return cls(
            id=delivery.id,
            authority=delivery.authority,
            recipient=delivery.recipient,
            event=delivery.cause.type,
            subject=delivery.cause.subject,
            happened=delivery.cause.time,
            template=delivery.template,
            channel=delivery.channel,
            state=delivery.state,
            attempts=len(delivery.attempts),
            due=delivery.due,
            delayed_by=delivery.delayed_by,
            sent_at=delivery.sent.at if delivery.sent else None,
        )


class DeliveryView(DeliveryLine):
    """A delivery with its tries and what was sent."""

    event_id: str
    correlation_id: str
    tries: tuple[Attempt, ...]
    message: SentMessage | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryView":
        return cls(
            **DeliveryLine.of(delivery).model_dump(),
            event_id=delivery.cause.id,
            correlation_id=delivery.cause.correlation_id,
            tries=delivery.attempts,
            message=delivery.sent,
        )


class Reason(Asked):
    """Why something is sent after all."""

    reason: Annotated[str, Text(500)]


class Releasing(Reason):
    """Which recorded messages are to be sent after all, and why."""

    template: Annotated[str, Text(64)] | None = None


class Released(BaseModel):
    """How many messages were released; ``more`` when there are others."""

    released: int
    more: bool


class Summary(BaseModel):
    """How many deliveries are in which state, and how many messages of each kind were sent."""

    states: dict[State, int]
    sent: dict[str, int]


def routes(deliveries: Deliveries, clock: Clock) -> APIRouter:
    """The service's routes. Everything lies within the caller's reach."""
    router = Router(tags=["deliveries"])

    @router.get("/deliveries")
    async def listed(
        caller: Reading,
        state: State | None = None,
        recipient: Annotated[str | None, Query(max_length=300)] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[DeliveryLine]:
        """Deliveries in order of their id, of one state or one recipient when asked for."""
        asked = {"state": state, "recipient": recipient}
        where = {**caller.within, **{name: value for name, value in asked.items() if value is not None}}
        found = await deliveries.find(where, after=after, limit=limit)
        return Page.of((DeliveryLine.of(delivery) for delivery in found.items), found.next)

    @router.get("/deliveries/{id}")
    async def shown(id: str, caller: Reading) -> DeliveryView:
        return DeliveryView.of(await deliveries.get(id, caller.within))

    @router.post("/deliveries/release")
    async def release(body: Releasing, caller: Annotated[Caller, allow("operator")]) -> Released:
        """Send what was only recorded because it was old when it was heard, 500 at a time."""
        where = {**caller.within, "state": "recorded"} | ({"template": body.template} if body.template else {})
        found = await deliveries.find(where, limit=500)
        who = f"{caller.principal}: {body.reason}"
        outcomes = await asyncio.gather(
            *(deliveries.change(each.id, lambda held: held.released(who, clock())) for each in found.items),
            return_exceptions=True,
        )
        for outcome in outcomes:
            # Another operator may have released the same at the same time.
            if isinstance(outcome, BaseException) and not isinstance(outcome, NotRecorded):
                raise outcome
        log.warning("messages_released", count=len(found.items), who=caller.principal, reason=body.reason)
        return Released(
            released=sum(not isinstance(each, BaseException) for each in outcomes), more=found.next is not None
        )

    @router.post("/deliveries/{id}/retry")
    async def retry(id: str, body: Reason, caller: Annotated[Caller, allow("agency", "operator")]) -> DeliveryView:
        """Send what had no address, or could not be delivered, once that was mended."""
        who = f"{caller.principal}: {body.reason}"

        def again(held: Delivery) -> Decision[Delivery]:
            return held.tried_again(who, channels_of(held.cause.type, held.template), clock())

        saved = await deliveries.change(id, again, within=caller.within)
        log.warning("message_tried_again", delivery=id, who=caller.principal, reason=body.reason)
        return DeliveryView.of(saved.document)

    @router.get("/summary")
    async def summary(caller: Reading) -> Summary:
        states = await deliveries.tally(caller.within, ["state"])
        sent = await deliveries.tally({**caller.within, "state": "sent"}, ["template"])
        return Summary(
            states=dict.fromkeys(STATES, 0) | {state: count for (state,), count in states},
            sent=dict.fromkeys(sorted({rule.template for rule in RULES}), 0)
            | {template: count for (template,), count in sent},
        )

    @router.get("/rules")
    async def rules(caller: Reading) -> list[Rule]:
        """Which event is told to whom, by which template and channel."""
        return list(RULES)

    return router
