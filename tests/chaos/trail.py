"""A small, sound trail of evidence, one product from its dossier to the end of its certificate, for tests to spoil."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

from tests.chaos.client import Command
from tests.chaos.evidence import Evidence, Raw, Seen

DOSSIER, EVALUATION, RECOGNITION, DECISION = "d1", "e1", "r1", "decision/37/2026/1"
NUMBER = "37-2026-1-001"


def event(service: str, subject: str, sequence: int, name: str, stream: str, offset: int, **body: Any) -> Seen:
    """An event as it lies on its topic."""
    headers = {
        "ce_type": f"vn.ocop.{name}.v1",
        "ce_source": f"/authorities/37/{service}",
        "ce_subject": subject,
        "ce_sequence": f"{sequence:020d}",
    }
    written = tuple((header, value.encode()) for header, value in headers.items())
    return Seen(f"ocop.37.{stream}", 0, offset, subject.encode(), written, json.dumps(body).encode())


def records() -> list[Seen]:
    """Every event of the product, in order."""
    whose = {"dossier_id": DOSSIER}
    warned = {"number": NUMBER, "step": 240, "days_left": 240, **whose}
    return [
        event("dossier", DOSSIER, 1, "dossier.submitted", "dossiers", 0, manifest_version=1),
        event("scoring", EVALUATION, 1, "evaluation.opened", "scores", 0, manifest_version=1, **whose),
        event("scoring", EVALUATION, 2, "score.finalized", "scores", 1, total_sum="180", **whose),
        event(
            "certification",
            DECISION,
            1,
            "recognition.decided",
            "certificates",
            0,
            items=[{"evaluation_id": EVALUATION}],
        ),
        event(
            "certification",
            RECOGNITION,
            1,
            "result.announced",
            "certificates",
            1,
            evaluation_id=EVALUATION,
            decision_number="1/QĐ-UBND",
            **whose,
        ),
        event("certification", RECOGNITION, 2, "certificate.issued", "certificates", 2, number=NUMBER, **whose),
        event("certification", RECOGNITION, 3, "certificate.handed-over", "certificates", 3, number=NUMBER, **whose),
        event("certification", RECOGNITION, 4, "certificate.expiring", "certificates", 4, **warned),
        event("certification", RECOGNITION, 5, "certificate.expired", "certificates", 5, number=NUMBER, **whose),
    ]


MESSAGES = (
    ("dossier", DOSSIER, 1),
    ("certification", RECOGNITION, 1),
    ("certification", RECOGNITION, 2),
    ("certification", RECOGNITION, 3),
    ("certification", RECOGNITION, 4),
    ("certification", RECOGNITION, 5),
)
"""Who is told of what."""


def replayed(sequence: int, again: bool = False) -> Raw:
    """What an operator did with a parked event, in the first pass or after a re-send."""
    return {"what": "replayed", "sequence": sequence, "why": "pass 2" if again else "pass 1"}


def documents() -> dict[str, dict[str, Raw]]:
    """Every document of the product."""

    def document(kind: str, id: str, spoken: int = 0, **fields: Any) -> Raw:
        return {"_id": id, "kind": kind, "authority": "37", "spoken": spoken, "outbox": [], "done": [], **fields}

    dossier = document(
        "Dossier",
        DOSSIER,
        1,
        product_name="Dứa",
        state="recognised",
        form={"description": "mới"},
        submissions=[{"manifest_version": 1}],
        withdrawn=None,
        evaluations=[
            {"id": EVALUATION, "opened": {"manifest_version": 1}, "score": {"total_sum": "180"}, "stopped": None}
        ],
        results=[{"decision_number": "1/QĐ-UBND"}],
        certificates=[{"number": NUMBER, "issued": {}, "expiring": {"days_left": 240}, "expired_after": "2029-11-21"}],
    )
    evaluation = document(
        "Evaluation",
        EVALUATION,
        2,
        dossier_id=DOSSIER,
        attempt=1,
        state="finalised",
        sheets=[{"member": "council_member-1", "total": 90}, {"member": "council_member-2", "total": 90}],
    )
    recognition = document(
        "Recognition",
        RECOGNITION,
        5,
        results=[
            {
                "evaluation_id": EVALUATION,
                "subject": {"dossier_id": DOSSIER},
                "announced": {"outcome": "recognised", "decision_id": DECISION},
            }
        ],
        withdrawals=[],
        certificates=[
            {
                "number": NUMBER,
                "evaluation_id": EVALUATION,
                "valid_until": "2029-11-21",
                "handed_over": {"handover_id": "handover/1"},
            }
        ],
    )
    decision = document(
        "RecognitionDecision",
        DECISION,
        1,
        state="issued",
        items=[{"evaluation_id": EVALUATION, "certificate_number": NUMBER}],
    )
    lane = document("Lane", "lane/x", 0, events=[], actions=[replayed(1), replayed(2), replayed(1, again=True)])
    told = [
        document(
            "Delivery",
            f"m{n}",
            state="sent",
            cause={"source": f"/authorities/37/{service}", "subject": subject, "sequence": sequence},
            attempts=[{"outcome": "accepted"}],
        )
        for n, (service, subject, sequence) in enumerate(MESSAGES)
    ]
    return {
        "dossier": {DOSSIER: dossier},
        "scoring": {EVALUATION: evaluation},
        "certification": {RECOGNITION: recognition, DECISION: decision},
        "notification": {each["_id"]: each for each in (lane, *told)},
    }


def commands() -> list[Command]:
    """The commands that led there, each answered with success, and one that was refused."""

    def sent(kind: str, answer: Any, status: int = 200, **about: Any) -> Command:
        expected: Any = "pass" if status == 200 else "refuse"
        return Command(kind, f"key-{kind}", f"/{kind}", expected, about, status=status, answer=answer, attempts=1)

    return [
        sent("open", {"id": DOSSIER}, name="Dứa"),
        sent("patch", {}, dossier=DOSSIER, field="description", value="mới"),
        sent("submit", {"manifest_version": 1}, dossier=DOSSIER),
        sent("submit", {}, 409, dossier=DOSSIER),
        sent("sheet", {"total": 90}, evaluation=EVALUATION, by="council_member-1"),
        sent("sheet", {"total": 90}, evaluation=EVALUATION, by="council_member-2"),
        sent("finalise", {}, evaluation=EVALUATION),
        sent("decide", {"id": DECISION, "certificates": [{"number": NUMBER}]}, evaluations=[EVALUATION]),
        sent("handover", {"id": "handover/1"}, numbers=[NUMBER]),
    ]


def sound() -> Evidence:
    """Evidence in which everything holds."""
    mail = {f"<m{n}@ocop.example>": 1 for n in range(len(MESSAGES))}
    return Evidence(records(), documents(), commands(), mail)


def spoilt(evidence: Evidence, service: str, id: str, **fields: Any) -> Evidence:
    """The evidence with one document changed."""
    documents = deepcopy({name: dict(each) for name, each in evidence.documents.items()})
    documents[service][id] |= fields
    return replace(evidence, documents=documents)
