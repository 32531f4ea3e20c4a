"""Prints: drawn the same every time, scanned from a poor copy, signed, and refused when anything was altered."""

import asyncio
import re
import subprocess
from base64 import b64encode
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from deploy.local.maven import resolve_jars
from services.certification.documents import qr
from services.certification.documents.drawing import Press, Sheet, sheet
from services.certification.documents.sealing import NoSeal, SealNotAccepted, Seals
from services.certification.domain.decision import Signer
from tests.services.certification.builders import certificate, regulations
from tests.services.certification.office import Office, decision
from tests.services.certification.signing import ADDRESS, keys

NUMBER = "37-2026-123-001"
PRINT = f"/certificates/{NUMBER}/print"
AT = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
DOTS_PER_INCH = 150
VERAPDF = Path(__file__).parents[1] / "verapdf" / "pom.xml"
WIDTH = round(25 / 25.4 * DOTS_PER_INCH)
ORIGIN = regulations().places.origin("37", "14362")


@pytest.fixture
async def office() -> Office:
    """An office with three certificates."""
    office = Office()
    ids = [await office.score(n, product={"id": f"product-{n:03d}", "name": f"Dứa sấy dẻo {n}"}) for n in (1, 2, 3)]
    assert (await office.process.post("chair", "/decisions", decision(*ids))).status_code == 201
    await office.deliver()
    return office


async def printed(office: Office, path: str = PRINT) -> bytes:
    answer = await office.process.get("agency", path)
    assert answer.status_code == 200, answer.text
    return answer.content


def text(pdf: bytes) -> str:
    return str(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range())


def poor_copy(page: Image.Image, chance: Random, noise: float) -> Image.Image:
    """A copy as a cheap scanner makes it: a little turned and blurred, with grain, grey where it was black or white."""
    turned = page.convert("L").rotate(chance.uniform(-4, 4), expand=True, fillcolor=255)
    blurred = turned.filter(ImageFilter.GaussianBlur(0.6))
    grain = Image.frombytes("L", blurred.size, chance.randbytes(blurred.width * blurred.height))
    return Image.blend(blurred, grain, noise)


async def test_a_print_is_drawn_the_same_by_every_process(office: Office) -> None:
    other = office.start()

    first, second = await printed(office), (await other.get("agency", PRINT)).content

    assert first == second
    assert (await printed(office, "/decisions/123/prints?year=2026")) == (
        (await other.get("agency", "/decisions/123/prints?year=2026")).content
    )


async def test_a_print_says_in_two_languages_what_the_certificate_says(office: Office) -> None:
    said = text(await printed(office))

    for part in (
        NUMBER,
        "Dứa sấy dẻo 1",
        "Hợp tác xã owner-1",
        "phường Yên Sơn, tỉnh Ninh Bình",
        "Yên Sơn Ward, Ninh Bình Province",
        "GIẤY CHỨNG NHẬN",
        "3 SAO",
        "3 stars",
        "Quyết định số 123/QĐ-UBND ngày 20 tháng 11 năm 2026",
        "Valid from 20 November 2026 to the end of 20 November 2029",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Nguyễn Văn An",
    ):
        assert part in said, part


@pytest.mark.parametrize("long", [False, True])
async def test_a_print_is_one_page_of_pdf_a_with_free_fonts_inside(long: bool) -> None:
    held = certificate()
    if long:
        product = held.subject.product.model_copy(update={"name": "Trà hoa vàng thượng hạng ướp sen " * 6})
        held = held.model_copy(update={"subject": held.subject.model_copy(update={"product": product})})
    office = regulations().offices["37"]
    owner = "Công ty trách nhiệm hữu hạn Chế biến Nông sản " * (4 if long else 1)
    signer = Signer(name="Nguyễn Văn An", position="KT. Chủ tịch, Phó Chủ tịch")

    pdf = await Press().drawn(sheet(held, owner, office, ORIGIN, signer, "HTTPS://OCOP.VN/Q/" + "A" * 150, ADDRESS))

    assert len(pypdfium2.PdfDocument(pdf)) == 1
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z]+)", pdf)) or {b"LibertinusSerif"}
    assert fonts == {b"LibertinusSerif"}


