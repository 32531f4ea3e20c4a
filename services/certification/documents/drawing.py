"""Drawing a print: the data of a certificate set into a template, as PDF/A-2b; the same data give the same bytes."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import typst
from pydantic import BaseModel, ConfigDict

from services.certification.documents import qr
from services.certification.domain.certificate import Certificate
from services.certification.domain.decision import Signer
from services.certification.domain.office import Bilingual, IssuingOffice
from services.certification.domain.written import in_english, in_full

TEMPLATE = 1
"""The template new prints are drawn from. A template that was used stays, for the prints that were."""
_FOLDER = Path(__file__).parent


class QrCode(BaseModel):
    svg: str
    alt: str


class SignedBy(BaseModel):
    position: tuple[str, ...]
    name: str


class Sheet(BaseModel):
    """Everything that stands on a print."""

    model_config = ConfigDict(frozen=True)

    title: str
    date: tuple[int, int, int]
    issuer: Bilingual
    chair: Bilingual
    product: str
    owner: str
    origin: Bilingual
    stars: int
    qr: QrCode
    number: str
    print: Bilingual
    decision: Bilingual
    term: Bilingual
    address: str
    place: Bilingual
    signer: SignedBy
    specimen: bool = False


def sheet(
    certificate: Certificate,
    owner: str,
    office: IssuingOffice,
    origin: Bilingual,
    signer: Signer | None,
    qr_text: str,
    address: str,
    specimen: bool = False,
) -> Sheet:
    """What stands on the current print of ``certificate``; ``origin`` is where the product comes from."""
    on, begins, ends = certificate.decided_on, certificate.valid_from, certificate.valid_until
    return Sheet(
        title=f"{certificate.number} · {certificate.subject.product.name}",
        date=(on.year, on.month, on.day),
        issuer=office.title,
        chair=office.head,
        product=certificate.subject.product.name,
        owner=owner,
        origin=origin,
        stars=certificate.stars,
        qr=QrCode(svg=qr.drawn(qr_text), alt=f"QR: {qr_text}"),
        number=certificate.number,
        print=Bilingual(vi=f"bản in {certificate.print_version}", en=f"print {certificate.print_version}"),
        decision=Bilingual(
            vi=f"Quyết định số {certificate.decision_number} {in_full(on)}",
            en=f"Decision {certificate.decision_number} of {in_english(on)}",
        ),
        term=Bilingual(
            vi=f"{in_full(begins)} đến hết {in_full(ends)}",
            en=f"{in_english(begins)} to the end of {in_english(ends)}",
        ),
        address=address.partition("://")[2],
        place=Bilingual(vi=f"{office.name}, {in_full(on)}", en=f"{office.name}, {in_english(on)}"),
        signer=SignedBy(position=_lines(signer.position), name=signer.name)
        if signer is not None
        else SignedBy(position=(office.head.vi,), name=""),
        specimen=specimen,
    )


class Press:
    """Draws one print at a time, in a thread of its own, so that nobody else waits for it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        # The fonts are those inside the typst package (Libertinus, SIL Open Font License), never the system's.
        self._compiler = typst.Compiler(root=_FOLDER, ignore_system_fonts=True)

    async def drawn(self, sheet: Sheet, template: int = TEMPLATE) -> bytes:
        async with self._turn:
            return await asyncio.to_thread(self._compiled, sheet, _FOLDER / f"certificate-{template}.typ")

    def _compiled(self, sheet: Sheet, template: Path) -> bytes:
        data = sheet.model_dump_json()
        pdf = self._compiler.compile(input=template, format="pdf", pdf_standards=["a-2b"], sys_inputs={"data": data})
        assert isinstance(pdf, bytes)
        # A signature is appended as it stands, and PDF/A wants the end of a line before what follows.
        return pdf + b"\n"


def templates() -> Sequence[int]:
    """The versions of the template there are."""
    return sorted(int(file.stem.partition("-")[2]) for file in _FOLDER.glob("certificate-*.typ"))


def _lines(position: str) -> tuple[str, ...]:
    """«KT. Chủ tịch, Phó Chủ tịch» stands on two lines."""
    return tuple(part.strip() for part in position.split(",") if part.strip())[:3]
