"""Builders for the tests of dossiers: one per model, everything in order unless a test says otherwise."""

from datetime import UTC, date, datetime
from typing import Any

from services.dossier.domain.dossier import Dossier, drafted
from services.dossier.domain.form import SelfAssessment
from services.dossier.domain.product import CaseKind, Opening, Product
from services.dossier.regulation import load_regulation
from shared.document import Heard
from shared.envelope import Received

TODAY = date(2026, 11, 21)
REGULATION = load_regulation()
NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)

ANSWERS: dict[str, Any] = {
    "description": "Dứa sấy dẻo từ dứa Queen trồng tại xã.",
    "material_origin": "Dứa của 42 hộ trong xã.",
    "local_labour": "16 lao động trong xã.",
    "idea_origin": "Phát triển từ nghề trồng dứa.",
    "local_identity": "Dứa Đồng Giao là đặc sản của vùng.",
    "evidence": ["business_registration", "product_story"],
}


def form(**changed: Any) -> SelfAssessment:
    return SelfAssessment.model_validate(ANSWERS | changed)


def product(**changed: Any) -> Product:
    given = {
        "id": "dua-say",
        "authority": "37",
        "owner_id": "htx-1",
        "name": "Dứa sấy dẻo",
        "product_set": "processed-produce",
        "commune": "14362",
        "registered_on": TODAY,
    }
    return Product.model_validate(given | changed)


def opening(dossier_id: str = "d1", case_kind: CaseKind = "first", **changed: Any) -> Opening:
    return Opening(dossier_id=dossier_id, case_kind=case_kind, form=form(**changed), opened_on=TODAY)


def draft(**changed: Any) -> Dossier:
    return drafted(product(), opening(**changed))


def heard(
    data: Heard, *, subject: str = "ev-37", sequence: int = 1, speaker: str = "37", service: str = "scoring"
) -> Received[Any]:
    """``data`` as it comes from Kafka."""
    return Received(
        data=data,
        type=data.TYPE,
        id=f"{subject}.{sequence}",
        source=f"/authorities/{speaker}/{service}",
        authority=speaker,
        addressee=data.addressed_to(speaker)[0],
        subject=subject,
        sequence=sequence,
        time=NOON,
        correlation_id="correlation",
        traceparent="",
    )
