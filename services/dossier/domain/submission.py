"""Submission: the full file before the province's council, and once, with its package, before the centre."""

from datetime import date

from services.dossier.domain.dossier import Dossier, Submission, check, settled, versioned
from services.dossier.domain.form import missing
from services.dossier.domain.lodging import DossierIncomplete
from services.dossier.domain.machine import permit
from services.dossier.domain.regulation import Regulation
from services.dossier.domain.steps import Manifest, Package, Receipt
from shared.document import CENTRE
from shared.errors import Flaw, Refusal


class DossierUnchanged(Refusal):
    """The same file is not submitted twice."""

    vi = "Hồ sơ không có gì mới so với bản {version} đã nộp. Hãy sửa rồi nộp lại, hoặc chờ Hội đồng."
    en = "Nothing is new since version {version}, which is submitted. Change it first, or wait for the council."


class CouncilElsewhere(Refusal):
    """A dossier goes to its own province's council; the centre gets it with a package."""

    status = 422
    vi = "Hồ sơ của tỉnh {authority} không nộp tới {to}. Hãy nộp tới {authority}; lên Trung ương qua «forwarding»."
    en = "A dossier of province {authority} does not go to {to} here. Submit it to {authority}, or use “forwarding”."


class DirectSubmissionClosed(Refusal):
    """The province takes dossiers through the commune only."""

    vi = "Tỉnh {authority} nhận hồ sơ qua xã. Hãy nộp hồ sơ cho Ủy ban nhân dân xã («lodging»)."
    en = "Province {authority} takes dossiers through the commune. Lodge it there (“lodging”)."


class NotForTheCentre(Refusal):
    """The centre gets what the province scored as a potential 5 stars (Decision 26/2026/QĐ-TTg, article 7.3)."""

    vi = "Hồ sơ chưa đạt tiềm năng 5 sao ở tỉnh, cũng không đánh giá lại sản phẩm 5 sao, nên chưa chuyển lên được."
    en = "The province has not scored a potential 5 stars, nor are 5 stars renewed; it cannot go to the centre."


class PackageIncomplete(Refusal):
    """What article 6.3 asks for beside the dossier."""

    vi = "Hồ sơ gửi Trung ương còn thiếu {count} văn bản. Hãy bổ sung từng mục nêu trong «errors»."
    en = "The package to the centre lacks {count} paper(s). Add each one listed in “errors”."


def register(dossier: Dossier, receipt: Receipt, by: str) -> Dossier:
    """The dossier entered by the provincial agency under a second number (article 7.3)."""
    check(dossier, "register", by)
    return settled(dossier, registered=receipt)


def submit(dossier: Dossier, to: str, regulation: Regulation, *, by: str, on: date) -> Dossier:
    """The dossier before its province's council, by the agency, or directly where the province has settled it so.

    Raises ``CouncilElsewhere``, ``MoveNotAllowed`` and its like, ``DirectSubmissionClosed``, ``DossierIncomplete``,
    ``DossierUnchanged`` or ``TooManyVersions``.
    """
    if to != dossier.authority:
        raise CouncilElsewhere(
            Flaw("/to", "Không phải cơ quan của hồ sơ này.", "It is not an authority of this dossier."),
            authority=dossier.authority,
            to=to,
        )
    move = permit(dossier.standing(by), "submit", by)
    if flaws := missing(dossier.form):
        raise DossierIncomplete(*flaws, count=len(flaws))
    if move.way == "direct" and not regulation.settled("direct_submission", dossier.authority, on):
        raise DirectSubmissionClosed(authority=dossier.authority)
    dossier = versioned(dossier, on)
    file, last = dossier.manifests[-1], dossier.submitted
    if last is not None and last.manifest_hash == file.hash:
        raise DossierUnchanged(version=last.manifest_version)
    received = on if move.way == "direct" else full_file_on(dossier) or on
    return settled(dossier, submissions=(*dossier.submissions, _submission(dossier, file, dossier.authority, received)))


def full_file_on(dossier: Dossier) -> date | None:
    """The day on which the agency had the full file: of its receipt, or of the last answer it had asked for.

    From here the 45 days of a re-evaluation are counted (article 7.6g).
    """
    if dossier.registered is None:
        return None
    answered = [each.answered_on for each in dossier.supplements if each.office == "agency" and each.answered_on]
    return max([dossier.registered.on, *answered])


def forward(dossier: Dossier, package: Package, *, by: str, on: date) -> Dossier:
    """The dossier before the central council with its package, in the version that the province has rated.

    Once only: the state it leads to allows no other. A renewal of 5 stars goes without a provincial score (articles
    6.3, 7.3, 7.4 and 7.6). Raises ``MoveNotAllowed`` and its like, ``NotForTheCentre`` or ``PackageIncomplete``.
    """
    check(dossier, "forward", by)
    file = _rated(dossier) if dossier.submissions else _renewal(dossier)
    if file is None:
        raise NotForTheCentre()
    if flaws := _lacking(package, renewal=not dossier.submissions):
        raise PackageIncomplete(*flaws, count=len(flaws))
    sent = _submission(dossier, file, CENTRE, on)
    return settled(dossier, package=package, submissions=(*dossier.submissions, sent))


def _submission(dossier: Dossier, file: Manifest, to: str, on: date) -> Submission:
    return Submission(
        to=to,
        attempt=1,
        case_kind=dossier.case_kind,
        manifest_version=file.version,
        manifest_hash=file.hash,
        manifest=file.text,
        received_on=on,
    )


def _rated(dossier: Dossier) -> Manifest | None:
    """The version the province's council has scored as a potential 5 stars."""
    version = next(
        (
            each.opened.manifest_version if each.opened is not None else 1
            for each in dossier.evaluations
            if each.council == dossier.authority
            and each.annulled is None
            and each.score is not None
            and each.score.potential_five_star
        ),
        None,
    )
    sent = next((each for each in dossier.submissions if each.manifest_version == version), None)
    if sent is None:
        return None
    return Manifest(version=sent.manifest_version, hash=sent.manifest_hash, text=sent.manifest, on=sent.received_on)


def _renewal(dossier: Dossier) -> Manifest | None:
    """The present version of a case that goes on from a certificate of 5 stars."""
    lineage = dossier.lineage
    if dossier.case_kind != "re_evaluation" or lineage is None or lineage.stars != 5 or not dossier.manifests:
        return None
    return dossier.manifests[-1]


_PAPERS = (
    ("approval_decision", "quyết định phê duyệt kết quả", "the decision that approves the result"),
    ("advisory_report", "báo cáo của Tổ tư vấn", "the report of the advisory group"),
    ("council_report", "báo cáo của Hội đồng", "the report of the council"),
)
_RENEWAL_PAPERS = (("agency_report", "báo cáo của cơ quan tham mưu", "the report of the provincial agency"),)


def _lacking(package: Package, renewal: bool) -> list[Flaw]:
    return [
        Flaw(f"/{name}", f"Thiếu {vi}. Hãy bổ sung.", f"Add {en}.")
        for name, vi, en in (_RENEWAL_PAPERS if renewal else _PAPERS)
        if getattr(package, name) is None
    ]
