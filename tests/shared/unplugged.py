"""Where outboxes go when there is no Kafka."""

from collections.abc import Mapping, Sequence
from typing import Any


class Unplugged:
    """Nowhere: they stay on their documents, where they can be read."""

    def hand_over(self, id: str, authority: str, outbox: Sequence[Mapping[str, Any]]) -> None:
        return None
