"""The papers of a session and the signed sheets of a product over HTTP, made when asked and never kept."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.scoring.catalogue import Catalogue, wording
from services.scoring.domain.council import PersonId
from services.scoring.domain.evaluation import Evaluation, HandedIn
from services.scoring.domain.integrity import Rated, integrity
from services.scoring.domain.session import Session
from services.scoring.domain.sheet import Sheet
from services.scoring.papers.content import (
    FilledSheets,
    MeetingPaper,
    ReportPaper,
    filled_sheets,
    integrity_part,
    meeting_paper,
    opinion_letter,
    product_line,
)
from services.scoring.papers.editable import minutes
from services.scoring.papers.meeting import Line, Meeting
from services.scoring.papers.press import Press
from services.scoring.papers.workbook import result_table
from services.scoring.routes.asking import CONCLUDING, MEMBERS, InPath
from services.scoring.routes.sessions import SessionId
from services.scoring.store import Evaluations, RuleSets, Sessions, Sheets
from shared.errors import Flaw, Refusal
from shared.http import Asked, Router
from shared.identity import Caller, allow

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

OUTLIER_POINTS = 10
"""From how far off the others' mean the report lists a sheet."""

Printing = Annotated[Caller, allow(*CONCLUDING, "agency")]


class ResultsOpen(Refusal):
    """A paper with results is made when every product of the session has one, or a conclusion."""

    vi = "Chưa thể lập văn bản: còn {count} sản phẩm chưa có kết quả. Hãy chốt kết quả từng sản phẩm được nêu."
    en = "The paper cannot be made yet: {count} product(s) have no result. Finalise each one named."


class NoSignedSheet(Refusal):
    vi = "Chưa có phiếu đã ký nào có thể in. Hãy đợi phiếu được ký và kết quả được chốt."
    en = "There is no signed sheet that may be printed yet. Wait for the signatures and the result."


class NotInWriting(Refusal):
    vi = "Phiên này là phiên họp; chỉ phiên lấy ý kiến bằng văn bản mới có văn bản lấy ý kiến."
    en = "This session is a meeting; only one that asks for opinions in writing has such a letter."


class Naming(Asked):
    """The names of members by the ids under which they signed; printed and never kept."""

    names: Annotated[dict[PersonId, Line], Field(default_factory=dict, max_length=100)]


