"""What a case takes over from the one before: the certificate it goes on from, and the answers that may stay."""

from collections.abc import Iterable

from services.dossier.domain.dossier import Dossier
from services.dossier.domain.following import Certificate
from services.dossier.domain.form import Evidence, SelfAssessment
from services.dossier.domain.product import Opening
from services.dossier.domain.steps import Lineage

KEPT_EVIDENCE: frozenset[Evidence] = frozenset({"business_registration", "product_story", "promotion", "awards"})
"""Papers that article 6.1c does not ask to be new: neither tests nor declarations, nor anything with a term."""

KEPT_ANSWERS = {
    "description",
    "local_labour",
    "idea_origin",
    "local_identity",
    "history",
    "structure",
    "representative_sex",
    "representative_ethnicity",
}


def lineage_of(given: Iterable[tuple[Certificate, Dossier | None]]) -> tuple[Lineage, Dossier | None] | None:
    """The certificate that lasts longest of those that stand, and the dossier it was given on; older ones have none."""
    found = [
        (
            Lineage(
                certificate=each.number,
                stars=each.issued.stars,
                valid_until=each.last_day,
                dossier_id=None if dossier is None else dossier.id,
            ),
            dossier,
        )
        for each, dossier in given
        if each.stands and each.issued is not None and each.last_day is not None
    ]
    return max(found, key=lambda pair: pair[0].valid_until, default=None)


def continued(opening: Opening, lineage: Lineage, last: Dossier | None) -> Opening:
    """The opening of a case that goes on from a certificate; a re-evaluation begins with the answers that may stay."""
    changes: dict[str, object] = {"lineage": lineage}
    if opening.case_kind == "re_evaluation" and last is not None:
        changes["form"] = renewed(last.form).with_answers(opening.form)
    return opening.model_copy(update=changes)


def renewed(form: SelfAssessment) -> SelfAssessment:
    """The answers of the last case without those that the law wants new (Decision 26/2026/QĐ-TTg, article 6.1c).

    New are raw material, technology, packaging, label, declaration, tests, market, output, revenue and papers with a
    term; so the origin of the material, the plan, the self-score and most of the evidence are asked for again.
    """
    kept = form.model_dump(include=KEPT_ANSWERS)
    return SelfAssessment.model_validate(
        {**kept, "evidence": [each for each in form.evidence if each in KEPT_EVIDENCE]}
    )
