"""Where Kafka is and as whom to speak to it, in the words of each client library."""

from dataclasses import dataclass
from typing import TypedDict

from confluent_kafka.admin import AdminClient

from deploy.local.credentials import Principal

MECHANISM = "SCRAM-SHA-512"


class AiokafkaOptions(TypedDict, total=False):
    """The part of aiokafka's arguments that says where and as whom."""

    bootstrap_servers: str
    security_protocol: str
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str


@dataclass(frozen=True)
class Bus:
    """An address of Kafka, and the principal to be there (``None``: in the clear)."""

    servers: str
    principal: Principal | None = None

    def environment(self) -> dict[str, str]:
        """The settings a service needs to be this principal."""
        if self.principal is None:
            return {"OCOP_KAFKA": self.servers}
        return {
            "OCOP_KAFKA": self.servers,
            "OCOP_KAFKA_USER": self.principal.name,
            "OCOP_KAFKA_PASSWORD": self.principal.password,
        }

    def aiokafka(self) -> AiokafkaOptions:
        """Arguments for ``AIOKafkaProducer`` and ``AIOKafkaConsumer``."""
        if self.principal is None:
            return {"bootstrap_servers": self.servers}
        return {
            "bootstrap_servers": self.servers,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": self.principal.name,
            "sasl_plain_password": self.principal.password,
        }

    def librdkafka(self) -> dict[str, str | int | float | bool]:
        """Configuration for confluent_kafka."""
        quiet: dict[str, str | int | float | bool] = {
            "bootstrap.servers": self.servers,
            "reconnect.backoff.max.ms": 250,
            # The callers see every failure as an exception; the library would print it on stderr as well.
            "log_level": 0,
        }
        if self.principal is None:
            return quiet
        return quiet | {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": MECHANISM,
            "sasl.username": self.principal.name,
            "sasl.password": self.principal.password,
        }

    def admin(self) -> AdminClient:
        return AdminClient(self.librdkafka())
