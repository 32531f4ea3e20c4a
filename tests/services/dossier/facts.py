"""Events as councils and authorities speak them, one builder per event."""

from datetime import date
from typing import Any, TypeVar

from services.dossier.events.heard import (
    CertificateAnnulled,
    CertificateCorrected,
    CertificateExpired,
    CertificateExpiring,
    CertificateExtended,
    CertificateHandedOver,
    CertificateImported,
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
    CertificateHandedOver: {"number": "37-2026-0001", "handed_over_on": date(2026, 12, 5), "place": "Nhà văn hóa"},
    CertificateCorrected: _BY_DECISION | {"reason": "misprint", "print_version": 2},
    CertificateImported: {
        "number": "37-H2024-01-GCN",
        "printed_number": "01/GCN",
        "product_code": "37-370-14377-3-2024",
        "issuer": "UBND thành phố Tam Điệp",
        "commune": "14377",
        "product_set": "processed-produce",
        "stars": 3,
        "decision_number": "1245/QĐ-UBND",
        "decided_on": date(2024, 2, 29),
        "valid_until": date(2027, 2, 27),
        "rule_set": "148-2023",
    },
}


def fact(kind: type[E], dossier_id: str, **changed: Any) -> E:
    named = {"province": "37", "dossier_id": dossier_id, "owner_id": "htx-1"}
    product = {"product": {"id": "dua-say", "name": "Dứa sấy dẻo"}}
    return kind.model_validate(named | product | _FIELDS[kind] | changed)
