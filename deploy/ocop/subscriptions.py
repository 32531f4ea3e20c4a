"""``ocop subscriptions``: a system's own subscriptions to certificate events, looked after from the command line."""

from datetime import date, datetime
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel
from rich import box
from rich.table import Table

from deploy.ocop.client import Client, Paged, Who, client_of
from deploy.ocop.system import FOLDER, Folder, find_system
from deploy.ocop.telling import AsJson, console, print_json, told
from shared.tokens import Appointment

SERVICE = "notification"

M = TypeVar("M", bound=BaseModel)

By = Annotated[str, typer.Option("--as", metavar="ORGANISATION", help="The organisation that subscribes.")]
At = Annotated[str, typer.Option("--authority", help="The authority at which it subscribes.")]
Id = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="Its id.")]
Types = Annotated[list[str] | None, typer.Option("--type", help="Event type; repeat it. All when left out.")]
Provinces = Annotated[list[str] | None, typer.Option("--province")]
Stars = Annotated[list[int] | None, typer.Option("--stars")]
Sets = Annotated[list[str] | None, typer.Option("--set")]

_app = typer.Typer(no_args_is_help=True, help="Subscriptions to certificate events, looked after by their systems.")


class Interest(BaseModel):
    types: list[str] = []
    provinces: list[str] = []
    stars: list[int] = []
    product_sets: list[str] = []

    @classmethod
    def of(
        cls,
        types: list[str] | None,
        provinces: list[str] | None,
        stars: list[int] | None,
        product_sets: list[str] | None,
    ) -> "Interest":
        """What the options of a command ask for."""
        return cls(types=types or [], provinces=provinces or [], stars=stars or [], product_sets=product_sets or [])


class Subscription(BaseModel):
    """A subscription, the part that is shown."""

    id: str
    name: str
    url: str
    state: str
    interest: Interest
    failing_since: datetime | None
    disabled_because: str | None


class Made(BaseModel):
    """A secret is in it once: when it is made."""

    id: str
    state: str
    secret: str | None = None


class Tested(BaseModel):
    outcome: str
    status: int | None
    said: str
    milliseconds: int


class Told(BaseModel):
    event: str
    type: str
    delivered_at: datetime | None


class Log(BaseModel):
    """What was sent of one certificate."""

    id: str
    subject: str
    waiting: int
    due: datetime | None
    events: list[Told]


def subscriber(organisation: str, authority: str) -> Who:
    """Whoever acts for ``organisation`` as a subscriber at ``authority``."""
    return Who(
        organisation,
        Appointment(
            id=f"subscriber-{authority}",
            role="subscriber",
            authority=authority,
            organisation=organisation,
            since=date(2020, 1, 1),
        ),
    )


async def subscribe(
    client: Client, who: Who, name: str, url: str, notice_to: str, interest: Interest, signature: str = "v1"
) -> Made:
    """Makes a subscription; the secret is in the answer and never again."""
    body: dict[str, object] = {
        "name": name,
        "url": url,
        "notice_to": notice_to,
        "interest": interest.model_dump(),
        "signature": signature,
    }
    return await client.post(SERVICE, "/subscriptions", Made, who, body)


async def tell(client: Client, who: Who, id: str, what: str, model: type[M], **body: object) -> M:
    """Does one thing with a subscription."""
    return await client.post(SERVICE, f"/subscriptions/{id}/{what}", model, who, body)


async def want(client: Client, who: Who, id: str, interest: Interest) -> Made:
    """Asks for something else from now on."""
    return await client.patch(SERVICE, f"/subscriptions/{id}", Made, who, {"interest": interest.model_dump()})


async def log_of(client: Client, who: Who, id: str) -> list[Log]:
    """What was sent and what waits, by certificate."""
    return await client.pages(SERVICE, f"/subscriptions/{id}/log", Paged[Log], who)


