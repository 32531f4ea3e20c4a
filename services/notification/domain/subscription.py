"""One system's subscription to certificate events: what it wants, where it goes, how it is signed, how it fares."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.notification.domain.interest import Interest
from services.notification.domain.retrying import SCHEDULE, again_after
from shared.document import Decision, Document
from shared.errors import Language, Refusal

State = Literal["unverified", "active", "disabled", "closed"]
Signature = Literal["v1", "v1a"]
"""Standard Webhooks: a shared secret (HMAC-SHA-256), or a key pair of which we keep the private half (Ed25519)."""

BOTH_LIVE = timedelta(hours=24)
"""How long the former secret goes on signing beside the new one."""
FAILING = 3
"""So many certificates in a row could not be told of, and none between them could: the endpoint itself is failing."""
KEPT_FOR_DISABLED = timedelta(days=30)
"""How long events are still collected for a subscription that was disabled."""
SCHEDULE_LENGTH = sum(SCHEDULE, timedelta())


class SubscriptionClosed(Refusal):
    vi = "Đăng ký nhận tin này đã đóng. Hãy tạo đăng ký mới."
    en = "This subscription is closed. Make a new one."


class NotVerifiedYet(Refusal):
    vi = "Địa chỉ nhận chưa được xác minh. Hãy gọi POST /subscriptions/{id}/verification trước."
    en = "The endpoint is not verified yet. Call POST /subscriptions/{id}/verification first."


class Secret(BaseModel):
    """What signs. ``until`` is set once another has taken its place."""

    model_config = ConfigDict(frozen=True)

    value: str
    since: datetime
    until: datetime | None = None

    def live(self, now: datetime) -> bool:
        return self.until is None or now < self.until


class Subscription(Document):
    """A subscriber's endpoint and what goes there."""

    subscriber: str
    """The organisation that subscribed."""
    name: str
    url: str
    notice_to: str
    """The mailbox of the subscriber's operators; not a person's."""
    language: Language
    interest: Interest
    keys: tuple[str, ...] = ()
    """Its places in the index of interests; none while it is not to hear anything."""
    signature: Signature
    secrets: tuple[Secret, ...]
    state: State = "unverified"
    verified_at: datetime | None = None
    failures: tuple[str, ...] = ()
    """The subjects that failed since the last success, at most ``FAILING`` of them."""
    failing_since: datetime | None = None
    probes: int = 0
    """Times it was tried while it was failing."""
    rests_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_because: str | None = None

    def live_secrets(self, now: datetime) -> tuple[str, ...]:
        """The newest first."""
        return tuple(secret.value for secret in reversed(self.secrets) if secret.live(now))

    @property
    def failing(self) -> bool:
        return len(self.failures) >= FAILING

    def verified(self, now: datetime) -> Decision["Subscription"]:
        """The endpoint has answered the challenge: from now on it hears, and what was collected goes out."""
        self._open()
        if self.state == "active" and not self.failing:
            return self, ()
        return self._well(verified_at=now), ()

    def rotated(self, secret: str, now: datetime) -> Decision["Subscription"]:
        """A new secret; the last one lives on for a day, so that two are live and never three."""
        self._open()
        last = self.secrets[-1].model_copy(update={"until": now + BOTH_LIVE})
        return self.but(secrets=(last, Secret(value=secret, since=now))), ()

    def wanting(self, interest: Interest) -> Decision["Subscription"]:
        """Another interest, from now on."""
        self._open()
        return self.but(interest=interest, keys=tuple(interest.keys()) if self.keys else ()), ()

    def closed(self) -> Decision["Subscription"]:
        """Nothing is sent or collected any more; the log stays."""
        return self.but(state="closed", keys=(), due=None), ()

    def succeeded(self) -> Decision["Subscription"]:
        """Something was delivered: whatever was counted against the endpoint is forgotten."""
        if self.state != "active" or not self.failures:
            return self, ()
        return self._well(), ()

    def failed(self, subject: str, now: datetime, why: str, for_good: bool) -> Decision["Subscription"]:
        """An event of ``subject`` was not taken; ``for_good`` when it was the last try, or the endpoint is gone.

        An endpoint that takes nothing rests, and is then tried with one event at a time, so that a thousand waiting
        events do not become a thousand tries.
        """
        if self.state != "active":
            return self, ()
        failures = self.failures if subject in self.failures else (*self.failures, subject)[:FAILING]
        since = self.failing_since or now
        if for_good or (len(failures) >= FAILING and now - since >= SCHEDULE_LENGTH):
            return self.but(
                state="disabled",
                failures=failures,
                failing_since=since,
                disabled_at=now,
                disabled_because=why,
                rests_until=None,
                due=now + KEPT_FOR_DISABLED,
            ), ()
        if len(failures) < FAILING:
            return self.but(failures=failures, failing_since=since), ()
        if self.rests_until is not None and now < self.rests_until:
            # It was under way when the others failed.
            return self.but(failures=failures, failing_since=since), ()
        probes = self.probes + 1
        pause = again_after(self.id, min(probes, len(SCHEDULE)))
        assert pause is not None
        return self.but(failures=failures, failing_since=since, probes=probes, rests_until=now + pause), ()

    def _well(self, **changes: object) -> "Subscription":
        return self.but(
            state="active",
            keys=tuple(self.interest.keys()),
            failures=(),
            failing_since=None,
            probes=0,
            rests_until=None,
            disabled_at=None,
            disabled_because=None,
            due=None,
            **changes,
        )

    def _open(self) -> None:
        if self.state == "closed":
            raise SubscriptionClosed()


def collected_long_enough(subscription: Subscription, now: datetime) -> Decision[Subscription]:
    """A subscription that stayed disabled is closed."""
    return subscription.closed() if subscription.state == "disabled" else (subscription.but(due=None), ())
