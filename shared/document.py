"""The root of every stored document, and the event models a document's decisions speak."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

CENTRE = "00"
"""The national authority among the 34 provinces; it hears everybody, and everybody hears it."""

Authority = Annotated[str, StringConstraints(pattern=r"^\d\d$")]
"""The two-digit code of a province, or ``CENTRE``."""

RESERVED = frozenset({"kind", "version", "spoken", "outbox", "seen", "done"})
"""Names under which the store keeps what it needs beside a document's own fields."""


class Document(BaseModel):
    """One aggregate: a frozen value with a permanent id and the authority it belongs to.

    ``due`` is the next instant at which a timer has something to do here; ``None`` when there is none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    authority: Authority
    due: datetime | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if taken := RESERVED & cls.model_fields.keys():
            raise TypeError(f"{cls.__name__}: the store keeps something of its own under {', '.join(sorted(taken))}")

    def but(self, **changes: Any) -> Self:
        """The same document with ``changes``, validated."""
        return type(self).model_validate({**self.__dict__, **changes})


class Fact(BaseModel):
    """An event as its speaker promises it: nothing unknown, nothing missing, no personal data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TYPE: ClassVar[str]
    """The CloudEvents type, ``vn.ocop.<stream word>.<what happened>.v1``."""
    STREAM: ClassVar[str]
    """The last word of the topic it is spoken on: ``ocop.<authority>.<stream>``."""

    @property
    def stream(self) -> str:
        """The stream of this very event; the same for all of a type unless the type says otherwise."""
        return self.STREAM


class Heard(BaseModel):
    """An event as a listener reads it: only the fields it uses; what else is there is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    STREAM: ClassVar[str]

    def addressed_to(self, speaker: str) -> tuple[str, ...]:
        """The authorities this event is for: the one that speaks it, unless the data names another, or one besides.

        The first is whom it is meant for. Its handler is run once for each of them, with that one as the addressee.
        """
        return (speaker,)


D = TypeVar("D", bound=Document)

Decision = tuple[D, Sequence[Fact]]
"""What a pure rule answers: the document as it is now, and the events that say so."""
