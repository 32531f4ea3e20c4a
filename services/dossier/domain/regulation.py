"""What the rules of the process take from data: days, windows, rounds, and what a province has settled for itself."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from services.dossier.domain.deadline import Works
from services.dossier.domain.place import Places
from services.dossier.domain.round import Lenient, Rounds

SettingName = Literal["direct_submission", "pause_while_supplementing", "late_re_evaluation"]


class Setting(Lenient):
    """One thing a province has settled, and the document it rests on; ``authority`` None stands for all others.

    - ``direct_submission``: a dossier may go to the council without the commune's and the agency's step here.
    - ``pause_while_supplementing``: the commune's days do not run while the owner owes it a supplement.
    - ``late_re_evaluation``: a re-evaluation lodged after its window stays one; else it becomes a first evaluation.
    """

    setting: SettingName
    authority: str | None = Field(pattern=r"^\d\d$")
    since: date = Field(alias="from")
    on: bool
    basis: str = Field(min_length=1)


@dataclass(frozen=True)
class Regulation:
    """Everything the process takes from data. Days of Decision 26/2026/QĐ-TTg, articles 5, 7.2 and 7.6."""

    works: Works
    rounds: Rounds
    commune_days: int
    """Working days of the commune's step (article 7.2)."""
    rating_days: int
    """Calendar days of a re-evaluation from the full file (article 7.6g)."""
    window_opens: int
    window_closes: int
    """Days before expiry between which a re-evaluation is lodged (article 7.6a)."""
    settings: tuple[Setting, ...]
    places: Places

    def settled(self, setting: SettingName, authority: str, on: date) -> bool:
        """What ``authority`` has settled as of ``on``: the latest of its own lines, else of those for all."""
        in_force = [each for each in self.settings if each.setting == setting and each.since <= on]
        own = [each for each in in_force if each.authority == authority]
        lines = own or [each for each in in_force if each.authority is None]
        return max(lines, key=lambda each: each.since).on if lines else False
