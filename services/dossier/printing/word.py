"""A form as a Word document, for those who go on writing in it."""

from io import BytesIO

from docx import Document as new_document
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from services.dossier.printing.layout import MOTTO, NATION, Block, Boxes, Form, Heading, Line, Table, Text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_WIDTH = 165
"""Millimetres between the margins of the page."""


def as_word(form: Form) -> bytes:
    """The bytes of the document."""
    document = new_document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.top_margin = section.bottom_margin = Mm(20)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(13)
    normal.paragraph_format.space_after = Pt(3)
    document.core_properties.title = form.title
    if form.code:
        _add(document, f"Mẫu số {form.code}", WD_ALIGN_PARAGRAPH.RIGHT, bold=True)
    _add(document, NATION, WD_ALIGN_PARAGRAPH.CENTER, bold=True)
    _add(document, MOTTO, WD_ALIGN_PARAGRAPH.CENTER, bold=True)
    _add(document, form.place, WD_ALIGN_PARAGRAPH.RIGHT, italic=True)
    _add(document, form.title, WD_ALIGN_PARAGRAPH.CENTER, bold=True)
    _add(document, form.subtitle, WD_ALIGN_PARAGRAPH.CENTER)
    for block in form.blocks:
        _write(document, block)
    # Who signs stands with the last thing that is signed.
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    signatures = document.add_table(rows=1, cols=len(form.signatures))
    for cell, (who, how) in zip(signatures.rows[0].cells, form.signatures, strict=True):
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        cell.paragraphs[0].add_run(who).bold = True
        below = cell.add_paragraph()
        below.alignment = WD_ALIGN_PARAGRAPH.CENTER
        below.add_run(how).italic = True
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _write(document: Document, block: Block) -> None:
    match block:
        case Heading(text):
            _add(document, text, bold=True)
        case Line(label, value):
            document.add_paragraph(f"{label}: ").add_run(value).bold = True
        case Text(label, value):
            document.add_paragraph().add_run(f"{label}:").italic = True
            for line in value.split("\n"):
                document.add_paragraph(line)
        case Boxes(items):
            for name, ticked in items:
                document.add_paragraph(f"{'☒' if ticked else '☐'} {name}")
        case Table(head, rows, widths):
            table = document.add_table(rows=1, cols=len(head), style="Table Grid")
            for cell, name in zip(table.rows[0].cells, head, strict=True):
                cell.paragraphs[0].add_run(name).bold = True
            for row in rows:
                for cell, value in zip(table.add_row().cells, row, strict=True):
                    cell.text = value
            for column, width in zip(table.columns, widths, strict=True):
                for cell in column.cells:
                    cell.width = Mm(_WIDTH * width // sum(widths))


def _add(
    document: Document,
    text: str,
    alignment: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
    *,
    bold: bool = False,
    italic: bool = False,
) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    run = paragraph.add_run(text)
    run.bold, run.italic = bold, italic