def routes(
    sessions: Sessions,
    evaluations: Evaluations,
    sheets: Sheets,
    rule_sets: RuleSets,
    catalogue: Catalogue,
    press: Press,
) -> Router:
    router = Router(tags=["papers"])

    def labels(sheet: Sheet) -> dict[str, str]:
        """The wording of the sheet; a key that the files do not know any more stands for itself."""
        book = catalogue.books.get(sheet.rule_set)
        known = {} if book is None else book.labels["vi"]
        return {key: known.get(key, key) for key in wording(sheet)}

    async def on_agenda(session: Session, caller: Caller) -> list[Evaluation]:
        return [await evaluations.get(id, caller.within) for id in session.agenda]

    async def unscored(session: Session, caller: Caller) -> list[Evaluation]:
        """The products of the agenda alone: while the council scores, to say which are done would tell something."""
        return [one.but(result=None, stopped=None) for one in await on_agenda(session, caller)]

    async def paper_of(session: Session, meeting: Meeting, products: Iterable[Evaluation]) -> MeetingPaper:
        lines = []
        for one in products:
            sheet = await sheets.under(one.basis.sheet_hash)
            rules = await rule_sets.under(one.basis.rule_set_hash)
            lines.append(product_line(one, sheet, rules, labels(sheet)))
        return meeting_paper(meeting, session, lines)

    async def rated_paper(id: str, meeting: Meeting, caller: Caller) -> tuple[MeetingPaper, Sequence[Evaluation]]:
        """The meeting with its results. Raises ``ResultsOpen`` with every product that has none."""
        session = await sessions.get(id, caller.within)
        products = await on_agenda(session, caller)
        flaws = [
            Flaw(f"/agenda/{n}", f"{one.case.product.name}: chưa có kết quả.", f"{one.case.product.name}: no result.")
            for n, one in enumerate(products)
            if one.state == "open"
        ]
        if flaws:
            raise ResultsOpen(*flaws, count=len(flaws))
        return await paper_of(session, meeting, products), products

    @router.post("/sessions/{id}/papers/agenda", response_class=Response)
    async def print_agenda(id: SessionId, meeting: Meeting, caller: Printing) -> Response:
        """The agenda of a session as PDF, at any time; it tells nothing of sheets."""
        session = await sessions.get(id, caller.within)
        paper = await paper_of(session, meeting, await unscored(session, caller))
        return _file(await press.pdf("agenda", paper), "chuong-trinh.pdf", PDF)

    @router.post("/sessions/{id}/papers/opinion-letter", response_class=Response)
    async def print_opinion_letter(id: SessionId, meeting: Meeting, caller: Printing) -> Response:
        """The letter that asks the members for their opinions in writing, as PDF; those named are its addressees."""
        session = await sessions.get(id, caller.within)
        if session.replies_by is None:
            raise NotInWriting()
        paper = await paper_of(session, meeting, await unscored(session, caller))
        return _file(await press.pdf("opinions", opinion_letter(paper, session.replies_by)), "lay-y-kien.pdf", PDF)

    @router.post("/sessions/{id}/papers/minutes", response_class=Response)
    async def print_minutes(
        id: SessionId, meeting: Meeting, caller: Printing, format: Literal["pdf", "docx"] = "pdf"
    ) -> Response:
        """The minutes of a session with its results, as PDF or as DOCX to be edited."""
        paper, _ = await rated_paper(id, meeting, caller)
        if format == "docx":
            return _file(await asyncio.to_thread(minutes, paper), "bien-ban.docx", DOCX)
        return _file(await press.pdf("minutes", paper), "bien-ban.pdf", PDF)

    @router.post("/sessions/{id}/papers/results", response_class=Response)
    async def print_results(
        id: SessionId, meeting: Meeting, caller: Printing, format: Literal["pdf", "xlsx"] = "pdf"
    ) -> Response:
        """The table of the results of a session, as PDF or as a workbook."""
        paper, _ = await rated_paper(id, meeting, caller)
        if format == "xlsx":
            return _file(await asyncio.to_thread(result_table, paper), "ket-qua.xlsx", XLSX)
        return _file(await press.pdf("results", paper), "ket-qua.pdf", PDF)

    @router.post("/sessions/{id}/papers/report", response_class=Response)
    async def print_report(
        id: SessionId,
        meeting: Meeting,
        caller: Annotated[Caller, allow("agency")],
        outlier_points: Annotated[int, Query(ge=1, le=100)] = OUTLIER_POINTS,
    ) -> Response:
        """The council's report as PDF: the results, and how far the members were of one mind."""
        paper, products = await rated_paper(id, meeting, caller)
        rated = [Rated(one, await sheets.under(one.basis.sheet_hash)) for one in products if one.state == "finalised"]
        by_set = {one.sheet.set: one.sheet for one in rated}
        texts = {key: text for sheet in by_set.values() for key, text in labels(sheet).items()}
        view = integrity_part(integrity(rated, outlier_points), by_set, texts, meeting.name_of)
        return _file(await press.pdf("report", ReportPaper(meeting=paper, integrity=view)), "bao-cao.pdf", PDF)

    async def filled(evaluation: Evaluation, signed: Sequence[HandedIn], naming: Naming) -> FilledSheets:
        if not signed:
            raise NoSignedSheet()
        sheet = await sheets.under(evaluation.basis.sheet_hash)
        rules = await rule_sets.under(evaluation.basis.rule_set_hash)
        return filled_sheets(evaluation, signed, sheet, rules, labels(sheet), naming.names)

    @router.post("/evaluations/{id}/papers/sheets", response_class=Response)
    async def print_sheets(id: InPath, naming: Naming, caller: Printing) -> Response:
        """Every signed sheet of a product that has its result, as one PDF."""
        evaluation = await evaluations.get(id, caller.within)
        signed = () if evaluation.state == "open" else evaluation.sheets
        return _file(await press.pdf("sheets", await filled(evaluation, signed, naming)), "phieu.pdf", PDF)

    @router.post("/evaluations/{id}/papers/own-sheet", response_class=Response)
    async def print_own_sheet(id: InPath, naming: Naming, caller: Annotated[Caller, allow(*MEMBERS)]) -> Response:
        """The caller's own signed sheet as PDF, at any time."""
        evaluation = await evaluations.get(id, caller.within)
        own = evaluation.sheet_of(caller.subject)
        content = await filled(evaluation, () if own is None else (own,), naming)
        return _file(await press.pdf("sheets", content), "phieu.pdf", PDF)

    return router


def _file(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
