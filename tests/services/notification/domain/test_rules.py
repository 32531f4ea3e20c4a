"""Who is told of what: the table, read as sentences."""

import pytest

from services.notification.domain.rules import RULES, rules_for
from services.notification.events import CONSUMES, TOLD, CertificateImported, CertificateReplaced


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
        ("result.announced", "result-announced"),
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


def test_no_rule_listens_to_a_score() -> None:
    assert not [rule for rule in RULES if "score" in rule.event or "evaluation" in rule.event]
    assert "scores" not in {heard.STREAM for heard in CONSUMES}
