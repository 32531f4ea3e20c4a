"""The dossier of one product: what was done with it, what is heard of it, and the state that follows from both."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.deadline import Deadline
from services.dossier.domain.evidence import Papers, listed
from services.dossier.domain.following import (
    Certificate,
    Evaluation,
    Result,
    undone,
    with_certificate,
    with_evaluation,
    with_result,
)
from services.dossier.domain.form import SelfAssessment, canonical, content_hash, form_hash
from services.dossier.domain.machine import CLOSED, COUNCIL, Name, Standing, State, Way, permit
from services.dossier.domain.owner import Commune, OwnerKind
from services.dossier.domain.product import CaseKind, Opening, Product
from services.dossier.domain.steps import (
    Assessment,
    Assigned,
    Ended,
    Lineage,
    Lodged,
    Manifest,
    Package,
    Proposal,
    Receipt,
    Supplement,
    Warned,
)
from shared.document import CENTRE, Document
from shared.errors import Refusal

KNOWING = frozenset({"agency", "chair"})
"""The roles that may know a council's result before it is announced."""

MOST_VERSIONS = 30
"""Versions of one file; each is kept for as long as the dossier."""

Ground = Literal["owner_request", "product_changed", "production_stopped", "file_faulty"]
"""Why a dossier is withdrawn, in the one word that others hear; a free text may hold a person's name."""


class NothingToChange(Refusal):
    status = 422
    vi = "Yêu cầu không nêu điều gì cần sửa. Hãy gửi «form», «case_kind» hoặc «certificate»."
    en = "The request names nothing to change. Send “form”, “case_kind” or “certificate”."


class FormChangedMeanwhile(Refusal):
    """Two people had the form open, and the other one was first."""

    vi = "Người khác đã sửa phiếu sau khi bạn mở. Hãy đọc lại hồ sơ rồi sửa tiếp trên bản mới."
    en = "Somebody else has changed the form since you read it. Read the dossier again and change what it says now."


class CaseKindSettled(Refusal):
    """What was lodged as one kind of case goes its way as that."""

    vi = "Hồ sơ đã nộp theo loại «{case_kind}», không đổi được nữa. Nếu nhầm, hãy rút hồ sơ và lập hồ sơ mới."
    en = "The dossier was lodged as “{case_kind}” and stays so. If that is wrong, withdraw it and open a new one."


class TooManyVersions(Refusal):
    vi = "Hồ sơ đã có {count} bản, là mức cao nhất. Hãy rút hồ sơ và lập hồ sơ mới."
    en = "The dossier has {count} versions, the most there can be. Withdraw it and open a new one."


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


class FormerCommune(BaseModel):
    """The commune a dossier belonged to, up to the day before ``until``; numbers given there stay as they are."""

    model_config = ConfigDict(frozen=True)

    commune: str
    until: date


