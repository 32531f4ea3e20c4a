"""Subscriptions over HTTP: systems look after their own, and see what was sent to them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import ValidationError

from services.notification.domain.interest import Interest
from services.notification.domain.subscription import NotVerifiedYet, Secret, Subscription
from services.notification.endpoints import Answer
from services.notification.reach import Reach
from services.notification.recovery import CHALLENGE, TEST, resume
from services.notification.routes.subscription_shapes import (
    DispatchView,
    Echo,
    NewSubscription,
    Receipt,
    SecretReceipt,
    SubscriptionView,
    TestOutcome,
    Which,
    Wish,
)
from services.notification.signing import new_secret, shown
from services.notification.store import Dispatches, Subscriptions
from services.notification.webhooks import Webhooks
from shared.clock import Clock
from shared.command import Command
from shared.errors import Flaw, Refusal
from shared.http import Router, command, fresh_id
from shared.identity import AppointmentIncomplete, Caller, allow
from shared.pages import After, Limit, Page
from shared.problems import RequestInvalid

Subscribing = Annotated[Caller, allow("subscriber")]
Watching = Annotated[Caller, allow("subscriber", "operator")]
Commanded = Annotated[Command, Depends(command)]


class EndpointNotVerified(Refusal):
    status = 422
    vi = "Địa chỉ nhận chưa xác minh được ({said}). Nó phải trả lời 2xx với JSON chứa đúng «challenge» đã nhận."
    en = "The endpoint was not verified ({said}). It must answer 2xx with JSON that holds the “challenge” it was sent."


def routes(
    subscriptions: Subscriptions,
    dispatches: Dispatches,
    webhooks: Webhooks,
    reach: Reach,
    heard: frozenset[str],
    product_sets: frozenset[str],
    clock: Clock,
) -> APIRouter:
    """The routes of subscriptions. ``heard`` are the provinces whose certificates this deployment is told of."""
    router = Router(prefix="/subscriptions", tags=["subscriptions"])

    def check(interest: Interest) -> None:
        flaws = [
            Flaw(
                f"/interest/provinces/{n}",
                f"Hệ thống này không nhận tin của tỉnh {code}; hãy đăng ký tại hệ thống của tỉnh đó.",
                f"This deployment hears nothing of province {code}; subscribe at the one that does.",
            )
            for n, code in enumerate(interest.provinces)
            if code not in heard
        ]
        flaws += [
            Flaw(
                f"/interest/product_sets/{n}",
                f"Không có bộ sản phẩm «{name}»; xem GET /catalogue/sets.",
                f"There is no product set “{name}”; see GET /catalogue/sets.",
            )
            for n, name in enumerate(interest.product_sets)
            if name not in product_sets
        ]
        if flaws:
            raise RequestInvalid(*flaws, count=len(flaws))

    @router.post("", status_code=201)
    async def subscribe(new: NewSubscription, caller: Subscribing, command: Commanded) -> SecretReceipt:
        """Make a subscription. Nothing is sent before its endpoint is verified."""
        subscriber = _organisation(caller)
        reach.check(new.url)
        check(new.interest)
        secret = Secret(value=new_secret(new.signature), since=clock())
        made = Subscription(
            id=command.id,
            authority=caller.authority,
            subscriber=subscriber,
            secrets=(secret,),
            **new.model_dump(exclude={"interest"}),
            interest=new.interest,
        )
        saved = await subscriptions.add(made, command=command, answer=_secret_receipt)
        return SecretReceipt.model_validate(saved.answer)

    @router.get("")
    async def listed(caller: Watching, after: After = None, limit: Limit = 50) -> Page[SubscriptionView]:
        found = await subscriptions.find(_within(caller), after=after, limit=limit)
        return Page.of((SubscriptionView.of(each, clock()) for each in found.items), found.next)

    @router.get("/{id}")
    async def shown_one(id: str, caller: Watching) -> SubscriptionView:
        return SubscriptionView.of(await subscriptions.get(id, _within(caller)), clock())

    @router.patch("/{id}")
    async def change(id: str, wish: Wish, caller: Subscribing, command: Commanded) -> Receipt:
        """Another interest from now on; what waits already is still sent."""
        check(wish.interest)
        saved = await subscriptions.change(
            id, lambda held: held.wanting(wish.interest), command=command, answer=_receipt, within=_within(caller)
        )
        return Receipt.model_validate(saved.answer)

    @router.post("/{id}/verification")
    async def verify(id: str, caller: Subscribing, command: Commanded) -> Receipt:
        """Send the endpoint a challenge; once it is echoed the subscription is active, and what waited is sent."""
        before = await subscriptions.get(id, _within(caller))
        challenge = fresh_id()
        answer, _ = await webhooks.tell(before, CHALLENGE, clock(), challenge=challenge)
        if not _echoed(answer, challenge):
            raise EndpointNotVerified(said=answer.said or "—")
        saved = await subscriptions.change(
            id, lambda held: held.verified(clock()), command=command, answer=_receipt, within=_within(caller)
        )
        if before.state == "disabled" or before.failing:
            await resume(before, dispatches, clock())
        return Receipt.model_validate(saved.answer)

    @router.post("/{id}/secrets")
    async def rotate(id: str, caller: Subscribing, command: Commanded) -> SecretReceipt:
        """A new secret; for 24 hours everything is signed with the former one too."""
        held = await subscriptions.get(id, _within(caller))
        secret = new_secret(held.signature)
        saved = await subscriptions.change(
            id,
            lambda held: held.rotated(secret, clock()),
            command=command,
            answer=_secret_receipt,
            within=_within(caller),
        )
        return SecretReceipt.model_validate(saved.answer)

    @router.post("/{id}/closure")
    async def close(id: str, caller: Annotated[Caller, allow("subscriber", "operator")], command: Commanded) -> Receipt:
        """End the subscription. Its log stays."""
        saved = await subscriptions.change(
            id, lambda held: held.closed(), command=command, answer=_receipt, within=_within(caller)
        )
        return Receipt.model_validate(saved.answer)

    @router.post("/{id}/test")
    async def test(id: str, caller: Subscribing) -> TestOutcome:
        """Send a signed test event now, and tell what the endpoint answered."""
        _, tried = await webhooks.tell(await subscriptions.get(id, _within(caller)), TEST, clock())
        return TestOutcome(**tried.model_dump(include=set(TestOutcome.model_fields)))

    @router.get("/{id}/log")
    async def log(id: str, caller: Watching, after: After = None, limit: Limit = 50) -> Page[DispatchView]:
        """What was sent and what waits, by certificate."""
        await subscriptions.get(id, _within(caller))
        found = await dispatches.find({"subscription": id}, after=after, limit=limit)
        return Page.of((DispatchView.of(each) for each in found.items), found.next)

    @router.post("/{id}/log/{dispatch}/resend")
    async def resend(id: str, dispatch: str, body: Which, caller: Subscribing, command: Commanded) -> DispatchView:
        """Send one event of the log again, under its same id."""
        if (await subscriptions.get(id, _within(caller))).state == "unverified":
            raise NotVerifiedYet(id=id)
        saved = await dispatches.change(
            dispatch,
            lambda held: held.resent(body.event, clock()),
            command=command,
            answer=DispatchView.of,
            within={"subscription": id},
        )
        return DispatchView.model_validate(saved.answer)

    return router


def _organisation(caller: Caller) -> str:
    if caller.appointment.organisation is None:
        raise AppointmentIncomplete(named=caller.appointment.id)
    return caller.appointment.organisation


def _within(caller: Caller) -> Mapping[str, str]:
    """A subscriber sees its own, an operator those of the authority."""
    reach = {"authority": caller.authority}
    return reach if caller.role == "operator" else {**reach, "subscriber": _organisation(caller)}


def _echoed(answer: Answer, challenge: str) -> bool:
    try:
        return answer.outcome == "delivered" and Echo.model_validate_json(answer.body).challenge == challenge
    except ValidationError:
        return False


def _receipt(subscription: Subscription) -> Receipt:
    return Receipt(id=subscription.id, state=subscription.state)


def _secret_receipt(subscription: Subscription) -> SecretReceipt:
    secret = shown(subscription.secrets[-1].value)
    return SecretReceipt(id=subscription.id, state=subscription.state, secret=secret)
