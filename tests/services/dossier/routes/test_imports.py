"""Imports over HTTP: tried first, wrong cells named by their address, entered whole and once."""

from io import BytesIO

import httpx
import pytest
from xlsxwriter import Workbook

from tests.services.dossier.office import OWNER, Office, refused
from tests.shared.contents import BOMB

HEAD = ["TT", "Tên chủ thể", "Loại hình", "Mã xã", "Email", "Điện thoại", "Tên sản phẩm", "Bộ sản phẩm"]
ROWS: list[list[object]] = [
    [1, "HTX Quang Sơn", "Hợp tác xã", 14362, "htx@vidu.vn", "0912 345 678", "Dứa sấy dẻo", 7],
    [2, "HTX Quang Sơn", "HTX", "14362", "htx@vidu.vn", None, "Trà đào", "Tea"],
    [3, "Hộ Lê Văn Bình", "Hộ kinh doanh", "14401", "binh@vidu.vn", "", "Mật ong", "honey-raw-foods"],
]


def xlsx(*rows: list[object]) -> bytes:
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate((HEAD, *rows)):
            sheet.write_row(line, 0, row)
    return file.getvalue()


def far() -> bytes:
    """A small workbook with a cell in its last corner: as a whole table it would be half a terabyte."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write(1_048_575, 16_383, "x")
    return file.getvalue()


def csv(separator: str, encoding: str) -> bytes:
    rows = (HEAD, *ROWS)
    return "\r\n".join(separator.join("" if cell is None else str(cell) for cell in row) for row in rows).encode(
        encoding
    )


async def sent(office: Office, content: bytes, query: str = "dry_run=false", **limits: str) -> httpx.Response:
    asker = office.as_("commune_officer", **limits) if limits else office.as_("agency")
    return await asker.send(f"/imports?{query}", content, method="POST")


def counts(answer: httpx.Response) -> tuple[int, int, int]:
    found = answer.json()
    assert found["flaws"] == []
    return found["new_owners"], found["new_products"], found["known"]


@pytest.mark.parametrize(
    "content",
    [
        xlsx(*ROWS),
        csv(",", "utf-8"),
        csv(";", "utf-8-sig"),
        csv("\t", "utf-16"),
    ],
    ids=["xlsx", "csv", "csv of excel", "unicode text"],
)
async def test_a_register_is_tried_then_entered_and_a_second_run_adds_nothing(office: Office, content: bytes) -> None:
    tried = await sent(office, content, "dry_run=true")
    nothing = dict(office.port.documents)
    entered = await sent(office, content)
    again = await sent(office, content)

    assert nothing == {}
    assert (counts(tried), counts(entered), counts(again)) == ((2, 3, 0), (2, 3, 0), (0, 0, 3))
    listed = (await office.as_("agency").get("/products")).json()["items"]
    assert sorted((each["name"], each["product_set"]) for each in listed) == [
        ("Dứa sấy dẻo", "processed-produce"),
        ("Mật ong", "honey-raw-foods"),
        ("Trà đào", "tea"),
    ]


async def test_an_owner_that_is_registered_already_is_taken_as_it_is(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER | {"email": "own@vidu.vn"})

    answer = await sent(office, xlsx(ROWS[0]))

    assert counts(answer) == (0, 1, 0)
    assert (await office.as_("owner").get("/owners/htx-1")).json()["email"] == "own@vidu.vn"
    assert len((await office.as_("owner").get("/products")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("place", "value", "cell"),
    [
        (1, "", "B3"),
        (2, "Tập đoàn", "C3"),
        (3, "143", "D3"),
        (4, "htx", "E3"),
        (5, "gọi sau", "F3"),
        (6, "x" * 201, "G3"),
        (7, 99, "H3"),
    ],
)
async def test_a_wrong_cell_is_named_by_its_address_and_nothing_is_entered(
    office: Office, place: int, value: object, cell: str
) -> None:
    wrong = [*ROWS[1][:place], value, *ROWS[1][place + 1 :]]

    answer = await sent(office, xlsx(ROWS[0], wrong))

    assert [flaw["cell"] for flaw in answer.json()["flaws"]] == [cell]
    assert all(flaw["vi"] and flaw["en"] for flaw in answer.json()["flaws"])
    assert office.port.documents == {}


async def test_a_row_that_stands_twice_and_a_foreign_commune_are_named(office: Office) -> None:
    twice = await sent(office, xlsx(ROWS[0], ROWS[1], ROWS[0]))
    foreign = await sent(office, xlsx(*ROWS), commune="14362")

    assert [flaw["cell"] for flaw in twice.json()["flaws"]] == ["G4"]
    assert [flaw["cell"] for flaw in foreign.json()["flaws"]] == ["D4"]
    assert office.port.documents == {}


@pytest.mark.parametrize(
    ("content", "status", "type"),
    [
        (b"", 422, "register-unreadable"),
        (b"a,b\n1,2\n", 422, "columns-missing"),
        (b"\xff\xfe\x00", 422, "register-unreadable"),
        (csv(",", "utf-8").replace("Quang Sơn".encode(), b"\xe1\xbb"), 422, "register-unreadable"),
        (xlsx(*ROWS)[:-40], 422, "register-unreadable"),
        (BOMB, 422, "archive-unsafe"),
        (far(), 422, "register-unreadable"),
        (bytes((10 << 20) + 1), 413, "body-too-large"),
    ],
    ids=["empty", "columns", "half", "encoding", "cut", "bomb", "far", "large"],
)
async def test_what_is_no_register_is_refused(office: Office, content: bytes, status: int, type: str) -> None:
    refused(await sent(office, content), status, type)


async def test_a_register_is_imported_by_officers(office: Office) -> None:
    answer = await office.as_("owner").send("/imports", xlsx(*ROWS), method="POST")

    refused(answer, 403, "forbidden")
