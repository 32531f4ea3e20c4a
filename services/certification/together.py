"""Doing many things at once without leaving any of them unattended."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each answers; when one fails, its error once all have come back, so that none goes on unattended."""
    tasks = [asyncio.ensure_future(one) for one in asked]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]
