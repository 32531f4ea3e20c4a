"""Long lists over HTTP: a page of items, and a cursor to the next one."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Annotated, Generic, Self, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.validation import flaw_in_value

T = TypeVar("T")

_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,1200}")


class Page(BaseModel, Generic[T]):
    """Some of a list. ``next`` goes into the query parameter ``after`` of the next request."""

    model_config = ConfigDict(frozen=True)

    items: list[T]
    next: str | None = Field(default=None, description="Cursor of the next page; null when this is the last.")

    @classmethod
    def of(cls, items: Iterable[T], next: str | None) -> Self:
        """A page of ``items``; ``next`` is the store's own cursor, or None at the end."""
        return cls(items=list(items), next=None if next is None else cursor(next))


def cursor(place: str) -> str:
    """A place in a list as an opaque cursor."""
    return urlsafe_b64encode(b"1" + place.encode()).rstrip(b"=").decode()


def place(cursor: str) -> str:
    """The place a cursor stands for; a cursor we did not give is refused."""
    try:
        if _CURSOR.fullmatch(cursor):
            found = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            if found[:1] == b"1" and b"\x00" not in found:
                return found[1:].decode()
    except ValueError:
        pass
    raise flaw_in_value(
        "cursor",
        "Con trỏ trang không đúng; hãy dùng nguyên giá trị «next» của trang trước.",
        "This is not a page cursor; use the value “next” of the previous page as it is.",
    )


After = Annotated[
    str | None,
    Query(description="The value `next` of the previous page."),
    AfterValidator(lambda given: None if given is None else place(given)),
]
"""``after: After = None`` in a route gives the store's own cursor."""

Limit = Annotated[int, Query(ge=1, le=200, description="Most items on the page.")]
"""``limit: Limit = 50`` in a route."""
