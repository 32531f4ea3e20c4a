"""Who is told of what: the table, read as sentences."""

import pytest

from services.notification.domain.rules import RULES, rules_for
from services.notification.events import CONSUMES, TOLD, CertificateReplaced


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
    ],
)
def test_the_owner_is_told_by_email(event: str, template: str) -> None:
    (rule,) = rules_for(f"vn.ocop.{event}.v1")

    assert (rule.audience, rule.template, rule.channel) == ("owner", template, "email")


def test_every_event_that_is_heard_has_a_rule_and_every_rule_an_event() -> None:
    # That a certificate was replaced its owner learns by the one that replaces it.
    assert {rule.event for rule in RULES} == {heard.TYPE for heard in TOLD if heard is not CertificateReplaced}


def test_no_rule_listens_to_a_score() -> None:
    assert not [rule for rule in RULES if "score" in rule.event or "evaluation" in rule.event]
    assert "scores" not in {heard.STREAM for heard in CONSUMES}
