"""What the verifier says of a QR claim or a credential, as of an instant, from what it was given and nothing else."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.certification.verifier.claim import product_digest, read, to_be_signed
from services.certification.verifier.credential import StatusList, list_address, read_credential
from services.certification.verifier.trust import Issuer, NotGenuine, Reason, issuer_of

VIETNAM = timezone(timedelta(hours=7))

Standing = Literal["valid", "unconfirmed", "not_begun", "expired", "ended", "not_genuine"]
Status = Literal["in_force", "ended", "missing", "stale"]


class Report(BaseModel):
    """The verdict. ``unconfirmed``: genuine and within its term, but no fresh status list confirms it."""

    model_config = ConfigDict(frozen=True)

    standing: Standing
    reason: Reason | None = None
    """Why it is not genuine."""
    status: Status | None = None
    number: str | None = None
    print_version: int | None = None
    stars: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    product: str | None = None
    product_matches: bool | None = None
    """Whether the product asked about is the one certified; None when none was asked about."""


class Terms(BaseModel):
    """What is to be judged, wherever it was read."""

    model_config = ConfigDict(frozen=True)

    number: str
    print_version: int
    stars: int
    valid_from: date
    valid_until: date
    listed_in: str
    index: int
    product: str | None = None
    product_matches: bool | None = None


def verify(
    text: str, issuers: Iterable[Issuer], lists: Iterable[StatusList], now: datetime, product: str | None = None
) -> Report:
    """Judge the text of a QR code or a credential as of ``now``; ``product`` is the name on the goods."""
    trusted = tuple(issuers)
    try:
        terms = _of_credential(text, trusted, product) if text.strip().count(".") == 2 and "/Q/" not in text else None
        return _judged(terms or _of_claim(text, trusted, product), tuple(lists), now)
    except NotGenuine as wrong:
        return Report(standing="not_genuine", reason=wrong.reason)


def _of_claim(text: str, issuers: tuple[Issuer, ...], product: str | None) -> Terms:
    signed = read(text)
    claim = signed.claim
    issuer = issuer_of(issuers, claim.authority)
    issuer.check(f"{claim.authority}-{claim.key}", to_be_signed(signed.payload), signed.signature)
    return Terms(
        number=claim.number,
        print_version=claim.print_version,
        stars=claim.stars,
        valid_from=claim.valid_from,
        valid_until=claim.valid_until,
        listed_in=list_address(issuer.id, claim.status_year),
        index=claim.status_index,
        product_matches=claim.names(product) if product is not None else None,
    )


def _of_credential(token: str, issuers: tuple[Issuer, ...], product: str | None) -> Terms:
    _, credential = read_credential(token, issuers)
    said = credential.subject
    return Terms(
        number=said.number,
        print_version=said.print_version,
        stars=said.stars,
        valid_from=credential.valid_from.astimezone(VIETNAM).date(),
        valid_until=credential.valid_until.astimezone(VIETNAM).date(),
        listed_in=credential.status.listed_in,
        index=int(credential.status.index),
        product=said.product,
        product_matches=product_digest(said.product) == product_digest(product) if product is not None else None,
    )


def _judged(terms: Terms, lists: tuple[StatusList, ...], now: datetime) -> Report:
    today = now.astimezone(VIETNAM).date()
    status = _status(terms, lists, now)
    standing: Standing
    if status == "ended":
        standing = "ended"
    elif today < terms.valid_from:
        standing = "not_begun"
    elif today > terms.valid_until:
        standing = "expired"
    else:
        standing = "valid" if status == "in_force" else "unconfirmed"
    return Report(standing=standing, status=status, **terms.model_dump(exclude={"listed_in", "index"}))


def _status(terms: Terms, lists: tuple[StatusList, ...], now: datetime) -> Status:
    """What the newest list says. One that is stale still proves an end, never that there was none."""
    found = sorted((one for one in lists if one.id == terms.listed_in), key=lambda one: one.valid_from)
    if not found or not found[-1].covers(terms.index):
        return "missing"
    if found[-1].ended(terms.index):
        return "ended"
    return "stale" if found[-1].stale(now) else "in_force"
