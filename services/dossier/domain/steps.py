"""What has been done with a dossier on its way to a council: one slot per step."""

from datetime import date
from typing import Literal

from services.dossier.domain.following import Slot
from services.dossier.domain.form import Evidence

Office = Literal["commune", "agency", "council"]
"""Who may ask for supplements: the commune, the provincial agency, or the council through its secretary."""

Content = Literal["local_origin", "local_labour", "idea_origin", "local_identity"]
"""The four contents a commune evaluates (Decision 26/2026/QĐ-TTg, article 7.2, form 03)."""

Paper = Evidence | Literal["form", "extra_test", "samples", "other"]
"""What a supplement is: a kind of evidence, a form, an extra test, samples, or what fits none."""

EndingGround = Literal[
    "forged_file",
    "food_safety_papers_lacking",
    "registration_file_lacking",
    "not_eligible",
    "supplement_not_answered",
    "production_stopped",
    "council_concluded",
    "other",
]
"""Why a case was stopped or disqualified, in the one word that others hear; the words stay here."""


class Manifest(Slot):
    """One version of what the file says: canonical JSON, known by its SHA-256. It never changes."""

    version: int
    hash: str
    text: str
    on: date


class Letter(Slot):
    """A letter, report or decision by its number and date."""

    number: str
    on: date


class Lineage(Slot):
    """The certificate a case goes on from; ``dossier_id`` is None for one that is older than this platform."""

    certificate: str
    stars: int
    valid_until: date
    dossier_id: str | None = None


class Improvement(Slot):
    """What has changed since the certificate, and the paper that proves it (form 02 of an upgrade, article 6.1b)."""

    what: str
    evidence: Evidence


class Lodged(Slot):
    """The file was handed to the commune; ``late`` is a re-evaluation after its window had closed."""

    on: date
    manifest_version: int
    improvements: tuple[Improvement, ...] = ()
    late: bool = False


class Receipt(Slot):
    """An office has entered the dossier under a number of its own series, and counted the samples."""

    number: str
    on: date
    by: str
    samples: int


class Assessed(Slot):
    """What the commune finds of one content, and the criteria of the product's sheet it bears on."""

    content: Content
    criteria: tuple[str, ...]
    met: bool
    remark: str


class Assessment(Slot):
    """Form 03 and the letter by which the commune proposes the product to the province."""

    contents: tuple[Assessed, ...]
    letter: Letter
    on: date
    by: str
    product_code: str
    samples: int
    """Passed on to the province with the letter."""
    round: str | None = None
    """The year and name of its round; a re-evaluation waits for none."""

    @property
    def year(self) -> int:
        """The year of the evaluation: of the round, else of the letter."""
        return self.letter.on.year if self.round is None else int(self.round.partition("/")[0])


class Item(Slot):
    """One thing asked for, and what was answered. Others hear of the ``paper`` only; the name is free text."""

    paper: Paper
    name: str
    answer: str | None = None
    answered_on: date | None = None


class Extension(Slot):
    """More time, and why."""

    until: date
    reason: str
    on: date


class Supplement(Slot):
    """A request for named things by a date. It is open until everything is answered or the date has passed."""

    number: int
    office: Office
    asked_on: date
    until: date
    items: tuple[Item, ...]
    extensions: tuple[Extension, ...] = ()
    answered_on: date | None = None
    lapsed_on: date | None = None

    @property
    def open(self) -> bool:
        return self.answered_on is None and self.lapsed_on is None

    @property
    def left(self) -> tuple[Item, ...]:
        """What has not been answered yet."""
        return tuple(item for item in self.items if item.answered_on is None)


class Ended(Slot):
    """The agency has ended the case; ``reason`` is for the agency and the owner."""

    state: Literal["stopped", "disqualified"]
    ground: EndingGround
    reason: str
    on: date


class Package(Slot):
    """What goes to the centre beside the dossier itself (Decision 26/2026/QĐ-TTg, article 6.3).

    After the province's rating there are a report of the advisory group, one of the council and the chair's approval;
    in their place the renewal of 5 stars has the agency's report.
    """

    letter: Letter
    approval_decision: Letter | None
    advisory_report: Letter | None
    council_report: Letter | None
    agency_report: Letter | None
    extra_tests: tuple[Letter, ...]
    samples: int
    on: date


class Assigned(Slot):
    """Who works on the dossier at one office, by the name in that person's sign-in."""

    office: Literal["commune", "agency"]
    to: str
    on: date


class Warned(Slot):
    """The last warning that a paper with this term runs out."""

    paper: str
    valid_until: date
    on: date


class ProposedItem(Slot):
    """One thing to ask the owner for, and the criterion of the sheet it bears on."""

    paper: Paper
    criterion: str | None


class Proposal(Slot):
    """Those who advise a council would have these things asked for by a date; ``asked`` is the request made of it."""

    evaluation: str
    council: str
    number: int
    items: tuple[ProposedItem, ...]
    until: date
    asked: int | None = None
