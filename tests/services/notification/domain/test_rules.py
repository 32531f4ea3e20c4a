"""Who is told of what: the table, read as sentences."""

import pytest

from services.certification import events as certification
from services.dossier import events as dossier
from services.notification.domain.rules import LETTER_WRITTEN, NOT_TOLD, RULES, SUBSCRIPTION_DISABLED, rules_for
from services.notification.events import CONSUMES, TOLD
from services.notification.events.certificates import CertificateImported, CertificateReplaced
from services.scoring import events as scoring


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
    (rule,) = [rule for rule in rules_for(f"vn.ocop.{event}.v1") if rule.audience == "owner"]

    assert (rule.template, rule.channels) == (template, ("email", "zalo", "sms"))


def test_of_everything_that_is_said_somebody_is_told_or_it_is_written_down_why_not() -> None:
    said = {fact.TYPE for service in (dossier, scoring, certification) for fact in service.PUBLISHES}
    own = {rule.event for rule in (SUBSCRIPTION_DISABLED, LETTER_WRITTEN)}

    told = {rule.event for rule in RULES} - own

    assert told | set(NOT_TOLD) == said
    assert not told & set(NOT_TOLD)


def test_every_event_that_is_told_is_heard_and_what_is_heard_besides_is_for_subscribers() -> None:
    heard = {each.TYPE for each in TOLD}

    assert {rule.event for rule in RULES} == heard - set(NOT_TOLD)
    assert heard & set(NOT_TOLD) == {CertificateReplaced.TYPE, CertificateImported.TYPE}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("dossier.lodged", {"commune"}),
        ("commune.assessed", {"agency"}),
        ("supplement.answered", {"asking"}),
        ("deadline.near", {"owing"}),
        ("deadline.missed", {"owing", "agency"}),
        ("revocation.overdue", {"agency"}),
        ("dossier.submitted", {"centre"}),
        ("supplement.lapsed", {"asking"}),
        ("certificate.revoked", {"commune", "province"}),
        ("certificate.annulled", {"commune", "province"}),
    ],
)
def test_an_office_is_told_of_its_work_by_email_or_in_its_inbox(event: str, told: set[str]) -> None:
    rules = [rule for rule in rules_for(f"vn.ocop.{event}.v1") if rule.audience != "owner"]

    assert {rule.audience for rule in rules} == told
    assert {(rule.channels[0], rule.channels[-1]) for rule in rules} == {("email", "inbox")}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            "result.announced",
            {"owner": "result-announced", "commune": "result-at-commune", "province": "result-of-centre"},
        ),
        ("dossier.submitted", {"owner": "dossier-submitted", "centre": "dossier-at-centre"}),
        ("supplement.lapsed", {"owner": "supplement-lapsed", "asking": "supplement-unanswered"}),
        (
            "certificate.revoked",
            {"owner": "certificate-revoked", "commune": "revoked-at-office", "province": "revoked-at-office"},
        ),
        (
            "certificate.annulled",
            {"owner": "certificate-annulled", "commune": "annulled-at-office", "province": "annulled-at-office"},
        ),
    ],
)
def test_owner_and_offices_are_told_of_the_same_each_in_their_words(event: str, told: dict[str, str]) -> None:
    assert {rule.audience: rule.template for rule in rules_for(f"vn.ocop.{event}.v1")} == told


def test_of_a_council_nobody_outside_is_told_and_nothing_of_marks_is_even_read() -> None:
    heard = {each.TYPE: each for each in CONSUMES if each.STREAM == "scores"}

    assert {rule.audience for rule in RULES if rule.event in heard} == {"council", "agency"}
    assert {type.rpartition(".v1")[0].removeprefix("vn.ocop.") for type in heard} == {
        "session.scheduled",
        "session.closed",
        "evaluation.rescoring-required",
        "evaluation.rating-overdue",
        "evaluation.stopped",
        "score.annulled",
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
        "reason",
        "ground",
        "document",
        "dated",
    }


def test_members_are_told_of_another_blind_round_and_the_office_is_not() -> None:
    (rule,) = rules_for("vn.ocop.evaluation.rescoring-required.v1")

    assert (rule.audience, rule.channels) == ("council", ("inbox",))
