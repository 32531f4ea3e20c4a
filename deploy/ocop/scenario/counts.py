"""The closing table of a scenario: every figure asked of the services, beside what the source counts."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from rich import box
from rich.table import Table

from deploy.ocop.client import Client
from deploy.ocop.scenario.answers import Certified, Funnel, Messages, Verification
from deploy.ocop.scenario.cast import Cast
from deploy.ocop.scenario.script import Script


class Counts(BaseModel):
    """What the services count, under the names the script uses for the source's figures."""

    figures: dict[str, int]
    stars: dict[int, int]
    """Certificates ever issued, by their stars."""
    messages: dict[str, int]
    """Messages sent, by template."""
    certificates: list[str]
    """The numbers that were looked up."""

    def differing(self, source: Mapping[str, int]) -> list[str]:
        """The figures of the source that the services do not show."""
        return [name for name, figure in source.items() if self.figures.get(name) != figure]


@dataclass(frozen=True)
class Line:
    """A row of the table; several figures stand side by side. ``asked`` says who was asked."""

    vi: str
    en: str
    figures: tuple[str, ...]
    asked: str
    unit: str = "{}"


_FUNNEL = "dossier/funnel"
_SUMMARY = "certification/summary"
_LOOK_UP = "certification/certificates"
_MESSAGES = "notification/summary"
_OF = "{} of {} owners"
_AND = "{} · {}"

LINES = (
    Line("Sản phẩm đăng ký", "registered", ("registered_products", "registered_owners"), _FUNNEL, _OF),
    Line("Hồ sơ đủ", "complete", ("complete_products", "complete_owners"), _FUNNEL, _OF),
    Line("  thô, sơ chế", "raw or semi-processed food", ("complete_raw",), _FUNNEL),
    Line("  từ rau, củ, quả, hạt", "from vegetables, fruit, nuts", ("complete_produce",), _FUNNEL),
    Line("  từ thịt, cá, trứng, sữa, mật", "from meat, fish, eggs, milk, honey", ("complete_animal",), _FUNNEL),
    Line("  đồ uống có cồn", "alcoholic drinks", ("complete_alcohol",), _FUNNEL),
    Line(
        "  lần đầu, đánh giá lại", "first, re-evaluation", ("complete_first", "complete_re_evaluation"), _FUNNEL, _AND
    ),
    Line("Công nhận 3 sao", "recognised with 3 stars", ("recognised",), _SUMMARY),
    Line("  mới, lại", "new, again", ("recognised_first", "recognised_re_evaluation"), _SUMMARY, _AND),
    Line("Không công nhận", "not recognised", ("not_recognised",), _SUMMARY),
    Line("Giấy đã cấp, đã trao", "issued, handed over", ("issued", "handed_over"), _SUMMARY, _AND),
    Line("Tra cứu công khai thấy", "found by the public look-up", ("verified",), _LOOK_UP),
    Line("Còn hiệu lực, hết hạn", "valid, expired", ("valid", "expired"), _SUMMARY, _AND),
    Line("Thư sắp hết hạn, hết hạn", "messages: expiring, expired", ("told_expiring", "told_expired"), _MESSAGES, _AND),
    Line("Thư đã gửi, chưa gửi", "messages: sent, not sent", ("messages", "unsent"), _MESSAGES, _AND),
)


async def count(client: Client, script: Script, cast: Cast, numbers: Sequence[str]) -> Counts:
    """Asks every service for its figures; ``numbers`` are looked up one by one, as anybody may."""
    funnel = await client.get("dossier", "/funnel", Funnel, cast.agency)
    certified = await client.get("certification", "/summary", Certified, cast.agency)
    messages = await client.get("notification", "/summary", Messages, cast.agency)
    found = await asyncio.gather(
        *(client.get("certification", f"/certificates/{number}", Verification) for number in numbers)
    )
    complete = {each.product_set: each.steps.complete.products for each in funnel.product_sets}
    raw, produce, animal, alcohol = (sum(complete.get(slug, 0) for slug in group.sets) for group in script.groups)
    kinds = {each.case_kind: each.steps.complete.products for each in funnel.case_kinds}
    stars = script.decision.stars
    recognised = {
        kind: sum(
            each.count
            for each in certified.announced
            if (each.outcome, each.case_kind, each.stars) == ("recognised", kind, stars)
        )
        for kind in ("first", "upgrade", "re_evaluation")
    }
    certificates = certified.certificates
    figures = {
        "registered_products": funnel.total.registered.products,
        "registered_owners": funnel.total.registered.owners,
        "complete_products": funnel.total.complete.products,
        "complete_owners": funnel.total.complete.owners,
        "complete_raw": raw,
        "complete_produce": produce,
        "complete_animal": animal,
        "complete_alcohol": alcohol,
        "complete_first": kinds.get("first", 0),
        "complete_re_evaluation": kinds.get("re_evaluation", 0),
        "recognised": sum(recognised.values()),
        "recognised_first": recognised["first"],
        "recognised_re_evaluation": recognised["re_evaluation"],
        "not_recognised": sum(each.count for each in certified.announced if each.outcome == "not_recognised"),
        "issued": sum(certificates.by_stars.values()),
        "handed_over": certificates.handed_over,
        "verified": sum(each.validity != "unknown" for each in found),
        "valid": certificates.valid,
        "expired": certificates.expired,
        "told_expiring": messages.sent.get("certificate-expiring", 0),
        "told_expired": messages.sent.get("certificate-expired", 0),
        "messages": messages.states.get("sent", 0),
        "unsent": sum(figure for state, figure in messages.states.items() if state != "sent"),
    }
    return Counts(figures=figures, stars=certificates.by_stars, messages=messages.sent, certificates=list(numbers))


def table(counts: Counts, script: Script) -> Table:
    """The closing table. A figure of the source that the services do not show stands in red beside theirs."""
    drawn = Table(box=box.ROUNDED, title=f"{script.title.vi}: các dịch vụ đếm được · what the services count")
    drawn.add_column("")
    drawn.add_column("Services", justify="right")
    drawn.add_column("Source", justify="right")
    drawn.add_column("Asked", style="dim")
    for line in LINES:
        shown = line.unit.format(*(counts.figures[name] for name in line.figures))
        known = [script.source[name] for name in line.figures if name in script.source]
        said = line.unit.format(*known) if known else ""
        right = said in ("", shown)
        drawn.add_row(
            f"{line.vi} [dim]· {line.en}[/]",
            f"[{'bold' if right else 'bold red'}]{shown}[/]",
            f"[{'green' if right else 'red'}]{said}[/]",
            line.asked,
        )
    return drawn
