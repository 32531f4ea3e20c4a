"""What a deployment may do at the broker: write its own topics, read its own and the centre's, nothing else."""

import asyncio
import secrets
from collections.abc import Iterator

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

CENTRE = "00"
_ITERATIONS = 4096


def group_prefix(authorities: frozenset[str]) -> str:
    """How the consumer groups of a deployment begin: with the lowest of its authorities."""
    return f"ocop.{min(authorities)}."


def _allow(principal: Principal, kind: ResourceType, prefix: str, operation: AclOperation) -> AclBinding:
    return AclBinding(
        kind,
        prefix,
        ResourcePatternType.PREFIXED,
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


async def grant_deployment(admin: Bus, principal: Principal, authorities: frozenset[str]) -> None:
    """Make ``principal`` known to the broker and give it its rights; what is there already stays."""
    client = admin.admin()
    upsertion = UserScramCredentialUpsertion(
        principal.name,
        ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS),
        principal.password.encode(),
        secrets.token_bytes(16),
    )
    users = client.alter_user_scram_credentials([upsertion])
    rights = client.create_acls(list(deployment_grants(principal, authorities)))
    for answer in (*users.values(), *rights.values()):
        await asyncio.wrap_future(answer)