@pytest.mark.real
async def test_the_reference_validator_finds_prints_sealed_or_not_in_order_as_pdf_a(jars: Path, tmp_path: Path) -> None:
    verapdf = await asyncio.to_thread(resolve_jars, jars.parent / "verapdf", VERAPDF, "veraPDF")
    pdf = await Press().drawn(_sheet())
    sealed = await Seals(keys()).sealed("37", pdf, AT)
    again = await Seals(keys()).sealed("37", pdf.removesuffix(b"\n"), AT)
    for name, content in {"plain": pdf, "sealed": sealed, "broken": again}.items():
        (tmp_path / f"{name}.pdf").write_bytes(content)
    command = ["java", "-cp", f"{verapdf}/*", "org.verapdf.apps.GreenfieldCliWrapper", "--flavour", "2b"]
    command += ["--format", "text", *(str(tmp_path / f"{name}.pdf") for name in ("plain", "sealed", "broken"))]

    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=120)

    found = {Path(path).stem: verdict for verdict, path, _ in map(str.split, ran.stdout.splitlines())}
    assert found == {"plain": "PASS", "sealed": "PASS", "broken": "FAIL"}, ran.stderr


async def test_a_specimen_is_marked_as_one(office: Office) -> None:
    assert "SPECIMEN" in text(await printed(office, f"{PRINT}?specimen=true"))
    assert "SPECIMEN" not in text(await printed(office))


@pytest.mark.parametrize(("across", "noise"), [("the code", 0.2), ("the code with its quiet zone", 0.15)])
@pytest.mark.parametrize("seed", range(12))
async def test_the_code_scans_from_a_poor_copy_of_25_millimetres(
    office: Office, seed: int, across: str, noise: float
) -> None:
    wanted = (await office.process.anybody(f"/certificates/{NUMBER}/qr")).json()["text"]
    page = pypdfium2.PdfDocument(await printed(office))[0]
    # On the page the code is 30 mm wide with its quiet zone; drawn so small it has the dots of 25 mm at 150 dpi.
    side = int(re.findall(r'width="(\d+)"', qr.drawn(wanted))[0])
    millimetres = 30 * (side - 8) / side if across == "the code" else 30
    copy = poor_copy(page.render(scale=DOTS_PER_INCH / 72 * 25 / millimetres).to_pil(), Random(seed), noise)

    found = zxingcpp.read_barcodes(copy)

    assert [each.text for each in found] == [wanted]


def test_even_the_longest_text_fits_a_code_that_scans() -> None:
    drawn = qr.drawn("HTTPS://OCOP.NINHBINH.GOV.VN/Q/" + "A" * 159)

    side = int(re.findall(r'width="(\d+)"', drawn)[0])
    assert side <= 49 + 8
    assert WIDTH / side >= 2.5


async def test_a_sealed_print_is_the_exported_one_with_a_signature_and_stays_the_same(office: Office) -> None:
    exported = await printed(office)

    receipt = await office.process.post("chair", f"{PRINT}/seal", {}, key="k")
    await office.turn(days=1)
    again = await office.process.post("chair", f"{PRINT}/seal", {})

    signed = await printed(office)
    assert (receipt.status_code, again.status_code) == (201, 201)
    assert receipt.json() == again.json()
    assert signed.startswith(exported)
    assert len(pypdfium2.PdfDocument(signed)) == 1


async def test_the_signature_is_in_order_for_another_tool(tmp_path: Path) -> None:
    pdf = await Press().drawn(_sheet())
    signed = await Seals(keys()).sealed("37", pdf, AT)
    begin, gap, resume, rest = map(int, re.findall(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)", signed)[0])
    (tmp_path / "content").write_bytes(signed[begin:gap] + signed[resume : resume + rest])
    (tmp_path / "signature").write_bytes(bytes.fromhex(signed[gap + 1 : resume - 1].decode()))
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null"]
    command += ["-in", str(tmp_path / "signature"), "-content", str(tmp_path / "content")]
    command += ["-CAfile", str(keys() / "37-trust.pem")]

    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)

    assert (begin, resume + rest) == (0, len(signed))
    assert ran.returncode == 0, ran.stderr
    (tmp_path / "content").write_bytes(b"%" + signed[begin + 1 : gap - 1] + b"!" + signed[resume : resume + rest])
    assert (await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60)).returncode != 0


