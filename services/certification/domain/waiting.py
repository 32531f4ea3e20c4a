"""What is heard of a product before it is decided on: results that wait, and what takes them away again."""

from collections.abc import Mapping

from shared.document import CENTRE
from shared.errors import Refusal

from .recognition import Filing, Recognition, Result, Withdrawal
from .rule_set import RuleSet, RuleSetUnknown


class ScoreElsewhere(Refusal):
    """A province's council rates its own products; only the centre rates those of others."""

    vi = "Hội đồng của {authority} không đánh giá sản phẩm của tỉnh {province}."
    en = "The council of {authority} does not rate products of province {province}."


def wait(recognition: Recognition, result: Result, rule_sets: Mapping[str, RuleSet]) -> Recognition:
    """The recognition with a council's result that waits for the chair.

    A province's council rates its own products (Decision 26/2026/QĐ-TTg, article 7.3), the central one those the
    provinces send (article 7.4). Raises ``ScoreElsewhere`` and ``RuleSetUnknown``.
    """
    subject = result.subject
    if recognition.authority not in (CENTRE, subject.province):
        raise ScoreElsewhere(authority=recognition.authority, province=subject.province)
    if result.rule_set not in rule_sets:
        raise RuleSetUnknown(rule_set=result.rule_set)
    if recognition.result(result.evaluation_id) is not None:
        return recognition
    before = {
        "withdrawn": any(_withdraws(one, result) for one in recognition.withdrawals),
        "annulled": result.evaluation_id in recognition.annulments,
    }
    return recognition.but(results=(*recognition.results, result.model_copy(update=before)))


def take_up(recognition: Recognition, central: Result, rule_sets: Mapping[str, RuleSet]) -> Recognition:
    """The recognition with a result of the centre's council that waits for the province's chair.

    Below five stars the province may recognise 3 or 4 on it (Decision 26/2026/QĐ-TTg, article 7.4); one it could not
    recognise either is left alone. Raises as ``wait`` does.
    """
    rules = rule_sets.get(central.rule_set)
    if rules is not None and central.stars not in rules.awarded_by(recognition.authority):
        return recognition
    return wait(recognition, central, rule_sets)


def annul(recognition: Recognition, evaluation_id: str) -> Recognition:
    """The recognition with a council's result that holds no longer, whichever of score and annulment came first.

    A result that is reserved stays with its decision, as one that is withdrawn does; what was decided on an annulled
    score is annulled by another decision.
    """
    if evaluation_id in recognition.annulments:
        return recognition
    results = tuple(
        one.model_copy(update={"annulled": True}) if one.evaluation_id == evaluation_id else one
        for one in recognition.results
    )
    return recognition.but(results=results, annulments=(*recognition.annulments, evaluation_id))


def withdraw(recognition: Recognition, withdrawal: Withdrawal) -> Recognition:
    """The recognition without the results of a dossier its owner took back, whichever of the two came first.

    A result that a decision has reserved stays with it; it is withdrawn when that decision lets it go.
    """
    if withdrawal in recognition.withdrawals:
        return recognition
    results = tuple(
        one.model_copy(update={"withdrawn": True}) if _withdraws(withdrawal, one) else one
        for one in recognition.results
    )
    return recognition.but(results=results, withdrawals=(*recognition.withdrawals, withdrawal))


def _withdraws(withdrawal: Withdrawal, result: Result) -> bool:
    subject = result.subject
    return (
        withdrawal.dossier_id == subject.dossier_id
        and withdrawal.province == subject.province
        and withdrawal.attempt >= result.attempt
    )


def file(recognition: Recognition, filing: Filing) -> Recognition:
    """The recognition with a re-evaluation under way; the same when that attempt has had its outcome already."""
    ended = [(one.subject.dossier_id, one.attempt) for one in recognition.results if one.announced is not None]
    ended += [(one.dossier_id, one.attempt) for one in recognition.withdrawals]
    ended += [(one.dossier_id, one.attempt) for one in recognition.stopped]
    over = any(dossier == filing.dossier_id and attempt >= filing.attempt for dossier, attempt in ended)
    return recognition if over or recognition.filed == filing else recognition.but(filed=filing)


def stop(recognition: Recognition, filing: Filing) -> Recognition:
    """The recognition that knows of a file on which a council has ended its evaluation without a star."""
    return recognition if filing in recognition.stopped else recognition.but(stopped=(*recognition.stopped, filing))
