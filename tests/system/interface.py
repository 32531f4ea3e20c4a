"""Every operation of the four services as their OpenAPI documents describe it, with one good body for each."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.clock import day, system_clock
from tests.services.scoring.builders import sheet, with_total
from tests.system.country import COMMUNE, COUNCIL, FORM, HOME, SERVICES, SET, Case, Country, eventually, submitted

MEETING = {
    "office": {"superior": "UBND tỉnh", "council": "Hội đồng OCOP", "place": "Ninh Bình"},
    "room": "Phòng họp tầng 3",
    "began": "08:00",
    "present": [{"person": "council_chair", "name": "Nguyễn Văn Phúc", "position": "Phó Chủ tịch", "seat": "chair"}],
}
"""What an office tells when it asks for a paper of a session."""
NAMES = {"names": {"council_member": "Trần Thị Hường"}}
NOBODYS = "00000000-0000-4000-8000-000000000000"
"""An evaluation of nobody: what is answered item by item names the ids that were asked."""


class Known(NamedTuple):
    """One dossier of the province that went the whole way, and what belongs to it."""

    case: Case
    evaluation: str
    session: str
    sheet_hash: str
    decision: str
    certificate: str
    delivery: str
    lane: str

    @property
    def ids(self) -> tuple[str, ...]:
        """What nobody of another province may be shown."""
        return (*self.case, self.evaluation, self.session, self.certificate, self.delivery, self.lane)


class Operation(NamedTuple):
    """One method of one address."""

    service: str
    method: str
    path: str
    secured: bool
    takes_body: bool

    @property
    def name(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def changes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def address(self, known: Known) -> str:
        """The path with the ids of what is known."""
        ids = {
            "dossier /owners/{id}": known.case.owner,
            "dossier /dossiers/{id}": known.case.dossier,
            "dossier /products/{id}": known.case.product,
            "dossier /plans/{id}": "none",
            "dossier /ideas/{id}": "none",
            "dossier /potential-products/{id}": "none",
            "scoring /evaluations/{id}": known.evaluation,
            "scoring /sessions/{id}": known.session,
            "scoring /returned/{id}": NOBODYS,
            "notification /deliveries/{id}": known.delivery,
            "notification /inbox/{id}": known.delivery,
            "notification /subscriptions/{id}": "none",
            "notification /events/manifests/{day}": "2026-01-01",
            "certification /decisions/{number}": known.decision,
            "certification /acts/{number}": known.decision,
            "certification /drafts/{id}": f"draft-{'0' * 32}",
            "certification /signatories/{id}": "0" * 32,
            "certification /cases/{id}": f"case-{'0' * 32}",
            "certification /inspections/{id}": f"inspection-{'0' * 32}",
            "certification /certificates/{number}": known.certificate,
        }
        path = self.path.replace("{lane}", known.lane).replace("{hash}", known.sheet_hash)
        for template, place in {
            "{letter}": "commune-receipt",
            "{series}": "registration",
            "/supplements/{number}": "/supplements/1",
            "/places/{code}": "/places/37",
            "/product-codes/{code}": "/product-codes/37-14362-01-2026",
            "/places/{commune}": f"/places/{COMMUNE}",
            "/roadmap/{number}": "/roadmap/1",
            "/years/{year}": f"/years/{day(system_clock()).year}",
            "/tests/{number}": "/tests/1",
            "/paper-sheets/{number}": "/paper-sheets/1",
            "/complaints/{year}/{number}": "/complaints/2026/1",
            "{product_set}": SET,
            "{criterion}": "1.1",
            "{paper}": "nothing",
            "{version}": "1",
            "{code}": "01",
            "{consultant}": "nobody",
            "{group}": "none",
            "{dispatch}": "none",
            "{template}": "none",
            "{office}": "agency",
            "{language}": "vi",
        }.items():
            path = path.replace(template, place)
        for place, id in ids.items():
            service, _, template = place.partition(" ")
            if service == self.service and path.startswith(template):
                path = path.replace(template, template[: template.index("{")] + id)
        assert "{" not in path, f"{self.name}: nobody has said what stands in the address"
        return path


async def operations(country: Country) -> list[Operation]:
    """What each running service says that it offers, the questions of whoever keeps it running left out."""
    found = []
    for service in SERVICES:
        described = (await country.ask("GET", service, "/openapi.json")).json()
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if path not in ("/live", "/ready"):
                    secured = bool(operation.get("security"))
                    # A file is sent as it is; what is wrong with one is tried where files are tested.
                    body = "application/json" in operation.get("requestBody", {}).get("content", {})
                    found.append(Operation(service, method.upper(), path, secured, body))
    assert len(found) > 30
    return found


def good(operation: Operation, known: Known) -> tuple[str, Mapping[str, Any]]:
    """Who may do it, and a body that is in order."""
    reason = {"reason": "a test asks"}
    signer = {"name": "Nguyễn Văn An", "position": "Chủ tịch"}
    items = [{"evaluation_id": "not-known", "outcome": "recognised", "stars": 3}]
    signed = {"number": "998/QĐ-UBND", "decided_on": "2026-11-20", "signer": signer}
    act = signed | {"certificates": ["37-2020-1-001"]}
    plan = {"number": "58/KH-UBND", "issued_on": "2026-03-18", "targets": [{"products": 1}]}
    ticked = {"sheet_hash": known.sheet_hash, "ticks": with_total(sheet(SET), 60)}
    bodies: dict[str, tuple[str, Mapping[str, Any]]] = {
        "dossier POST /owners": (
            "agency",
            {
                "name": "Hợp tác xã Vân Long",
                "kind": "cooperative",
                "commune": COMMUNE,
                "email": "htx@vidu.vn",
                "language": "vi",
            },
        ),
        "dossier PATCH /owners/{id}": ("agency", {"address": "Thôn 1"}),
        "dossier POST /owners/{id}/delegations": ("owner", {"consultant": "tv-1", "until": "2030-01-01"}),
        "dossier POST /contacts": ("service", {"owner_ids": [known.case.owner]}),
        "dossier POST /products": (
            "agency",
            {"owner_id": known.case.owner, "name": "Gạo", "product_set": SET, "commune": COMMUNE},
        ),
        "dossier POST /years/{year}/registrations": (
            "agency",
            {"product_id": known.case.product, "answer": "not_register", "case_kind": "first"},
        ),
        "dossier POST /plans": ("agency", {**plan, "issuer": "UBND tỉnh", "first_year": 2026, "last_year": 2026}),
        "dossier POST /plans/{id}/versions": ("agency", plan),
        "dossier POST /ideas": (
            "agency",
            {
                "owner_id": known.case.owner,
                "name": "Bánh gạo",
                "commune": COMMUNE,
                "description": "Bánh.",
                "business_plan": "Hai tấn.",
            },
        ),
        "dossier POST /ideas/{id}/screening": ("agency", {"verdict": "suitable", "reasons": "Phù hợp."}),
        "dossier POST /ideas/{id}/selection": ("agency", {"reasons": "Phù hợp."}),
        "dossier POST /ideas/{id}/dossier": ("agency", {"product_set": SET}),
        "dossier POST /potential-products": (
            "agency",
            {"owner_id": known.case.owner, "name": "Gạo nếp", "commune": COMMUNE},
        ),
        "dossier PUT /potential-products/{id}/roadmap": ("agency", {"stages": []}),
        "dossier POST /potential-products/{id}/roadmap/{number}/done": ("agency", {}),
        "dossier POST /potential-products/{id}/visits": ("agency", {"found": "Bao bì sơ sài."}),
        "dossier PATCH /products/{id}": ("agency", {"name": "Gạo mới"}),
        "dossier POST /bulk/receipts": ("commune_officer", {"dossiers": [NOBODYS]}),
        "dossier POST /bulk/assignments": ("agency", {"dossiers": [NOBODYS], "to": "an"}),
        "dossier POST /bulk/reminders": ("agency", {"dossiers": [NOBODYS]}),
        "dossier POST /places/{commune}/succession": ("agency", {"preview": True}),
        "dossier POST /dossiers": (
            "agency",
            {"product_id": known.case.product, "case_kind": "first", "form": FORM},
        ),
        "dossier PATCH /dossiers/{id}": ("agency", {"form": {"description": "Gạo khác."}}),
        "dossier POST /dossiers/{id}/submission": ("agency", {"to": HOME}),
        "dossier POST /dossiers/{id}/evidence": ("agency", {"kind": "awards", "title": "Giải thưởng"}),
        "dossier PUT /dossiers/{id}/evidence/{paper}": ("agency", {"kind": "awards", "title": "Giải thưởng"}),
        "dossier POST /dossiers/{id}/evidence/reused": (
            "agency",
            {"dossier_id": known.case.dossier, "paper": "nothing"},
        ),
        "dossier PUT /product-sets/{product_set}/criteria/{criterion}/guidance": ("agency", {"text": "Xem hướng dẫn."}),
        "dossier POST /dossiers/{id}/lodging": ("commune_officer", {}),
        "dossier POST /dossiers/{id}/receipt": ("commune_officer", {"samples": 5}),
        "dossier POST /dossiers/{id}/assessment": (
            "commune_officer",
            {
                "contents": [{"content": "local_origin", "met": True, "remark": "Đạt."}],
                "letter": {"number": "45/TTr-UBND", "on": "2026-11-20"},
            },
        ),
        "dossier POST /dossiers/{id}/registration": ("agency", {"samples": 5}),
        "dossier POST /dossiers/{id}/forwarding": ("agency", {"letter": {"number": "1", "on": "2026-11-20"}}),
        "dossier POST /dossiers/{id}/stop": ("agency", {"ground": "other", **reason}),
        "dossier POST /dossiers/{id}/disqualification": ("agency", {"ground": "other", **reason}),
        "dossier POST /dossiers/{id}/supplements": (
            "agency",
            {"items": [{"paper": "form", "name": "Mẫu 02"}], "until": "2030-01-01"},
        ),
        "dossier POST /dossiers/{id}/supplements/{number}/answers": (
            "agency",
            {"answers": [{"name": "Mẫu 02", "answer": "Đã sửa."}]},
        ),
        "dossier POST /dossiers/{id}/supplements/{number}/extension": ("agency", {"until": "2030-02-01", **reason}),
        "dossier POST /dossiers/{id}/withdrawal": ("agency", {"reason": "Chủ thể xin rút."}),
        "scoring POST /councils": ("agency", {**COUNCIL, "decision": "99", "since": "2030-01-01"}),
        "scoring POST /sessions": (
            "council_secretary",
            {"round": 2, "on": "2026-11-20", "agenda": [NOBODYS]},
        ),
        "scoring POST /sessions/{id}/agenda": ("council_secretary", {"agenda": [NOBODYS]}),
        "scoring POST /sessions/{id}/attendance": (
            "council_secretary",
            {"present": ["council_chair"], "evaluations": [NOBODYS]},
        ),
        "scoring POST /sessions/{id}/put-off": (
            "council_secretary",
            {"evaluation": NOBODYS, "reason": "Thiếu mẫu"},
        ),
        "scoring POST /sessions/{id}/closing": ("council_secretary", {"minutes": "12/BB-HĐ"}),
        "scoring POST /evaluations/{id}/advice/visits": (
            "advisory_group",
            {"on": "2026-11-01", "findings": "Đúng như hồ sơ."},
        ),
        "scoring POST /evaluations/{id}/advice/tests": ("advisory_group", {"what": "Dư lượng", "reason": "Mẫu cũ"}),
        "scoring POST /evaluations/{id}/advice/tests/{number}/result": (
            "advisory_group",
            {"report": "77/KN", "on": "2026-11-01", "met": True},
        ),
        "scoring POST /evaluations/{id}/advice/supplements": (
            "advisory_group",
            {"items": [{"paper": "form", "what": "Mẫu 02"}], "until": "2030-01-01"},
        ),
        "scoring POST /evaluations/{id}/advice/reports": (
            "advisory_group",
            {"number": "5/BC-TTV", "on": "2026-11-01", "opinion": "rate", "text": "Đủ."},
        ),
        "scoring POST /sheets": ("council_member", {"sheets": [{"evaluation": NOBODYS, **ticked}]}),
        "scoring POST /evaluations/{id}/sheets": ("council_member", ticked),
        "scoring POST /evaluations/{id}/paper-sheets": (
            "council_secretary",
            {**ticked, "member": "council_member", "signed_on": "2026-11-20"},
        ),
        "scoring POST /evaluations/{id}/paper-sheets/{number}/confirmation": ("council_member", {}),
        "scoring POST /evaluations/{id}/paper-sheets/{number}/refusal": ("council_member", {"reason": "Nhập sai"}),
        "scoring POST /returned/{id}/rating": ("agency", {}),
        "scoring PUT /evaluations/{id}/draft": ("council_member", ticked),
        "scoring POST /evaluations/{id}/sheets/reopening": ("council_member", {"reason": "Chọn nhầm"}),
        "scoring POST /evaluations/{id}/conflicts": ("council_member", {"kind": "own"}),
        "scoring POST /evaluations/{id}/blind-phase/closing": ("council_chair", {}),
        "scoring POST /evaluations/{id}/agreement": ("council_secretary", {"agreed": {}}),
        "scoring POST /evaluations/{id}/finalisation": ("council_chair", {}),
        "scoring POST /evaluations/{id}/annulment": (
            "agency",
            {"ground": "wrong_entry", "document": "16/BB-HĐ", "dated": "2026-11-20"},
        ),
        "scoring POST /evaluations/{id}/paper-result": (
            "council_secretary",
            {
                "minutes": "16/BB-HĐ",
                "on": "2026-11-20",
                "scan": "0" * 64,
                "sheet_count": 2,
                "part_sums": {"A": 60, "B": 40, "C": 60},
                "below": {},
                "stars": 4,
            },
        ),
        "scoring POST /evaluations/{id}/papers/sheets": ("agency", NAMES),
        "scoring POST /evaluations/{id}/papers/own-sheet": ("council_member", NAMES),
        "scoring POST /sessions/{id}/papers/agenda": ("council_secretary", MEETING),
        "scoring POST /sessions/{id}/papers/opinion-letter": ("council_secretary", MEETING),
        "scoring POST /sessions/{id}/papers/minutes": ("council_secretary", MEETING),
        "scoring POST /sessions/{id}/papers/results": ("council_secretary", MEETING),
        "scoring POST /sessions/{id}/papers/report": ("agency", MEETING),
        "scoring POST /evaluations/{id}/conclusion": (
            "council_chair",
            {"rule": "forged-file", "minutes": "BB-1"},
        ),
        "certification POST /decisions": (
            "chair",
            {
                "number": "999/QĐ-UBND",
                "decided_on": "2026-11-20",
                "signer": {"name": "Nguyễn Văn An", "position": "Chủ tịch"},
                "items": [{"evaluation_id": known.evaluation, "outcome": "recognised", "stars": 3}],
            },
        ),
        "certification POST /decisions/preview": ("chair", signed | {"items": items}),
        "certification POST /drafts": ("agency", {"title": "Đợt 2", "items": items}),
        "certification PUT /drafts/{id}": ("agency", {"title": "Đợt 2", "items": items}),
        "certification POST /drafts/{id}/issue": ("chair", signed | {"revision": 1}),
        # A deputy who does not sign on behalf is refused, so that no register comes to be that would bind the others.
        "certification POST /signatories": (
            "agency",
            {"name": "Nguyễn Văn An", "position": "Phó Chủ tịch", "since": "2026-01-01", "basis": "1/QĐ-UBND"},
        ),
        "certification POST /signatories/{id}/end": ("agency", {"until": "2026-12-31"}),
        "certification POST /revocations": ("chair", act | {"ground": "law_breach"}),
        "certification POST /annulments": ("chair", act | {"ground": "faulty_rating"}),
        "certification POST /extensions": ("chair", act),
        "certification POST /corrections": ("chair", act | {"reason": "loss"}),
        "certification POST /removals": ("chair", act),
        "certification POST /certificates/{number}/reprints": ("agency", {"reason": "Bản in bị ướt."}),
        "certification POST /certificates/{number}/print/signed": ("agency", {"pdf": "JVBERi0xLjcK"}),
        "certification POST /proposals": (
            "commune_officer",
            {
                "certificate": "37-2020-1-001",
                "ground": "production_ended",
                "confirmed_on": "2026-11-20",
                "evidence": [{"title": "Biên bản"}],
            },
        ),
        "certification POST /cases/{id}/rejection": ("agency", {"reason": "Cơ sở vẫn sản xuất."}),
        "certification POST /inspections": (
            "agency",
            {
                "occasion": "ad_hoc",
                "on": "2026-11-20",
                "team": ["Chi cục PTNT"],
                "members": 3,
                "certificates": ["37-2020-1-001"],
            },
        ),
        "certification POST /inspections/{id}/conclusion": (
            "agency",
            {
                "concluded_on": "2026-11-20",
                "text": "Kết luận",
                "findings": [
                    {
                        "certificate": "37-2020-1-001",
                        "criteria_met": True,
                        "mark_used_rightly": True,
                        "note": "Tuân thủ.",
                        "follow_up": "none",
                    }
                ],
            },
        ),
        "certification POST /complaints": (
            "agency",
            {"number": 1, "received_on": "2026-11-20", "subject": "Kết quả đánh giá"},
        ),
        "certification POST /complaints/{year}/{number}/outcome": (
            "agency",
            {"outcome": "dismissed", "settled_on": "2026-11-20", "document": "1/QĐ", "reason": "Không có căn cứ."},
        ),
        "certification POST /history": (
            "agency",
            {
                "certificates": [
                    {
                        "printed_number": "01/GCN",
                        "product": {"id": "product-of-before", "name": "Mật ong"},
                        "owner_id": known.case.owner,
                        "province": HOME,
                        "commune": COMMUNE,
                        "product_set": SET,
                        "rule_set": "148-2023",
                        "stars": 3,
                        "issuer": "UBND huyện",
                        "decision_number": "1245/QĐ-UBND",
                        "decided_on": "2024-02-29",
                    }
                ]
            },
        ),
        "certification POST /awards": (
            "agency",
            {"title": "Sản phẩm tiêu biểu", "issuer": "Trung ương", "document": "12/QĐ", "awarded_on": "2020-12-31"},
        ),
        "certification POST /handovers": (
            "agency",
            {"numbers": [known.certificate], "handed_over_on": "2026-11-20", "place": "Ninh Bình"},
        ),
    }
    subscription = {"name": "Sàn", "url": "https://hooks.example.vn/", "notice_to": "ops@example.vn"}
    bodies |= {
        "notification POST /deliveries/release": ("operator", reason),
        "notification POST /deliveries/{id}/retry": ("operator", reason),
        "notification PUT /templates/{template}/{language}": (
            "agency",
            {"subject": "Chúc mừng", "paragraphs": ["Giấy {{ event.number }}."]},
        ),
        "notification PUT /offices/{office}": ("agency", {"name": "Chi cục", "email": "ocop@vidu.vn"}),
        "notification POST /letters": (
            "agency",
            {"title": "Mời", "paragraphs": ["Kính mời."], "chosen": {"stars": [1]}},
        ),
        "notification POST /templates/{template}/preview": ("agency", {"language": "vi", "facts": {}}),
        "notification POST /subscriptions": ("subscriber", {**subscription, "interest": {"stars": [3]}}),
        "notification PATCH /subscriptions/{id}": ("subscriber", {"interest": {"provinces": [HOME]}}),
        "notification POST /subscriptions/{id}/log/{dispatch}/resend": ("subscriber", {"event": "none"}),
    }
    if operation.path.startswith("/operations/"):
        return "operator", reason
    assert operation.name in bodies, f"{operation.name} is new: give it a good body here"
    return bodies[operation.name]


async def settle_a_case(country: Country) -> Known:
    """Carry one dossier to its certificate, and park one event."""
    case = await country.draft("Gạo chứng nhận")
    await country.submit(case)
    evaluation = await country.evaluation_of(case)
    session = await country.score(evaluation, points=60)

    async def waiting() -> bool:
        told = await country.read("certification", "/results?state=waiting&limit=200")
        return any(result["evaluation_id"] == evaluation["id"] for result in told["items"])

    await eventually(waiting, "the result waits for the decision")
    decided = await country.tell(
        "certification",
        "/decisions",
        {
            "number": "101",
            "decided_on": day(system_clock()).isoformat(),
            "signer": {"name": "Nguyễn Văn An", "position": "Chủ tịch"},
            "items": [{"evaluation_id": evaluation["id"], "outcome": "recognised", "stars": 3}],
        },
        "chair",
    )
    await country.reaches(case, "recognised")

    async def told() -> str | None:
        path = f"/deliveries?limit=200&recipient={case.owner}"
        page = await country.read("notification", path)
        return next((one["id"] for one in page["items"]), None)

    delivery: str = await eventually(told, "the owner is told")
    bad = submitted("parked-of-37")._replace(body=(b"{",))
    await country.speak(bad)
    lane = await country.lane("scoring", f"lane/ocop.{HOME}.dossiers/{bad.subject}", 1)
    return Known(
        case,
        evaluation["id"],
        session,
        evaluation["sheet_hash"],
        "101",
        decided["certificates"][0]["number"],
        delivery,
        lane["id"],
    )


async def everything(country: Country, **where: Any) -> dict[str, Any]:
    """Every document of every service (that matches), without what the relay clears and the clock that ticks."""
    found: dict[str, Any] = {}
    for service in SERVICES:
        async with country.collection(service) as collection:
            async for document in collection.find({**where, "_id": {"$ne": "clock"}}, {"outbox": 0}):
                found[f"{service} {document['_id']}"] = document
    return found


async def at_rest(country: Country, **where: Any) -> dict[str, Any]:
    """As ``everything``, once nothing has moved for a second: what earlier tests began is done."""
    held = await everything(country, **where)

    async def still() -> bool:
        nonlocal held
        await asyncio.sleep(1)
        before, held = held, await everything(country, **where)
        return before == held

    await eventually(still, "nothing moves any more")
    return held
