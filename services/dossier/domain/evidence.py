"""The evidence of a dossier: papers of the owner's file, each in versions known by the SHA-256 of their content."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.dossier.domain.form import Evidence
from shared.errors import Flaw, Refusal
from shared.files.held import Held
from shared.text import Text

LARGEST_FILE = 200 << 20
"""Bytes of one file."""
LARGEST_DOSSIER = 1 << 30
"""Bytes of all current files of one dossier together."""
MOST_PAPERS = 200
MOST_VERSIONS = 20
"""Of one paper; a paper that changes more often is another paper."""

PaperKind = Evidence | Literal["signed_form", "letter", "other"]
"""The fifteen kinds of evidence of form 02; a signed and stamped scan of a form; a letter; what fits none."""

CriterionKey = Annotated[str, Field(strict=True, pattern=r"^[0-9a-z.:-]{1,100}$")]


class PaperUnknown(Refusal):
    status = 404
    vi = "Hồ sơ không có tài liệu {paper}, bản {version}. Hãy kiểm tra lại mã và bản."
    en = "The dossier has no paper {paper} in version {version}. Check its id and its version."


class TooManyPapers(Refusal):
    vi = "Hồ sơ đã có {most} tài liệu, là mức cao nhất. Hãy bỏ tài liệu không còn cần."
    en = "The dossier holds {most} papers, the most there can be. Take out what is not needed."


class TooManyPaperVersions(Refusal):
    vi = "Tài liệu này đã có {most} bản, là mức cao nhất. Hãy thêm một tài liệu mới."
    en = "This paper has {most} versions, the most there can be. Add another paper."


class DossierTooLarge(Refusal):
    status = 413
    vi = "Các tệp của hồ sơ cộng lại lớn hơn {most} byte. Hãy bỏ tệp không còn cần hoặc giảm dung lượng."
    en = "The files of the dossier have more than {most} bytes together. Take out what is not needed."


class CriterionUnknown(Refusal):
    """The sheet of the product's set has no such criterion."""

    status = 422
    vi = "Bộ tiêu chí của sản phẩm không có tiêu chí {criteria}. Hãy chọn tiêu chí trong bộ."
    en = "The criteria of the product's set have no {criteria}. Choose criteria of the set."


class PaperVersion(BaseModel):
    """One content of a paper, never changed."""

    model_config = ConfigDict(frozen=True)

    version: int
    file_name: str
    sha256: str
    size: int
    media_type: str
    added_on: date


class PaperDetails(BaseModel):
    """What is said of a paper; ``valid_until`` is the last day of a paper with a term."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: PaperKind
    title: Annotated[str, Text(200)] | None = None
    criteria: Annotated[tuple[CriterionKey, ...], Field(max_length=20)] = ()
    issuer: Annotated[str, Text(200)] | None = None
    number: Annotated[str, Text(100)] | None = None
    valid_until: date | None = None


class Paper(BaseModel):
    """A paper of the file. One that is ``dropped`` is no longer part of it; older manifests still name it."""

    model_config = ConfigDict(frozen=True)

    id: str
    details: PaperDetails
    versions: tuple[PaperVersion, ...] = ()
    dropped: bool = False

    @property
    def current(self) -> PaperVersion | None:
        return self.versions[-1] if self.versions else None

    def version(self, number: int) -> PaperVersion:
        """Raises ``PaperUnknown``."""
        if not 1 <= number <= len(self.versions):
            raise PaperUnknown(paper=self.id, version=number)
        return self.versions[number - 1]


Papers = tuple[Paper, ...]


def found(papers: Papers, id: str) -> Paper:
    """The paper with this id, dropped or not. Raises ``PaperUnknown``."""
    for paper in papers:
        if paper.id == id:
            return paper
    raise PaperUnknown(paper=id, version="–")


def described(papers: Papers, id: str, details: PaperDetails) -> Papers:
    """The papers with one described anew, a new one at the end. Raises ``TooManyPapers``."""
    if any(paper.id == id for paper in papers):
        return _with(papers, found(papers, id).model_copy(update={"details": details, "dropped": False}))
    if len(papers) >= MOST_PAPERS:
        raise TooManyPapers(most=MOST_PAPERS)
    return (*papers, Paper(id=id, details=details))


def dropped(papers: Papers, id: str) -> Papers:
    """The papers without one; its content stays for the manifests that name it. Raises ``PaperUnknown``."""
    return _with(papers, found(papers, id).model_copy(update={"dropped": True}))


def filed(papers: Papers, id: str, file: Held, file_name: str, on: date) -> Papers:
    """The papers with the file as the newest version of one; the same content again changes nothing.

    Raises ``PaperUnknown``, ``TooManyPaperVersions`` or ``DossierTooLarge``.
    """
    paper = found(papers, id)
    last = paper.current
    if last is not None and last.sha256 == file.sha256:
        return papers
    if len(paper.versions) >= MOST_VERSIONS:
        raise TooManyPaperVersions(most=MOST_VERSIONS)
    if file.size > room_for(papers, id):
        raise DossierTooLarge(most=LARGEST_DOSSIER)
    version = PaperVersion(version=len(paper.versions) + 1, file_name=file_name, added_on=on, **file._asdict())
    return _with(papers, paper.model_copy(update={"versions": (*paper.versions, version), "dropped": False}))


def room_for(papers: Papers, id: str) -> int:
    """The bytes that a new version of a paper may have, the other papers of the file left as they are."""
    others = (paper.current for paper in papers if paper.id != id and not paper.dropped)
    return LARGEST_DOSSIER - sum(version.size for version in others if version is not None)


def reused(papers: Papers, id: str, source: Paper) -> Papers:
    """The papers with one of an earlier case, its newest version as the first. Raises ``PaperUnknown`` and others."""
    version = source.version(len(source.versions))
    file = Held(version.sha256, version.size, version.media_type)
    return filed(described(papers, id, source.details), id, file, version.file_name, version.added_on)


def listed(papers: Papers) -> list[dict[str, object]]:
    """The papers as a manifest names them: those of the file that have a content, each in its current version."""
    return [
        {"id": paper.id, **paper.details.model_dump(mode="json"), **paper.current.model_dump(mode="json")}
        for paper in papers
        if not paper.dropped and paper.current is not None
    ]


def check_criteria(given: tuple[str, ...], known: frozenset[str]) -> None:
    """Raises ``CriterionUnknown`` with the place of each criterion that the sheet does not have."""
    flaws = [
        Flaw(f"/criteria/{place}", "Bộ tiêu chí không có tiêu chí này.", "The sheet has no such criterion.")
        for place, criterion in enumerate(given)
        if criterion not in known
    ]
    if flaws:
        raise CriterionUnknown(*flaws, criteria=", ".join(sorted(set(given) - known)))


def _with(papers: Papers, changed: Paper) -> Papers:
    return tuple(changed if paper.id == changed.id else paper for paper in papers)
