"""What this service says to itself, so that a message can be written about it."""

from datetime import datetime
from typing import ClassVar

from shared.document import Heard


class SubscriptionDisabled(Heard):
    """Said by this service to itself: an endpoint took nothing for so long that nothing is sent there any more."""

    TYPE: ClassVar[str] = "vn.ocop.subscription.disabled.v1"
    STREAM: ClassVar[str] = ""

    subscription: str
    name: str
    url: str
    failing_since: datetime
    reason: str


class LetterWritten(Heard):
    """Said by this service to itself: an agency has written to owners."""

    TYPE: ClassVar[str] = "vn.ocop.letter.written.v1"
    STREAM: ClassVar[str] = ""

    title: str
    paragraphs: tuple[str, ...]
