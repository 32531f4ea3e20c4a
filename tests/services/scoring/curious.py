"""Whoever might like to know before their time: every role, every address that can be read, every command to try."""

from typing import Any

from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import RICE_HASH, SECRETARY

SECRET = "m2"
"""Whose sheet nobody else may learn anything of."""
READERS = (
    ("council_chair", "m1"),
    ("council_member", "m3"),
    ("council_member", "stranger"),
    ("council_secretary", SECRETARY),
    ("council_secretary", "another-secretary"),
    ("agency", "agency"),
    ("advisory_group", "adviser"),
    ("observer", "observer"),
    ("owner", "owner"),
    ("commune_officer", "officer"),
    ("chair", "chair"),
    ("operator", "operator"),
)

TICKED = {"sheet_hash": RICE_HASH, "ticks": {}}
MEETING = {
    "office": {"superior": "UBND tỉnh", "council": "Hội đồng OCOP", "place": "Ninh Bình"},
    "room": "Phòng họp tầng 3",
    "began": "08:00",
    "present": [{"person": "m1", "name": "Nguyễn Văn Phúc", "position": "Phó Chủ tịch", "seat": "chair"}],
}
NOWHERE = "00000000-0000-4000-8000-000000000000"
BY_HAND = {**TICKED, "ticks": best(sheet("rice-grains")), "member": SECRET, "signed_on": "2026-10-01"}
COMMANDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/evaluations/{id}/blind-phase/closing", {}),
    ("POST", "/evaluations/{id}/agreement", {"agreed": {}}),
    ("POST", "/evaluations/{id}/finalisation", {}),
    ("POST", "/evaluations/{id}/annulment", {"ground": "wrong_entry", "document": "1", "dated": "2026-10-01"}),
    ("PUT", "/evaluations/{id}/draft", TICKED),
    ("POST", "/evaluations/{id}/sheets", TICKED),
    ("POST", "/evaluations/{id}/sheets", {**TICKED, "sheet_hash": "0" * 64}),
    ("POST", "/sheets", {"sheets": [{"evaluation": NOWHERE, **TICKED}]}),
    ("POST", "/evaluations/{id}/sheets/reopening", {"reason": "Xem thử"}),
    ("POST", "/evaluations/{id}/paper-sheets", BY_HAND),
    ("POST", "/evaluations/{id}/paper-sheets/{number}/confirmation", {}),
    ("POST", "/evaluations/{id}/paper-sheets/{number}/refusal", {"reason": "Xem thử"}),
    ("POST", "/evaluations/{id}/papers/sheets", {}),
    ("POST", "/evaluations/{id}/papers/own-sheet", {}),
    ("POST", "/sessions/{id}/papers/agenda", MEETING),
    ("POST", "/sessions/{id}/papers/opinion-letter", MEETING),
    ("POST", "/sessions/{id}/papers/minutes", MEETING),
    ("POST", "/sessions/{id}/papers/results", MEETING),
    ("POST", "/sessions/{id}/papers/report", MEETING),
    ("POST", "/sessions/{id}/attendance", {"present": ["m1", "m3"]}),
    ("POST", "/sessions/{id}/closing", {"minutes": "12/BB-HĐ"}),
    (
        "POST",
        "/evaluations/{id}/paper-result",
        {
            "minutes": "16/BB-HĐ",
            "on": "2026-10-01",
            "scan": "0" * 64,
            "sheet_count": 2,
            "part_sums": {"A": 60, "B": 40, "C": 60},
            "below": {},
            "stars": 4,
        },
    ),
)
"""What can be tried while the phase is open, and what of it may be answered differently to the curious."""
TELL_NOTHING_OF_A_SHEET = frozenset(
    {
        "/councils",
        "/sessions",
        "/sessions/{id}/agenda",
        "/sessions/{id}/put-off",
        "/evaluations/{id}/conflicts",
        "/evaluations/{id}/conclusion",
        "/evaluations/{id}/advice/visits",
        "/evaluations/{id}/advice/tests",
        "/evaluations/{id}/advice/tests/{number}/result",
        "/evaluations/{id}/advice/supplements",
        "/evaluations/{id}/advice/reports",
        "/evaluations/{id}/paper-sheets/{number}/scan",
        "/evaluations/{id}/paper-result/scan",
        "/returned/{id}/rating",
    }
)
"""Commands that end or move the session, so that nothing could be tried after them, or do not touch it at all."""


def address(path: str, evaluation: str, session: str) -> str:
    """The address with what is known of the session in it."""
    id = session if path.startswith("/sessions/") else evaluation
    return path.replace("{id}", id).replace("{hash}", RICE_HASH).replace("{number}", "1")
