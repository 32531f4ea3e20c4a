"""What the council is advised on one product: visits, tests, supplements proposed, the report to the chair."""

from datetime import date, datetime
from typing import Literal

from pydantic import PositiveInt

from .stars import Frozen

Paper = Literal[
    "business_registration",
    "production_conditions",
    "material_origin",
    "environment",
    "labour_list",
    "growth",
    "intellectual_property",
    "market",
    "promotion",
    "product_story",
    "quality_declaration",
    "test_results",
    "traceability",
    "quality_management",
    "awards",
    "form",
    "extra_test",
    "samples",
    "other",
]
"""What can be asked of an owner, in the words that the dossier service has for it."""
Opinion = Literal["rate", "rate_with_remarks", "not_ready"]


class SiteVisit(Frozen):
    """The group was at the place of production (Decision 26/2026/QĐ-TTg, article 7.3c)."""

    on: date
    findings: str
    by: str
    at: datetime


class LaboratoryFinding(Frozen):
    """What the laboratory found, by its own paper."""

    report: str
    """The number of the laboratory's paper."""
    on: date
    met: bool
    by: str
    at: datetime


class ExtraTest(Frozen):
    """A test beside those of the file, and its result once it is there."""

    number: PositiveInt
    what: str
    reason: str
    result: LaboratoryFinding | None = None
    by: str
    at: datetime


class ProposedItem(Frozen):
    """One thing the owner is to hand in after all; ``what`` says it in words, which stay with the council."""

    paper: Paper
    criterion: str | None = None
    """The criterion of the sheet it bears on."""
    what: str


class SupplementProposal(Frozen):
    """Things to be asked of the owner by a date, for which the dossier service does the asking."""

    number: PositiveInt
    items: tuple[ProposedItem, ...]
    until: date
    manifest_version: PositiveInt
    by: str
    at: datetime


class AdvisoryReport(Frozen):
    """The report to the chair of the council on one version of the file; a later one takes its place."""

    number: str
    on: date
    opinion: Opinion
    text: str
    manifest_version: PositiveInt
    manifest_hash: str
    by: str
    at: datetime


class Advice(Frozen):
    """Everything the council is advised on one product."""

    visits: tuple[SiteVisit, ...] = ()
    tests: tuple[ExtraTest, ...] = ()
    proposals: tuple[SupplementProposal, ...] = ()
    reports: tuple[AdvisoryReport, ...] = ()

    @property
    def report(self) -> AdvisoryReport | None:
        """The one that counts."""
        return self.reports[-1] if self.reports else None
