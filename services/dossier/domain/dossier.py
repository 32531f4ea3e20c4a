"""The dossier of one product: draft, changed, submitted, withdrawn, and the state that follows from what is heard."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.following import (
    Certificate,
    Evaluation,
    Result,
    with_certificate,
    with_evaluation,
    with_result,
)
from services.dossier.domain.form import SelfAssessment, canonical, content_hash, missing
from services.dossier.domain.owner import Commune
from services.dossier.domain.product import CaseKind, Opening, Product
from shared.document import Document
from shared.errors import Flaw, Refusal

CENTRE = "00"
"""The authority that evaluates 5 stars."""

MOST_SUBMISSIONS = 10
"""Versions of one dossier; each keeps what was submitted for as long as the dossier."""

State = Literal["draft", "submitted", "scoring", "scored", "stopped", "withdrawn", "not_recognised", "recognised"]
"""Where a dossier stands for the agency. An owner is never told ``scored`` or ``stopped``: they are the council's."""

CLOSED: frozenset[State] = frozenset({"withdrawn", "not_recognised", "recognised"})
"""Once closed, always closed: the product is free for another dossier."""
COMPLETE: frozenset[State] = frozenset({"submitted", "scoring", "scored", "stopped", "not_recognised", "recognised"})
ANNOUNCED: frozenset[State] = frozenset({"not_recognised", "recognised"})

Ground = Literal["owner_request", "product_changed", "production_stopped", "file_faulty"]
"""Why a dossier is withdrawn, in the one word that others hear; a free text may hold a person's name."""


class DossierIncomplete(Refusal):
    vi = "Hồ sơ còn thiếu {count} mục. Hãy bổ sung từng mục nêu trong «errors» rồi nộp lại."
    en = "The dossier lacks {count} thing(s). Add each one listed in “errors” and submit it again."


class DossierUnchanged(Refusal):
    """The same file is not submitted twice."""

    vi = "Hồ sơ không có gì mới so với bản {version} đã nộp. Hãy sửa rồi nộp lại, hoặc chờ Hội đồng."
    en = "Nothing is new since version {version}, which is submitted. Change it first, or wait for the council."


class DossierUnderEvaluation(Refusal):
    """From the opening of the evaluation on, the rated file is frozen."""

    vi = "Hội đồng đã mở đánh giá, hồ sơ không sửa được nữa. Nếu cần thay đổi, hãy rút hồ sơ và lập hồ sơ mới."
    en = "The council has opened its evaluation; the file is frozen. Withdraw it and open a new one to change it."


class DossierClosed(Refusal):
    vi = "Hồ sơ đã kết thúc ({state}). Hãy lập hồ sơ mới cho sản phẩm."
    en = "The dossier is closed ({state}). Open a new one for the product."


class TooManyVersions(Refusal):
    vi = "Hồ sơ đã nộp {count} bản, là mức cao nhất. Hãy rút hồ sơ và lập hồ sơ mới."
    en = "The dossier was submitted in {count} versions, the most there can be. Withdraw it and open a new one."


class NothingToChange(Refusal):
    status = 422
    vi = "Yêu cầu không nêu điều gì cần sửa. Hãy gửi «form» hoặc «case_kind»."
    en = "The request names nothing to change. Send “form” or “case_kind”."


class CouncilElsewhere(Refusal):
    """A dossier goes to its own province's council, or on to the centre."""

    status = 422
    vi = "Hồ sơ của tỉnh {authority} không nộp được tới cơ quan {to}. Hãy nộp tới {authority} hoặc 00."
    en = "A dossier of province {authority} cannot go to authority {to}. Submit it to {authority} or 00."


class NotForTheCentre(Refusal):
    """The centre gets what the province scored as a potential 5 stars (Decision 26/2026/QĐ-TTg, article 7.3)."""

    vi = "Hồ sơ chưa có kết quả tiềm năng 5 sao của tỉnh nên chưa chuyển lên Trung ương được."
    en = "The province has not scored this dossier as a potential 5 stars; it cannot go to the centre yet."


class SpeakerElsewhere(Refusal):
    """An event about this dossier from an authority that has no say in it."""

    vi = "Cơ quan {speaker} không có thẩm quyền đối với hồ sơ của tỉnh {authority}."
    en = "Authority {speaker} has no say in a dossier of province {authority}."