class Dossier(Document):
    """One dossier. ``state`` and ``told`` follow from the slots; ``told`` is the state as everybody may know it.

    ``year`` is the one it counts in: of its round, of the proposal where it waits for none, until then of its opening.
    """

    product_id: str
    product_name: str
    search: str = ""
    owner_id: str
    owner_kind: OwnerKind | None = None
    """Of which kind the owner was when the dossier was opened."""
    commune: Commune
    former_communes: tuple[FormerCommune, ...] = ()
    product_set: str
    case_kind: CaseKind
    form: SelfAssessment
    papers: Papers = ()
    opened_on: date
    year: int | None = None
    lineage: Lineage | None = None
    state: State = "draft"
    told: State = "draft"
    manifests: tuple[Manifest, ...] = ()
    lodged: Lodged | None = None
    received: Receipt | None = None
    assessment: Assessment | None = None
    registered: Receipt | None = None
    supplements: tuple[Supplement, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    assigned: tuple[Assigned, ...] = ()
    reminded_on: date | None = None
    warned: tuple[Warned, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    submissions: tuple[Submission, ...] = ()
    package: Package | None = None
    withdrawn: Withdrawn | None = None
    ended: Ended | None = None
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

    @property
    def stars(self) -> int:
        """The highest it was recognised with; 0 when it was not."""
        return max((each.stars for each in self.results if each.outcome == "recognised"), default=0)

    @property
    def undone(self) -> bool:
        """Whether every certificate given on it was revoked or annulled, so that the product begins anew."""
        return undone(self.certificates)

    @property
    def way(self) -> Way | None:
        """The way the dossier has taken; None in a draft, which may still take either."""
        if self.lodged is not None:
            return "by_commune"
        return "direct" if self.submissions else None

    @property
    def supplement(self) -> Supplement | None:
        """The request that is open; there is one at a time."""
        return next((each for each in self.supplements if each.open), None)

    def state_for(self, role: str) -> State:
        """Where it stands, as somebody in ``role`` may know it."""
        return self.state if role in KNOWING else self.told

    def standing(self, role: str) -> Standing:
        """What a move by somebody in ``role`` depends on, with no more than that role may know."""
        # The secretary has written down what the council found.
        known = role in KNOWING or role == "council_secretary"
        return Standing(self.state if known else self.told, self.case_kind, self.way)


def drafted(product: Product, opening: Opening) -> Dossier:
    """The dossier as it begins: nothing but what its product says of it."""
    return Dossier(
        id=opening.dossier_id,
        authority=product.authority,
        product_id=product.id,
        product_name=product.name,
        search=product.search,
        owner_id=product.owner_id,
        owner_kind=opening.owner_kind,
        commune=product.commune,
        product_set=product.product_set,
        case_kind=opening.case_kind,
        form=opening.form,
        opened_on=opening.opened_on,
        year=opening.opened_on.year,
        lineage=opening.lineage,
    )


def check(dossier: Dossier, name: Name, role: str) -> None:
    """Raises ``MoveNotAllowed`` and its like when somebody in ``role`` cannot make the move now."""
    permit(dossier.standing(role), name, role)


def changed(
    dossier: Dossier,
    form: SelfAssessment | None,
    case_kind: CaseKind | None,
    by: str,
    *,
    lineage: Lineage | None = None,
    read: str | None = None,
) -> Dossier:
    """The dossier with the given answers in the place of its own. What was submitted stays as it was.

    ``lineage`` is the certificate it goes on from, and ``read`` the hash of the form that the answers were written on,
    where the asker names them. Raises ``NothingToChange``, ``FormChangedMeanwhile``, ``CaseKindSettled``, or
    ``MoveNotAllowed`` and its like.
    """
    if (form is None or not form.model_fields_set) and case_kind is None and lineage is None:
        raise NothingToChange()
    check(dossier, "change", by)
    if read not in (None, form_hash(dossier.form)):
        raise FormChangedMeanwhile()
    kind, goes_on_from = case_kind or dossier.case_kind, lineage or dossier.lineage
    if dossier.lodged is not None and (kind, goes_on_from) != (dossier.case_kind, dossier.lineage):
        raise CaseKindSettled(case_kind=dossier.case_kind)
    return dossier.but(
        form=dossier.form if form is None else dossier.form.with_answers(form), case_kind=kind, lineage=goes_on_from
    )


def with_papers(dossier: Dossier, papers: Papers, by: str) -> Dossier:
    """The dossier with other evidence. Raises ``MoveNotAllowed`` and its like."""
    check(dossier, "change", by)
    return dossier if papers is dossier.papers else dossier.but(papers=papers)


def in_commune(dossier: Dossier, commune: str, on: date) -> Dossier:
    """The dossier in the commune that came after its own; what was written and numbered there stays as it is."""
    former = FormerCommune(commune=dossier.commune, until=on)
    return dossier.but(commune=commune, former_communes=(*dossier.former_communes, former))


def versioned(dossier: Dossier, on: date) -> Dossier:
    """The dossier with its present content as the last of its versions; the same content makes no new one.

    Raises ``TooManyVersions``.
    """
    text = _content(dossier)
    hash, held = content_hash(text), dossier.manifests or _submitted_before(dossier)
    if held and held[-1].hash == hash:
        return dossier.but(manifests=held)
    if len(held) >= MOST_VERSIONS:
        raise TooManyVersions(count=MOST_VERSIONS)
    manifest = Manifest(version=len(held) + 1, hash=hash, text=text, on=on)
    return dossier.but(manifests=(*held, manifest))


def _submitted_before(dossier: Dossier) -> tuple[Manifest, ...]:
    """The versions of a dossier that was submitted before versions were kept apart."""
    return tuple(
        Manifest(version=each.manifest_version, hash=each.manifest_hash, text=each.manifest, on=each.received_on)
        for each in dossier.submissions
    )


def may_speak(province: str, speaker: str) -> None:
    """An event says itself whose product it is about; another province must not score or certify by saying so.

    Raises ``SpeakerElsewhere``.
    """
    if speaker not in (province, CENTRE):
        raise SpeakerElsewhere(speaker=speaker, authority=province)


def evaluation_heard(dossier: Dossier, heard: Evaluation) -> Dossier:
    """The dossier with what a council said of its evaluation. Raises ``SpeakerElsewhere``."""
    may_speak(dossier.authority, heard.council)
    return settled(dossier, evaluations=with_evaluation(dossier.evaluations, heard))


def result_heard(dossier: Dossier, heard: Result) -> Dossier:
    """The dossier with what an authority announced. Raises ``SpeakerElsewhere``."""
    may_speak(dossier.authority, heard.authority)
    return settled(dossier, results=with_result(dossier.results, heard))


def certificate_heard(dossier: Dossier, heard: Certificate) -> Dossier:
    """The dossier with what an authority said of its certificate. Raises ``SpeakerElsewhere``."""
    may_speak(dossier.authority, heard.authority)
    return settled(dossier, certificates=with_certificate(dossier.certificates, heard))


def passed_on(dossier: Dossier, new_owner: str | None) -> Dossier:
    """The dossier in the hands of its product's new owner, if there is one; what was lodged names the former."""
    return dossier if new_owner is None else dossier.but(owner_id=new_owner)


def settled(dossier: Dossier, **slots: object) -> Dossier:
    """The dossier with slots filled, and with the states that follow from all of them."""
    filled = dossier.but(**slots)
    state = _state(filled)
    return filled.model_copy(update={"state": state, "told": _told(filled, state)})


def _content(dossier: Dossier) -> str:
    return canonical(
        {
            "dossier_id": dossier.id,
            "product": {"id": dossier.product_id, "name": dossier.product_name},
            "owner_id": dossier.owner_id,
            "commune": dossier.commune,
            "product_set": dossier.product_set,
            "case_kind": dossier.case_kind,
            "form": dossier.form.model_dump(mode="json"),
            "papers": listed(dossier.papers),
        }
    )


def _announced(dossier: Dossier) -> State | None:
    """An authority's word ends the case, also when the withdrawal came too late to be heard before it."""
    outcomes = {result.outcome for result in dossier.results}
    if "recognised" in outcomes:
        return "recognised"
    return "not_recognised" if outcomes else None


def _ended(dossier: Dossier) -> State | None:
    if (announced := _announced(dossier)) is not None:
        return announced
    if dossier.withdrawn is not None:
        return "withdrawn"
    return None if dossier.ended is None else dossier.ended.state


def _state(dossier: Dossier) -> State:
    if (ended := _ended(dossier)) is not None:
        return ended
    last = dossier.submitted
    return _with_offices(dossier) if last is None else _with_council(dossier, last)


def _with_offices(dossier: Dossier) -> State:
    if dossier.registered is not None:
        return "agency_check" if dossier.supplement is None else "agency_supplement"
    if dossier.assessment is not None:
        return "proposed"
    if dossier.received is not None:
        return "commune_review" if dossier.supplement is None else "commune_supplement"
    return "draft" if dossier.lodged is None else "lodged"


def _with_council(dossier: Dossier, last: Submission) -> State:
    central = last.to == CENTRE
    heard = [each for each in dossier.evaluations if (each.council, each.attempt) == (last.to, last.attempt)]
    # What takes the place of an annulled result is heard on a subject of its own, before it or after it.
    for evaluation in sorted(heard, key=lambda each: each.annulled is not None):
        if evaluation.annulled is None:
            if evaluation.stopped is not None:
                return "scoring_stopped"
            if evaluation.score is not None:
                return "central_scored" if central else "scored"
        if central or dossier.supplement is None:
            return "central_scoring" if central else "scoring"
    if dossier.supplement is not None and not central:
        return "council_supplement"
    return "forwarded" if central else "submitted"


def _told(dossier: Dossier, state: State) -> State:
    """As ``state``, without what only the agency may know: a score, a stop, a case sent on to the centre."""
    if state in COUNCIL:
        return "scoring" if dossier.evaluations else "submitted"
    return state
