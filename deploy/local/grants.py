"""Who may do what at the broker: a deployment writes its own topics and reads its own and the centre's; a subscriber
reads certificates.
"""

import asyncio
import secrets
from collections.abc import Iterable, Iterator

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from deploy.local.bus import Bus
from deploy.local.credentials import Principal
from shared.document import CENTRE

_ITERATIONS = 4096


def group_prefix(authorities: frozenset[str]) -> str:
    """How the consumer groups of a deployment begin: with the lowest of its authorities."""
    return f"ocop.{min(authorities)}."


def _allow(
    principal: Principal,
    kind: ResourceType,
    name: str,
    operation: AclOperation,
    pattern: ResourcePatternType = ResourcePatternType.PREFIXED,
) -> AclBinding:
    return AclBinding(
        kind,
        name,
        pattern,
        f"User:{principal.name}",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )


def deployment_grants(principal: Principal, authorities: frozenset[str]) -> Iterator[AclBinding]:
    """The ACLs of ``principal``. The centre reads every province; a province reads itself and the centre."""
    for authority in sorted(authorities):
        yield _allow(principal, ResourceType.TOPIC, f"ocop.{authority}.", AclOperation.WRITE)
        yield _allow(principal, ResourceType.TOPIC, f"ocop.{authority}.", AclOperation.DESCRIBE)
    readable = ["ocop."] if CENTRE in authorities else [f"ocop.{code}." for code in sorted(authorities | {CENTRE})]
    for prefix in readable:
        yield _allow(principal, ResourceType.TOPIC, prefix, AclOperation.READ)
    yield _allow(principal, ResourceType.GROUP, group_prefix(authorities), AclOperation.READ)


def subscriber_grants(principal: Principal, authorities: frozenset[str]) -> Iterator[AclBinding]:
    """The ACLs of a system outside: it reads what these authorities say of certificates, in groups of its own name."""
    for authority in sorted(authorities):
        # The dead letters begin alike, so the name is the whole of it.
        name = f"ocop.{authority}.certificates"
        yield _allow(principal, ResourceType.TOPIC, name, AclOperation.READ, ResourcePatternType.LITERAL)
    yield _allow(principal, ResourceType.GROUP, f"{principal.name}.", AclOperation.READ)


async def grant(admin: Bus, principal: Principal, rights: Iterable[AclBinding]) -> None:
    """Make ``principal`` known to the broker and give it these rights; what is there already stays."""
    client = admin.admin()
    upsertion = UserScramCredentialUpsertion(
        principal.name,
        ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS),
        principal.password.encode(),
        secrets.token_bytes(16),
    )
    users = client.alter_user_scram_credentials([upsertion])
    given = client.create_acls(list(rights))
    for answer in (*users.values(), *given.values()):
        await asyncio.wrap_future(answer)
