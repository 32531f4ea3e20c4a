"""The minutes as DOCX, for offices that edit them before they are signed."""

from collections.abc import Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell

from services.scoring.papers.content import MeetingPaper, PersonLine

_FONT = "Times New Roman"


def minutes(paper: MeetingPaper) -> bytes:
    """The minutes of one meeting, laid out as the printed ones."""
    document = _blank()
    document.core_properties.title = f"Biên bản họp Hội đồng đợt {paper.round} năm {paper.year}"
    _heads(document, paper)
    _line(document, "BIÊN BẢN", bold=True, centred=True, size=14)
    about = f"Họp đánh giá, phân hạng sản phẩm OCOP đợt {paper.round} năm {paper.year}"
    _line(document, about, bold=True, centred=True)
    _line(document, "I. Thời gian, địa điểm", bold=True)
    _line(document, f"Thời gian: {f'bắt đầu lúc {paper.began}, ' if paper.began else ''}{paper.date}.")
    _line(document, f"Địa điểm: {paper.room}.")
    _line(document, "II. Thành phần", bold=True)
    _people(document, "1. Có mặt", paper.present)
    _people(document, "2. Vắng mặt", paper.absent)
    _line(document, "III. Nội dung", bold=True)
    _line(document, f"Hội đồng được thành lập theo Quyết định số {paper.decision}.")
    for one in paper.discussion:
        _line(document, one)
    counted = "; ".join([f"{len(paper.products)} sản phẩm", *(f"{name}: {count}" for name, count in paper.counts)])
    _line(document, f"IV. Kết quả ({counted})", bold=True)
    _results(document, paper)
    _line(document, "V. Kết luận", bold=True)
    ended = f" Cuộc họp kết thúc lúc {paper.ended} cùng ngày." if paper.ended else ""
    _line(
        document,
        f"Hội đồng thống nhất kết quả nêu tại mục IV và đề nghị cấp có thẩm quyền xem xét, quyết định.{ended}"
        " Biên bản được đọc lại và các thành viên dự họp nhất trí thông qua.",
    )
    _signatures(document, (("THƯ KÝ HỘI ĐỒNG", paper.secretary), ("CHỦ TRÌ", paper.chair)))
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _blank() -> Paper:
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin, page.right_margin = Mm(30), Mm(15)
    page.top_margin = page.bottom_margin = Mm(20)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(13)
    # Word takes the font of Vietnamese letters from the other families too, unless each is named.
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for family in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(family), _FONT)
    normal.paragraph_format.space_after = Pt(4)
    return document


def _heads(document: Paper, paper: MeetingPaper) -> None:
    left, right = document.add_table(rows=1, cols=2).rows[0].cells
    _in_cell(left, paper.superior.upper())
    _in_cell(left, paper.council.upper(), bold=True)
    _in_cell(left, f"Số: {paper.number or '......../BB-HĐ'}")
    _in_cell(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold=True)
    _in_cell(right, "Độc lập - Tự do - Hạnh phúc", bold=True)
    _in_cell(right, f"{paper.place}, {paper.date}", italic=True)


def _people(document: Paper, title: str, people: Sequence[PersonLine]) -> None:
    _line(document, f"{title} ({len(people)}):")
    for n, one in enumerate(people, 1):
        _line(document, f"    {n}. {one.name}, {one.position}, {one.seat}.")


def _results(document: Paper, paper: MeetingPaper) -> None:
    titles = ("TT", "Sản phẩm", "Số phiếu", "Điểm TB", "Kết quả", "Ghi chú")
    table = document.add_table(rows=1, cols=len(titles), style="Table Grid")
    for cell, title in zip(table.rows[0].cells, titles, strict=True):
        _in_cell(cell, title, bold=True, size=11)
    for n, line in enumerate(paper.products, 1):
        shown = (
            str(n),
            line.product,
            str(line.sheets) if line.stars is not None else "–",
            line.average or "–",
            line.outcome,
            "\n".join(line.notes),
        )
        for place, (cell, text) in enumerate(zip(table.add_row().cells, shown, strict=True)):
            _in_cell(cell, text, size=11, centred=place not in (1, 5))
    for row in table.rows:
        for cell, width in zip(row.cells, (10, 45, 17, 20, 28, 45), strict=True):
            cell.width = Mm(width)


def _signatures(document: Paper, signers: Sequence[tuple[str, str]]) -> None:
    cells = document.add_table(rows=1, cols=len(signers)).rows[0].cells
    for cell, (office, name) in zip(cells, signers, strict=True):
        _in_cell(cell, office, bold=True)
        _in_cell(cell, "(Ký, ghi rõ họ tên)\n\n\n", italic=True)
        _in_cell(cell, name, bold=True)


def _in_cell(
    cell: _Cell, text: str, *, bold: bool = False, italic: bool = False, size: int = 12, centred: bool = True
) -> None:
    """A paragraph in a cell; a new cell brings an empty one, which is used first."""
    fresh = len(cell.paragraphs) == 1 and not cell.paragraphs[0].text
    paragraph = cell.paragraphs[0] if fresh else cell.add_paragraph()
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _line(document: Paper, text: str, *, bold: bool = False, centred: bool = False, size: int = 13) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.JUSTIFY
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