async def test_a_print_signed_outside_is_taken_back_and_shown_from_then_on(office: Office) -> None:
    with ZipFile(BytesIO(await printed(office, "/decisions/123/prints?year=2026"))) as archive:
        assert archive.namelist() == [f"37-2026-123-00{n}.pdf" for n in (1, 2, 3)]
        exported = archive.read(f"{NUMBER}.pdf")
    signed = await Seals(keys()).sealed("37", exported, AT)

    taken = await office.process.post("agency", f"{PRINT}/signed", {"pdf": b64encode(signed).decode()})

    assert (taken.status_code, taken.json()["signed_by"]) == (201, "token")
    assert await printed(office) == signed


async def test_what_is_no_signed_export_is_not_taken_back(office: Office) -> None:
    exported, other = await printed(office), await printed(office, "/certificates/37-2026-123-002/print")
    foreign = await Seals(keys()).sealed("00", exported, AT)
    elsewhere = await Seals(keys()).sealed("37", other, AT)
    signed = await Seals(keys()).sealed("37", exported, AT)
    wrong = {
        "seal-not-accepted": [exported, foreign, signed + b"\n% more", signed[:-1] + b"%", exported + b"junk"],
        "not-the-export": [elsewhere, b"", b"%PDF-1.7", b"%" + signed],
    }

    for problem, files in wrong.items():
        for file in files:
            body = {"pdf": b64encode(file).decode() or "AA=="}
            answer = await office.process.post("agency", f"{PRINT}/signed", body)
            assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}"), file[:20]
    assert (await office.process.post("agency", f"{PRINT}/signed", {"pdf": "%%%"})).status_code == 422
    assert await printed(office) == exported


async def test_no_altered_byte_of_a_signed_print_is_taken() -> None:
    exported = await Press().drawn(_sheet())
    seals = Seals(keys())
    signed = await seals.sealed("37", exported, AT)
    _, gap, resume, _ = map(int, re.findall(rb"/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)", signed)[0])
    end_of_cms = gap + len(signed[gap:resume].rstrip(b"0>"))
    classes = {
        "what was exported": range(0, len(exported), 7_919),
        "what was appended": [*range(len(exported), gap, 271), *range(resume, len(signed), 61)],
        "the signature": range(gap, end_of_cms, 53),
        "the room left for it": [end_of_cms + 2, (end_of_cms + resume) // 2, resume - 2, resume - 1],
    }

    await seals.check("37", exported, signed, AT)
    for name, places in classes.items():
        for place in places:
            altered = bytearray(signed)
            altered[place] = ord("0") if altered[place] != ord("0") else ord("1")
            # Nothing is known of the export here, so that the signature alone has to tell.
            with pytest.raises(SealNotAccepted):
                await seals.check("37", b"", bytes(altered), AT)
                pytest.fail(f"{name}, byte {place}")


async def test_an_office_without_a_seal_exports_and_its_chair_is_told_so(office: Office, tmp_path: Path) -> None:
    with pytest.raises(NoSeal):
        await Seals(tmp_path).sealed("37", b"", AT)
    with pytest.raises(NoSeal):
        await Seals(None).check("37", b"", b"", AT)


async def test_whoever_sends_prints_to_owners_gets_them_signed_or_not_at_all(office: Office) -> None:
    before = (await office.process.get("service", f"{PRINT}/signed")).status_code
    await office.process.post("chair", f"{PRINT}/seal", {})

    sent = await office.process.get("service", f"{PRINT}/signed")

    assert (before, sent.status_code, sent.content) == (404, 200, await printed(office))
    assert (await office.process.get("service", PRINT)).status_code == 403


async def test_a_print_is_for_the_authority_that_issued_it(office: Office) -> None:
    assert (await office.process.get("agency", PRINT, authority="38")).status_code == 404
    assert (await office.process.get("agency", "/certificates/37-2026-999-001/print")).status_code == 404
    assert (await office.process.get("agency", "/certificates/x/print")).status_code == 422
    assert (await office.process.anybody(PRINT)).status_code == 401
    assert (await office.process.post("agency", f"{PRINT}/seal", {})).status_code == 403


def _sheet() -> Sheet:
    office = regulations().offices["37"]
    return sheet(certificate(), "HTX Đồng Giao", office, ORIGIN, None, "HTTPS://OCOP.VN/Q/" + "A" * 150, ADDRESS)
