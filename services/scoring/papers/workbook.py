"""The result table as a workbook, with numbers that can be added up and averages that are never rounded up."""

from io import BytesIO

import xlsxwriter

from services.scoring.papers.content import MeetingPaper

_COLUMNS = (
    ("TT", 5),
    ("Sản phẩm", 38),
    ("Bộ sản phẩm", 32),
    ("Mã xã", 10),
    ("Hồ sơ", 14),
    ("Số phiếu", 9),
    ("Tổng điểm", 10),
    ("Điểm TB", 10),
    ("Số sao", 8),
    ("Kết quả", 24),
    ("Ghi chú", 60),
)


def result_table(paper: MeetingPaper) -> bytes:
    """The table of one meeting as XLSX. What people wrote goes in as text, never as a formula."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": f"Kết quả đợt {paper.round} năm {paper.year}", "company": paper.council})
        head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
        cell = book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True})
        points = book.add_format({"border": 1, "valign": "vcenter", "num_format": "0.00"})
        page = book.add_worksheet("Kết quả")
        page.write_string(0, 0, f"{paper.superior} - {paper.council}")
        page.write_string(1, 0, f"Kết quả đánh giá, phân hạng sản phẩm OCOP đợt {paper.round} năm {paper.year}")
        page.write_string(2, 0, f"Phiên họp {paper.date}; Quyết định số {paper.decision}")
        for column, (title, width) in enumerate(_COLUMNS):
            page.set_column(column, column, width)
            page.write_string(4, column, title, head)
        for n, line in enumerate(paper.products, 1):
            row = n + 4
            page.write_number(row, 0, n, cell)
            for column, text in enumerate((line.product, line.product_set, line.commune, line.case_kind), 1):
                page.write_string(row, column, text, cell)
            if line.stars is None:
                for column in range(5, 9):
                    page.write_blank(row, column, None, cell)
            else:
                page.write_number(row, 5, line.sheets, cell)
                page.write_number(row, 6, line.total, cell)
                cut = line.total * 100 // line.sheets / 100
                page.write_formula(row, 7, f"=ROUNDDOWN(G{row + 1}/F{row + 1},2)", points, cut)
                page.write_number(row, 8, line.stars, cell)
            page.write_string(row, 9, line.outcome, cell)
            page.write_string(row, 10, "\n".join(line.notes), cell)
        page.freeze_panes(5, 2)
        page.autofilter(4, 0, 4 + len(paper.products), len(_COLUMNS) - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(4)
    return file.getvalue()
