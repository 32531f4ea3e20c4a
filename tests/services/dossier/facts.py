"""Events as councils and authorities speak them, one builder per event."""

from datetime import date
from typing import Any, TypeVar

from services.dossier.events.heard import (
    CertificateAnnulled,
    CertificateExpired,
    CertificateExpiring,
    CertificateExtended,
    CertificateIssued,
    CertificateRemoved,
    CertificateReplaced,
    CertificateRevoked,
    EvaluationOpened,
    EvaluationStopped,
    OfProvince,
    ResultAnnounced,
    ScoreAnnulled,
    ScoreFinalized,
    SupplementProposed,
)

E = TypeVar("E", bound=OfProvince)

_BY_DECISION = {"number": "37-2026-0001", "decision_number": "9/QĐ-UBND", "decided_on": date(2027, 3, 1)}

_FIELDS: dict[type[OfProvince], dict[str, Any]] = {
    EvaluationOpened: {
        "attempt": 1,
        "manifest_version": 1,
        "manifest_hash": "m" * 64,
        "rule_set": "26-2026",
        "sheet_hash": "s" * 64,
    },
    ScoreFinalized: {
        "attempt": 1,
        "stars": 3,
        "potential_five_star": False,
        "total_sum": "192",
        "sheet_count": 3,
        "average": "64.00",
        "failed_minimums": [{"star": 4, "criterion": "3.5", "needed": 2, "had": 1}],
    },
    EvaluationStopped: {"attempt": 1, "reason": "disqualified"},
    ResultAnnounced: {
        "outcome": "recognised",
        "stars": 3,
        "failed_minimums": [{"star": 4, "criterion": "3.5", "needed": 2, "had": 1}],
        "decision_number": "123/QĐ-UBND",
        "decided_on": date(2026, 11, 20),
    },
    CertificateIssued: {
        "number": "37-2026-0001",
        "stars": 3,
        "decision_number": "123/QĐ-UBND",
        "decided_on": date(2026, 11, 20),
        "valid_from": date(2026, 11, 20),
        "valid_until": date(2029, 11, 19),
    },
    CertificateExpiring: {"number": "37-2026-0001", "valid_until": date(2029, 11, 19), "days_left": 180},
    CertificateExpired: {"number": "37-2026-0001", "valid_until": date(2029, 11, 19)},
    CertificateReplaced: {"number": "37-2026-0001", "replaced_by": "37-2029-0007", "replaced_on": date(2029, 10, 1)},
    SupplementProposed: {
        "number": 1,
        "items": [{"paper": "extra_test", "criterion": "3.5"}, {"paper": "awards"}],
        "until": date(2026, 12, 10),
    },
    ScoreAnnulled: {"attempt": 1, "ground": "wrong_entry", "document": "16/BB-HĐ", "dated": date(2026, 11, 22)},
    CertificateExtended: _BY_DECISION | {"extended_until": date(2030, 5, 18)},
    CertificateRevoked: _BY_DECISION | {"ground": "law_breach"},
    CertificateAnnulled: _BY_DECISION | {"ground": "faulty_rating"},
    CertificateRemoved: _BY_DECISION,
}


def fact(kind: type[E], dossier_id: str, **changed: Any) -> E:
    return kind.model_validate({"province": "37", "dossier_id": dossier_id} | _FIELDS[kind] | changed)
