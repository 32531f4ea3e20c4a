"""The notification service put together: what it hears, what it may be asked, and the loop that sends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from services.notification.addressees import Addressees
from services.notification.catalogue import HERE, product_sets
from services.notification.channels import SECONDS, Channel, ConsoleChannel, SmtpChannel
from services.notification.contacts import ContactsOverHttp
from services.notification.courtesy import Courtesy
from services.notification.dispatching import Dispatching
from services.notification.domain.delivery import LEASE
from services.notification.domain.rules import RULES, ChannelName
from services.notification.domain.subscription import collected_long_enough
from services.notification.endpoints import Endpoints
from services.notification.events import TOLD
from services.notification.examples import examples
from services.notification.feed import KafkaLog
from services.notification.gateway import SECONDS as GATEWAY_SECONDS
from services.notification.gateway import GatewayChannel
from services.notification.handlers import HANDLERS
from services.notification.manifests import Notary
from services.notification.matching import Matching, Nobody
from services.notification.messages import Messages
from services.notification.papers import Papers
from services.notification.reach import Reach
from services.notification.routes import (
    delivery_routes,
    event_routes,
    inbox_routes,
    letter_routes,
    office_routes,
    subscription_routes,
    template_routes,
)
from services.notification.sending import Sending
from services.notification.store import (
    Deliveries,
    Dispatches,
    KnownCertificates,
    Letters,
    Offices,
    Subscriptions,
    Wordings,
)
from services.notification.ways import ByMail, ByPhone, IntoInbox, Way
from services.notification.webhooks import Webhooks
from services.notification.writing import Writing
from shared.clock import system_clock
from shared.delivery import bind
from shared.kafka import KafkaAccess
from shared.peers import Peer
from shared.service import Plumbing, Service, Timer, Wiring
from shared.settings import Settings

CONSOLE = "console"


class NotificationSettings(Settings):
    """What a deployment chooses for notification besides what every service has."""

    smtp_url: SecretStr | None = None
    """``smtp://[user:password@]host:port``; without one, messages are shown on the console."""
    mail_folder: Path | None = None
    """Where the console channel keeps each message as a file."""
    mail_from: str = "OCOP <no-reply@ocop.example>"
    sms_url: str | None = None
    """The gateway for SMS, ``https://…``, or ``console``; without one there is no such channel."""
    sms_token: SecretStr = SecretStr("")
    zalo_url: str | None = None
    """The gateway for Zalo OA, as for SMS."""
    zalo_token: SecretStr = SecretStr("")
    dossier_url: str = "http://127.0.0.1:8101"
    """Where the dossier service is asked for contacts and letters."""
    certification_url: str = "http://127.0.0.1:8103"
    """Where certification is asked for signed prints."""
    lease_seconds: Annotated[float, Field(ge=10)] = LEASE.total_seconds()
    """How long a worker holds what it has claimed; a crash delays those messages by as much."""
    webhook_allow: Annotated[tuple[str, ...], NoDecode] = ()
    """Networks that webhooks may go to although they are private (``127.0.0.0/8``); for trials on one machine."""
    catalogue: Path = HERE
    rebuilding: bool = False
    """Only keep records: nothing is sent, and nothing becomes due. For filling an empty database from all events."""

    @field_validator("webhook_allow", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value


def wire(plumbing: Plumbing) -> Wiring:
    settings = plumbing.settings
    assert isinstance(settings, NotificationSettings)
    deliveries, certificates = Deliveries(plumbing.collection), KnownCertificates(plumbing.collection)
    subscriptions, dispatches = Subscriptions(plumbing.collection), Dispatches(plumbing.collection)
    messages = Messages(RULES, TOLD, settings.mail_from)
    # Our own services are asked directly, whatever proxy the machine uses for the world.
    clients = {
        name: httpx.AsyncClient(base_url=url, trust_env=False)
        for name, url in (("dossier", settings.dossier_url), ("certification", settings.certification_url))
    }
    peers = {name: Peer(f"the {name} service", client, settings.service_token_file) for name, client in clients.items()}
    offices = Offices(plumbing.collection)
    contacts = Addressees(ContactsOverHttp(peers["dossier"]), subscriptions, offices)
    papers = Papers(peers, plumbing.clock, system_clock)
    # Leases are measured by the system's clock, because a trial that moves the other must not end them.
    lease = timedelta(seconds=settings.lease_seconds)
    wordings, open = Wordings(plumbing.collection), ways(settings, messages)
    sending = Sending(deliveries, contacts, messages, wordings, papers, open, plumbing.clock, system_clock, lease)
    access = KafkaAccess(settings.kafka, settings.kafka_user, settings.kafka_password)
    letters = Letters(plumbing.collection)
    writing = Writing(letters, certificates, deliveries, plumbing.clock)
    endpoints = Endpoints(Reach(settings.webhook_allow))
    webhooks = Webhooks(endpoints, system_clock)
    dispatching = Dispatching(subscriptions, dispatches, deliveries, webhooks, plumbing.clock, system_clock, lease)
    return Wiring(
        stores=[deliveries, certificates, letters, wordings, offices, subscriptions, dispatches],
        routers=[
            delivery_routes(deliveries, plumbing.clock),
            letter_routes(letters, plumbing.clock),
            template_routes(wordings, messages, examples(TOLD), plumbing.clock),
            inbox_routes(deliveries, messages, wordings, plumbing.clock),
            office_routes(offices),
            subscription_routes(
                subscriptions,
                dispatches,
                webhooks,
                endpoints.reach,
                settings.authorities,
                product_sets(settings.catalogue),
                plumbing.clock,
            ),
            event_routes(
                KafkaLog(access, settings.authorities, Courtesy(dispatching.delivering)),
                Notary(plumbing.collection, min(settings.authorities), plumbing.clock),
                certificates,
            ),
        ],
        handlers=bind(
            HANDLERS,
            deliveries=deliveries,
            certificates=certificates,
            matching=Nobody() if settings.rebuilding else Matching(subscriptions),
            dispatches=dispatches,
            clock=plumbing.clock,
            watch=end_of_time if settings.rebuilding else system_clock,
        ),
        timers=[Timer(subscriptions, collected_long_enough, every=60)],
        # Whoever rebuilds has nothing that could send: not a rule to be kept, but a loop that does not run.
        work=[] if settings.rebuilding else [sending.run, dispatching.run, writing.run],
        close=[endpoints.close, *(client.aclose for client in clients.values())],
    )


def end_of_time() -> datetime:
    """The clock of a rebuilding service, to which every fact is old."""
    return datetime.max.replace(tzinfo=UTC)


def ways(settings: NotificationSettings, messages: Messages) -> dict[ChannelName, Way]:
    """The channels this deployment has."""
    open: dict[ChannelName, Way] = {"email": ByMail(mail(settings, messages), messages), "inbox": IntoInbox()}
    gateways: tuple[tuple[ChannelName, str | None, SecretStr], ...] = (
        ("zalo", settings.zalo_url, settings.zalo_token),
        ("sms", settings.sms_url, settings.sms_token),
    )
    for name, url, token in gateways:
        # Nobody is told by a console: only where it is asked for by name does it stand in for a provider.
        if url == CONSOLE:
            open[name] = ByPhone(ConsoleChannel(settings.mail_folder, "json"))
        elif url is not None:
            seconds = min(GATEWAY_SECONDS, settings.lease_seconds / 10)
            open[name] = ByPhone(GatewayChannel(name, url, token.get_secret_value(), httpx.AsyncClient(), seconds))
    return open


def mail(settings: NotificationSettings, messages: Messages) -> Channel:
    """The mail server that is set, else the console."""
    if settings.smtp_url is None:
        return ConsoleChannel(settings.mail_folder)
    # An attempt takes a few answers; all of them fit into the lease, or another worker would begin it again.
    return SmtpChannel(settings.smtp_url.get_secret_value(), messages.sender, min(SECONDS, settings.lease_seconds / 10))


SERVICE = Service("notification", "notifications", wire, settings=NotificationSettings)
