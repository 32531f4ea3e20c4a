"""The public side of certification, put together: look-up, register, keys, credentials, status lists and prints."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.certification.catalogue import Regulations
from services.certification.credentials import Credentials
from services.certification.documents.drawing import Press
from services.certification.documents.sealing import Seals
from services.certification.keyring import Keyring
from services.certification.looking_up import LookUp
from services.certification.owners import Owners
from services.certification.pages import Pages
from services.certification.printing import Printing
from services.certification.register import Register
from services.certification.routes.issuers import issuer_routes
from services.certification.routes.look_up import look_up_routes
from services.certification.routes.prints import print_routes
from services.certification.routes.register import register_routes
from services.certification.store import Decisions, Recognitions, SignedPrints, StatusRegisters
from services.certification.throttle import Throttle
from shared.clock import Clock
from shared.http import Router
from shared.store import Store


@dataclass(frozen=True)
class Publication:
    """What it keeps, what it answers, and who signs for it."""

    stores: tuple[Store[Any], ...]
    routers: tuple[Router, ...]
    credentials: Credentials
    printing: Printing


def publication(
    recognitions: Recognitions,
    decisions: Decisions,
    regulations: Regulations,
    clock: Clock,
    *,
    keys: Path | None,
    address: str,
    owners: Owners,
    lookups: Throttle,
    searches: Throttle,
) -> Publication:
    """``keys`` is the folder of keys and seals, ``address`` the scheme and host under which the public asks."""
    registers, prints = StatusRegisters(recognitions.collection), SignedPrints(recognitions.collection)
    keyring = Keyring(keys, address)
    credentials = Credentials(registers, recognitions, keyring, address, clock)
    printing = Printing(decisions, prints, credentials, owners, Press(), Seals(keys), regulations, address)
    routers = (
        look_up_routes(LookUp(recognitions, keyring, clock), Pages(regulations), lookups, clock),
        issuer_routes(recognitions, credentials, keyring, regulations, lookups),
        print_routes(recognitions, decisions, printing, clock),
        register_routes(Register(recognitions, regulations.places, clock), searches),
    )
    return Publication((registers, prints), routers, credentials, printing)
