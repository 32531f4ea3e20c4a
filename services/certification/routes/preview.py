"""What a decision would do if it were issued now, computed without touching anything."""

from collections.abc import Mapping
from datetime import date

from services.certification.catalogue import Regulations
from services.certification.domain.decision import RecognitionDecision, issue, repeated
from services.certification.domain.recognition import Outcome, Recognition
from services.certification.domain.reserving import ItemRefused, NoSuchResult, reserve
from services.certification.routes.forms import FlawView
from shared.http import Told


class PreviewItem(Told):
    """What the item at this place would bring about."""

    product: str | None
    outcome: Outcome
    stars: int | None
    certificate_number: str | None
    valid_until: date | None
    ends: str | None
    """The certificate in effect that the new one would end."""


class Preview(Told):
    """The whole decision beforehand; with flaws it would be refused."""

    certificates: int
    items: list[PreviewItem]
    flaws: list[FlawView]


def preview(decision: RecognitionDecision, known: Mapping[str, Recognition], regulations: Regulations) -> Preview:
    """``known`` holds the recognitions by evaluation. Another decision may still come first."""
    flaws = repeated(decision)
    items = []
    for n, item in enumerate(issue(decision, decision.attempt).items):
        recognition = known.get(item.evaluation_id)
        result = recognition.result(item.evaluation_id) if recognition is not None else None
        try:
            if recognition is None:
                raise NoSuchResult()
            reserve(recognition, decision.claim(item), regulations.rule_sets)
        except ItemRefused as refused:
            flaws.append(refused.flaw(f"/items/{n}/{refused.field}"))
        recognised = item.certificate_number is not None and result is not None
        active = recognition.last if recognition is not None else None
        items.append(
            PreviewItem(
                product=result.subject.product.name if result is not None else None,
                outcome=item.outcome,
                stars=item.stars,
                certificate_number=item.certificate_number,
                valid_until=regulations.last_valid_day(decision.authority, result.rule_set, decision.decided_on)
                if result is not None and recognised
                else None,
                ends=active.number
                if recognised and active is not None and active.in_effect(decision.decided_on)
                else None,
            )
        )
    return Preview(
        certificates=sum(item.certificate_number is not None for item in items),
        items=items,
        flaws=[FlawView.of(flaw) for flaw in flaws],
    )
