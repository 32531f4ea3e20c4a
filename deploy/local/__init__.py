"""The local launcher: a real Kafka, a real MongoDB and the services as processes that live and die together."""
