"""What is asked and told of subscriptions over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.notification.domain.dispatch import Dispatch, Try
from services.notification.domain.interest import Interest
from services.notification.domain.subscription import Signature, State, Subscription
from shared.errors import Language
from shared.http import Asked
from shared.text import Text

Mailbox = Annotated[str, StringConstraints(pattern=r"^[!-;=?A-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=254)]


class NewSubscription(Asked):
    """What a system asks to be told, and where."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Sàn đặc sản",
                    "url": "https://hooks.example.vn/ocop",
                    "notice_to": "ops@example.vn",
                    "interest": {"types": ["vn.ocop.certificate.issued.v1"], "provinces": ["37"], "stars": [4, 5]},
                }
            ]
        },
    )

    name: Annotated[str, Text(120)]
    url: Annotated[str, Text(500)]
    notice_to: Mailbox
    """Where its operators are told that the endpoint no longer works: a mailbox of the organisation, not a person's."""
    language: Language = "vi"
    interest: Interest = Interest()
    signature: Signature = "v1"


class Wish(Asked):
    """Another interest."""

    interest: Interest


class Which(Asked):
    """One event of a log."""

    event: Annotated[str, Text(200)]


class SecretReceipt(BaseModel):
    """The secret, shown now and never again: ``whsec_`` is shared, ``whpk_`` is the public half of ours."""

    id: str
    state: State
    secret: str


class Receipt(BaseModel):
    """What has become of the subscription."""

    id: str
    state: State


class SubscriptionView(BaseModel):
    """A subscription without its secrets."""

    id: str
    subscriber: str
    name: str
    url: str
    notice_to: str
    language: Language
    interest: Interest
    signature: Signature
    state: State
    verified_at: datetime | None
    failing_since: datetime | None
    rests_until: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    secrets_live_since: list[datetime]

    @classmethod
    def of(cls, subscription: Subscription, now: datetime) -> "SubscriptionView":
        live = [secret.since for secret in subscription.secrets if secret.live(now)]
        fields = set(cls.model_fields) - {"secrets_live_since", "interest"}
        return cls(**subscription.model_dump(include=fields), interest=subscription.interest, secrets_live_since=live)


class EntryView(BaseModel):
    """An event as far as it has come."""

    event: str
    type: str
    sequence: int
    time: datetime
    delivered_at: datetime | None


class DispatchView(BaseModel):
    """What was sent of one certificate, and what waits."""

    id: str
    subject: str
    waiting: int
    due: datetime | None
    events: list[EntryView]
    tries: tuple[Try, ...]

    @classmethod
    def of(cls, dispatch: Dispatch) -> "DispatchView":
        return cls(
            id=dispatch.id,
            subject=dispatch.subject,
            waiting=dispatch.waiting,
            due=dispatch.due,
            events=[EntryView(**entry.model_dump(include=set(EntryView.model_fields))) for entry in dispatch.entries],
            tries=dispatch.tries,
        )


class TestOutcome(BaseModel):
    """How the endpoint answered a test event."""

    outcome: Literal["delivered", "failed", "gone"]
    status: int | None
    said: str
    milliseconds: int


class Echo(BaseModel):
    challenge: str
