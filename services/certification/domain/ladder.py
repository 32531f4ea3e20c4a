"""The ladder of days before expiry on which an owner is told that the end comes near."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple, Self

from pydantic import Field, PositiveInt, model_validator

from .rule_set import Lenient

Message = Literal[
    "prepare",
    "window-opens",
    "window-open",
    "window-closes-soon",
    "last-filing-day",
    "window-closed",
    "under-evaluation",
]


class Step(Lenient):
    """One day of the ladder, so many days before the last valid one. Some make no sense a day later."""

    days: PositiveInt
    says: Message
    said_late: bool


class Reached(NamedTuple):
    """What is to be said today, if anything, and how far down the ladder that leads."""

    step: Step | None
    down_to: int | None


class Ladder(Lenient):
    """The steps, the furthest from the end first, and what they rest on."""

    basis: str = Field(min_length=1)
    steps: tuple[Step, ...]
    filed_steps: tuple[Step, ...]
    """What is said instead once a file for the re-evaluation is lodged."""

    def reached(self, valid_until: date, down_to: int | None, today: date, filed: bool) -> Reached:
        """The step to be said ``today`` of those below ``down_to``, the last step dealt with.

        Of several steps whose day has come only the nearest to the end is said: an earlier one would tell the owner
        what is no longer so. A step that makes no sense a day late is passed over in silence.
        """
        left = (valid_until - today).days
        if left < 0:
            # Its own term is over and an extension runs; there is no day before the end any more.
            return Reached(None, (self.filed_steps if filed else self.steps)[-1].days)
        come = [step for step in self._below(down_to, filed) if step.days >= left]
        if not come:
            return Reached(None, down_to)
        nearest = come[-1]
        return Reached(nearest if nearest.said_late or nearest.days == left else None, nearest.days)

    def next_day(self, valid_until: date, down_to: int | None, filed: bool) -> date | None:
        """The day of the first step below ``down_to``; None when the ladder is at its end."""
        return next((valid_until - timedelta(days=step.days) for step in self._below(down_to, filed)), None)

    def _below(self, down_to: int | None, filed: bool) -> Iterator[Step]:
        return (step for step in (self.filed_steps if filed else self.steps) if down_to is None or step.days < down_to)

    @model_validator(mode="after")
    def _downward(self) -> Self:
        for name, steps in (("steps", self.steps), ("filed_steps", self.filed_steps)):
            days = [step.days for step in steps]
            if days != sorted(set(days), reverse=True) or not days:
                raise ValueError(f"{name}: their days must fall from step to step")
        return self
