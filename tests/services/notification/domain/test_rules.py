"""Who is told of what: the table, read as sentences."""

import pytest

from services.notification.domain.rules import RULES, rules_for
from services.notification.events import CONSUMES, TOLD
from services.notification.events.certificates import CertificateImported, CertificateReplaced


@pytest.mark.parametrize(
    ("event", "template"),
    [
        ("dossier.submitted", "dossier-submitted"),
        ("dossier.withdrawn", "dossier-withdrawn"),
        ("dossier.received", "dossier-received"),
        ("supplement.requested", "supplement-requested"),
        ("supplement.lapsed", "supplement-lapsed"),
        ("dossier.stopped", "dossier-stopped"),
        ("dossier.disqualified", "dossier-disqualified"),
        ("certificate.issued", "certificate-issued"),
        ("certificate.handed-over", "certificate-handed-over"),
        ("certificate.expiring", "certificate-expiring"),
        ("certificate.expired", "certificate-expired"),
        ("result.forwarded", "result-forwarded"),
        ("result.left-out", "result-left-out"),
        ("certificate.extended", "certificate-extended"),
        ("certificate.revoked", "certificate-revoked"),
        ("certificate.annulled", "certificate-annulled"),
        ("certificate.corrected", "certificate-corrected"),
        ("certificate.removed", "certificate-removed"),
    ],
)
def test_the_owner_is_told_by_email_and_else_by_telephone(event: str, template: str) -> None:
    (rule,) = rules_for(f"vn.ocop.{event}.v1")

    assert (rule.audience, rule.template, rule.channels) == ("owner", template, ("email", "zalo", "sms"))


def test_every_event_that_is_heard_has_a_rule_and_every_rule_an_event() -> None:
    # That a certificate was replaced its owner learns by the one that replaces it; one taken over is no news to it.
    silent = {CertificateReplaced, CertificateImported}
    assert {rule.event for rule in RULES} == {heard.TYPE for heard in TOLD if heard not in silent}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("dossier.lodged", {"commune"}),
        ("commune.assessed", {"agency"}),
        ("supplement.answered", {"asking"}),
        ("deadline.near", {"owing"}),
        ("deadline.missed", {"owing", "agency"}),
        ("revocation.overdue", {"agency"}),
    ],
)
def test_an_office_is_told_of_its_work_by_email_or_in_its_inbox(event: str, told: set[str]) -> None:
    rules = rules_for(f"vn.ocop.{event}.v1")

    assert {rule.audience for rule in rules} == told
    assert {(rule.channels[0], rule.channels[-1]) for rule in rules} == {("email", "inbox")}


def test_an_announced_result_is_told_to_the_owner_and_the_commune_each_in_their_words() -> None:
    rules = rules_for("vn.ocop.result.announced.v1")

    assert {(rule.audience, rule.template) for rule in rules} == {
        ("owner", "result-announced"),
        ("commune", "result-at-commune"),
    }


def test_of_a_council_nobody_outside_is_told_and_nothing_of_marks_is_even_read() -> None:
    heard = {each.TYPE: each for each in CONSUMES if each.STREAM == "scores"}

    assert {rule.audience for rule in RULES if rule.event in heard} == {"council", "agency"}
    assert {type.rpartition(".v1")[0].removeprefix("vn.ocop.") for type in heard} == {
        "session.scheduled",
        "session.closed",
        "evaluation.rescoring-required",
        "evaluation.rating-overdue",
    }
    assert {field for each in heard.values() for field in each.model_fields} == {
        "seated",
        "round",
        "on",
        "replies_by",
        "decision",
        "agenda",
        "minutes",
        "product",
        "rate_by",
    }


def test_members_are_told_of_another_blind_round_and_the_office_is_not() -> None:
    (rule,) = rules_for("vn.ocop.evaluation.rescoring-required.v1")

    assert (rule.audience, rule.channels) == ("council", ("inbox",))