@_app.command()
@told
async def add(
    url: Annotated[str, typer.Argument(help="Where webhooks go.")],
    name: Annotated[str, typer.Option("--name")],
    notice_to: Annotated[str, typer.Option("--notice-to", help="A mailbox for the day the endpoint fails.")],
    by: By,
    authority: At,
    types: Types = None,
    provinces: Provinces = None,
    stars: Stars = None,
    product_sets: Sets = None,
    signature: Annotated[str, typer.Option("--signature", help="v1: shared secret, v1a: key pair.")] = "v1",
    folder: Folder = FOLDER,
) -> None:
    """Subscribe, and show the secret once. Nothing is sent before the endpoint is verified."""
    interest = Interest.of(types, provinces, stars, product_sets)
    async with client_of(find_system(folder), patience=0) as client:
        print_json(await subscribe(client, subscriber(by, authority), name, url, notice_to, interest, signature))


@_app.command("list")
@told
async def list_subscriptions(by: By, authority: At, as_json: AsJson = False, folder: Folder = FOLDER) -> None:
    """List the organisation's subscriptions."""
    async with client_of(find_system(folder), patience=0) as client:
        found = await client.pages(SERVICE, "/subscriptions", Paged[Subscription], subscriber(by, authority))
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("Id", "Name", "Endpoint", "State", "Trouble"):
        table.add_column(column, overflow="fold")
    for each in found:
        trouble = each.disabled_because or (f"failing since {each.failing_since}" if each.failing_since else "")
        table.add_row(each.id, each.name, each.url, each.state, trouble.replace("[", "\\["))
    console().print(table)


@_app.command()
@told
async def verify(id: Id, by: By, authority: At, folder: Folder = FOLDER) -> None:
    """Have the endpoint verified by a challenge; what was collected meanwhile is then sent."""
    async with client_of(find_system(folder), patience=0) as client:
        print_json(await tell(client, subscriber(by, authority), id, "verification", Made))


@_app.command()
@told
async def rotate(id: Id, by: By, authority: At, folder: Folder = FOLDER) -> None:
    """Make a new secret and show it once; the former one stays live for 24 hours."""
    async with client_of(find_system(folder), patience=0) as client:
        print_json(await tell(client, subscriber(by, authority), id, "secrets", Made))


@_app.command()
@told
async def test(id: Id, by: By, authority: At, folder: Folder = FOLDER) -> None:
    """Send a signed test event and show what the endpoint answered."""
    async with client_of(find_system(folder), patience=0) as client:
        print_json(await tell(client, subscriber(by, authority), id, "test", Tested))


@_app.command()
@told
async def log(id: Id, by: By, authority: At, folder: Folder = FOLDER) -> None:
    """Show what was sent and what waits, by certificate."""
    async with client_of(find_system(folder), patience=0) as client:
        found = await log_of(client, subscriber(by, authority), id)
        print_json([each.model_dump(mode="json") for each in found])


@_app.command()
@told
async def resend(
    id: Id,
    dispatch: Annotated[str, typer.Argument(help="The id of a certificate's log, as `log` shows it.")],
    event: Annotated[str, typer.Argument(help="The event to send again, under its same id.")],
    by: By,
    authority: At,
    folder: Folder = FOLDER,
) -> None:
    """Send one event of the log again."""
    async with client_of(find_system(folder), patience=0) as client:
        print_json(await tell(client, subscriber(by, authority), id, f"log/{dispatch}/resend", Log, event=event))


@_app.command("want")
@told
async def want_other(
    id: Id,
    by: By,
    authority: At,
    types: Types = None,
    provinces: Provinces = None,
    stars: Stars = None,
    product_sets: Sets = None,
    folder: Folder = FOLDER,
) -> None:
    """Ask for other events from now on; what is left out is asked for whole."""
    interest = Interest.of(types, provinces, stars, product_sets)
    async with client_of(find_system(folder), patience=0) as client:
        print_json(await want(client, subscriber(by, authority), id, interest))


@_app.command()
@told
async def close(id: Id, by: By, authority: At, folder: Folder = FOLDER) -> None:
    """End a subscription; its log stays."""
    async with client_of(find_system(folder), patience=0) as client:
        print_json(await tell(client, subscriber(by, authority), id, "closure", Made))


def register(app: typer.Typer) -> None:
    """Adds the commands to the operators' command line."""
    app.add_typer(_app, name="subscriptions")