class Submission(BaseModel):
    """One version of the file before one council; ``manifest`` is canonical JSON, known by its SHA-256."""

    model_config = ConfigDict(frozen=True)

    to: str
    attempt: int
    case_kind: CaseKind
    manifest_version: int
    manifest_hash: str
    manifest: str
    received_on: date


class Withdrawn(BaseModel):
    """The dossier was taken back; ``reason`` is the owner's own words, for the agency only."""

    model_config = ConfigDict(frozen=True)

    ground: Ground
    reason: str | None = None
    on: date


class Dossier(Document):
    """One dossier. ``state`` and ``told`` follow from the slots; ``told`` is the state as everybody may know it."""

    product_id: str
    product_name: str
    owner_id: str
    commune: Commune
    product_set: str
    case_kind: CaseKind
    form: SelfAssessment
    opened_on: date
    state: State = "draft"
    told: State = "draft"
    submissions: tuple[Submission, ...] = ()
    withdrawn: Withdrawn | None = None
    evaluations: tuple[Evaluation, ...] = ()
    results: tuple[Result, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @property
    def submitted(self) -> Submission | None:
        """The latest submission."""
        return self.submissions[-1] if self.submissions else None

    @property
    def closed(self) -> bool:
        return self.told in CLOSED


def drafted(product: Product, opening: Opening) -> Dossier:
    """The dossier as it begins: nothing but what its product says of it."""
    return Dossier(
        id=opening.dossier_id,
        authority=product.authority,
        product_id=product.id,
        product_name=product.name,
        owner_id=product.owner_id,
        commune=product.commune,
        product_set=product.product_set,
        case_kind=opening.case_kind,
        form=opening.form,
        opened_on=opening.opened_on,
    )


def changed(dossier: Dossier, form: SelfAssessment | None, case_kind: CaseKind | None) -> Dossier:
    """The dossier with the given answers in the place of its own. What was submitted stays as it was.

    Raises ``NothingToChange``, ``DossierClosed`` or ``DossierUnderEvaluation``.
    """
    if (form is None or not form.model_fields_set) and case_kind is None:
        raise NothingToChange()
    _still_open(dossier)
    return dossier.but(
        form=dossier.form if form is None else dossier.form.with_answers(form),
        case_kind=case_kind or dossier.case_kind,
    )


def submit(dossier: Dossier, on: date) -> Dossier:
    """The dossier before the council of its own province, once more when it has changed since.

    Raises ``DossierClosed``, ``DossierUnderEvaluation``, ``DossierIncomplete``, ``DossierUnchanged`` or
    ``TooManyVersions``.
    """
    _still_open(dossier)
    if flaws := missing(dossier.form):
        raise DossierIncomplete(*flaws, count=len(flaws))
    text = _manifest(dossier)
    hash = content_hash(text)
    last = dossier.submitted
    version = 1 if last is None else last.manifest_version + 1
    if last is not None and last.manifest_hash == hash:
        raise DossierUnchanged(version=last.manifest_version)
    if len(dossier.submissions) >= MOST_SUBMISSIONS:
        raise TooManyVersions(count=MOST_SUBMISSIONS)
    submission = Submission(
        to=dossier.authority,
        attempt=1,
        case_kind=dossier.case_kind,
        manifest_version=version,
        manifest_hash=hash,
        manifest=text,
        received_on=on,
    )
    return _settled(dossier, submissions=(*dossier.submissions, submission))


def forward(dossier: Dossier, on: date) -> Dossier:
    """The dossier before the central council, in the version that the province has rated.

    Decision 26/2026/QĐ-TTg, articles 7.3 and 7.4. Raises ``DossierClosed``, ``NotForTheCentre`` or
    ``DossierUnchanged``.
    """
    if dossier.closed:
        raise DossierClosed(state=dossier.told)
    if (sent := next((each for each in dossier.submissions if each.to == CENTRE), None)) is not None:
        raise DossierUnchanged(version=sent.manifest_version)
    rated = next(
        (
            each.opened.manifest_version if each.opened is not None else 1
            for each in dossier.evaluations
            if each.council == dossier.authority and each.score is not None and each.score.potential_five_star
        ),
        None,
    )
    file = next((each for each in dossier.submissions if each.manifest_version == rated), None)
    if file is None:
        raise NotForTheCentre()
    sent = file.model_copy(update={"to": CENTRE, "attempt": 1, "received_on": on})
    return _settled(dossier, submissions=(*dossier.submissions, sent))


def submit_to(dossier: Dossier, to: str, on: date) -> Dossier:
    """The dossier before the council of ``to``. Raises ``CouncilElsewhere`` and whatever ``submit`` or ``forward``."""
    if to == dossier.authority:
        return submit(dossier, on)
    if to == CENTRE:
        return forward(dossier, on)
    raise CouncilElsewhere(
        Flaw("/to", "Không phải cơ quan của hồ sơ này.", "It is not an authority of this dossier."),
        authority=dossier.authority,
        to=to,
    )


def withdraw(dossier: Dossier, withdrawn: Withdrawn) -> Dossier:
    """The dossier taken back, which the owner may do until the result is announced. Raises ``DossierClosed``."""
    if dossier.closed:
        raise DossierClosed(state=dossier.told)
    return _settled(dossier, withdrawn=withdrawn)


def evaluation_heard(dossier: Dossier, heard: Evaluation) -> Dossier:
    """The dossier with what a council said of its evaluation. Raises ``SpeakerElsewhere``."""
    _may_speak(dossier, heard.council)
    return _settled(dossier, evaluations=with_evaluation(dossier.evaluations, heard))


def result_heard(dossier: Dossier, heard: Result) -> Dossier:
    """The dossier with what an authority announced. Raises ``SpeakerElsewhere``."""
    _may_speak(dossier, heard.authority)
    return _settled(dossier, results=with_result(dossier.results, heard))


def certificate_heard(dossier: Dossier, heard: Certificate) -> Dossier:
    """The dossier with what an authority said of its certificate. Raises ``SpeakerElsewhere``."""
    _may_speak(dossier, heard.authority)
    return _settled(dossier, certificates=with_certificate(dossier.certificates, heard))


def _settled(dossier: Dossier, **slots: object) -> Dossier:
    """The dossier with slots filled, and with the states that follow from all of them."""
    filled = dossier.but(**slots)
    return filled.model_copy(update={"state": _state(filled), "told": _told(filled)})


def _may_speak(dossier: Dossier, speaker: str) -> None:
    """An event says itself whose product it is about; another province must not score or certify by saying so."""
    if speaker not in (dossier.authority, CENTRE):
        raise SpeakerElsewhere(speaker=speaker, authority=dossier.authority)


def _still_open(dossier: Dossier) -> None:
    if dossier.closed:
        raise DossierClosed(state=dossier.told)
    if dossier.told == "scoring":
        raise DossierUnderEvaluation()


def _manifest(dossier: Dossier) -> str:
    return canonical(
        {
            "dossier_id": dossier.id,
            "product": {"id": dossier.product_id, "name": dossier.product_name},
            "owner_id": dossier.owner_id,
            "commune": dossier.commune,
            "product_set": dossier.product_set,
            "case_kind": dossier.case_kind,
            "form": dossier.form.model_dump(mode="json"),
        }
    )


def _announced(dossier: Dossier) -> State | None:
    """An authority's word ends the case, also when the withdrawal came too late to be heard before it."""
    outcomes = {result.outcome for result in dossier.results}
    if "recognised" in outcomes:
        return "recognised"
    return "not_recognised" if outcomes else None


def _state(dossier: Dossier) -> State:
    if (announced := _announced(dossier)) is not None:
        return announced
    if dossier.withdrawn is not None:
        return "withdrawn"
    last = dossier.submitted
    if last is None:
        return "draft"
    for evaluation in dossier.evaluations:
        if (evaluation.council, evaluation.attempt) == (last.to, last.attempt):
            if evaluation.stopped is not None:
                return "stopped"
            return "scored" if evaluation.score is not None else "scoring"
    return "submitted"


def _told(dossier: Dossier) -> State:
    """As ``_state``, without what only the agency may know: a score, a stop, a case sent on to the centre."""
    if (announced := _announced(dossier)) is not None:
        return announced
    if dossier.withdrawn is not None:
        return "withdrawn"
    if dossier.evaluations:
        return "scoring"
    return "submitted" if dossier.submissions else "draft"
