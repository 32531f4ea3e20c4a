"""The office's seal on a print: PAdES signatures made here, and those made outside, checked when they come back."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from shared.errors import Refusal, Unavailable

FIELD = "OcopSeal"
_DIGEST = "sha256"
RESERVED = 32_768
"""Hexadecimal digits kept free for a signature with its chain of certificates."""


class NoSeal(Refusal):
    """The office's seal is not kept here: prints are exported, signed outside and taken back."""

    vi = "Cơ quan {authority} không lưu khóa ký văn bản tại đây. Hãy xuất bản chưa ký, ký bằng USB token rồi nộp lại."
    en = "Authority {authority} keeps no seal here. Export the print, sign it with the office's token and return it."


class SealUnreadable(Unavailable):
    """The files of a seal cannot be used."""


class NotTheExport(Refusal):
    status = 422
    vi = "Văn bản nộp lại không bắt đầu bằng đúng bản đã xuất. Hãy xuất lại, ký đúng bản đó rồi nộp."
    en = "What came back does not begin with the exported print. Export it again, sign that file and return it."


class SealNotAccepted(Refusal):
    status = 422
    vi = "Chữ ký số trên văn bản không được chấp nhận: {vi_reason}. Hãy ký lại bằng khóa của cơ quan."
    en = "The signature on the document is not accepted: {en_reason}. Sign it again with the office's key."


class Seals:
    """A folder with ``37-seal.pem``, the office's certificate, ``37-seal-key.pem`` and ``37-trust.pem``.

    The last holds the roots under which signatures are accepted: those of the certification services that equip
    this office, never the office's own certificate.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._signers: dict[tuple[Path, int, Path, int], KeptKeySigner] = {}

    async def sealed(self, authority: str, pdf: bytes, at: datetime) -> bytes:
        """``pdf`` signed by the office's seal, dated ``at``. Raises ``NoSeal`` and ``SealUnreadable``."""
        certificate, key = self._file(authority, "seal"), self._file(authority, "seal-key")
        if certificate is None or key is None:
            raise NoSeal(authority=authority)
        files = (certificate, certificate.stat().st_mtime_ns, key, key.stat().st_mtime_ns)
        if files not in self._signers:
            loaded = await asyncio.to_thread(KeptKeySigner.of, key, certificate)
            if loaded is None:
                raise SealUnreadable(f"the seal of {authority} cannot be loaded")
            self._signers[files] = loaded
        signer = self._signers[files]
        return await asyncio.to_thread(asyncio.run, _sealed(signer, pdf, at))

    async def check(self, authority: str, original: bytes, returned: bytes, at: datetime) -> None:
        """Whether ``returned`` is ``original`` with a signature of the office and nothing else.

        Raises ``NotTheExport``, ``SealNotAccepted``, ``NoSeal`` when nothing says whom to trust.
        """
        if not returned.startswith(original):
            raise NotTheExport()
        trusted = self._file(authority, "trust")
        if trusted is None:
            raise NoSeal(authority=authority)
        roots = list(load_certs_from_pemder([str(trusted)]))
        await asyncio.to_thread(asyncio.run, _checked(returned, roots, at))

    def _file(self, authority: str, part: str) -> Path | None:
        file = self._folder / f"{authority}-{part}.pem" if self._folder is not None else None
        return file if file is not None and file.is_file() else None


class KeptKeySigner(SimpleSigner):
    """Keeps its key as it was checked once: the library checks an RSA key anew at each signature, for 0.2 s."""

    @classmethod
    def of(cls, key: Path, certificate: Path) -> "KeptKeySigner | None":
        """None when the files cannot be used. The library loads them, but always as a signer of its own kind."""
        loaded = SimpleSigner.load(str(key), str(certificate))
        if loaded is None:
            return None
        return cls(signing_cert=loaded.signing_cert, signing_key=loaded.signing_key, cert_registry=loaded.cert_registry)

    @cached_property
    def kept_key(self) -> PrivateKeyTypes:
        return load_der_private_key(self.signing_key.dump(), password=None)

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        if isinstance(self.kept_key, RSAPrivateKey) and digest_algorithm == _DIGEST:
            return self.kept_key.sign(data, PKCS1v15(), SHA256())
        signed: bytes = super().sign_raw(data, digest_algorithm)
        return signed


class _DatedSigner(PdfSigner):
    """Signs as of a given instant instead of reading the machine's clock."""

    def __init__(self, at: datetime, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._at = at

    def init_signing_session(self, *given: Any, **named: Any) -> PdfSigningSession:
        session = super().init_signing_session(*given, **named)
        session.system_time = self._at
        return session


async def _sealed(signer: KeptKeySigner, pdf: bytes, at: datetime) -> bytes:
    metadata = PdfSignatureMetadata(field_name=FIELD, md_algorithm=_DIGEST, subfilter=SigSeedSubFilter.PADES)
    out = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    await _DatedSigner(at, metadata, signer).async_sign_pdf(writer, bytes_reserved=RESERVED, output=out)
    return out.getvalue()


async def _checked(pdf: bytes, roots: Sequence[x509.Certificate], at: datetime) -> None:
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if not signatures:
            raise SealNotAccepted(vi_reason="không có chữ ký", en_reason="there is none")
        for signature in signatures:
            trust = ValidationContext(trust_roots=roots, allow_fetching=False, moment=at)
            status = await async_validate_pdf_signature(signature, trust)
            if not status.intact or not status.valid:
                raise SealNotAccepted(vi_reason="nội dung đã bị thay đổi", en_reason="the content was altered")
            if not status.trusted:
                raise SealNotAccepted(
                    vi_reason="chứng thư không thuộc cơ quan này hoặc đã hết hạn",
                    en_reason="its certificate is not this office's, or has expired",
                )
            if not _as_written(signature.signed_data, _gap(pdf, signature.byte_range)):
                raise SealNotAccepted(
                    vi_reason="chữ ký viết không đúng chuẩn", en_reason="it is not written to the standard"
                )
            if not status.bottom_line:
                raise SealNotAccepted(
                    vi_reason="văn bản bị sửa sau khi ký", en_reason="the file was changed afterwards"
                )
    except (PdfError, ValueError, TypeError, AttributeError, KeyError) as error:
        # The library trips over some malformed signatures with whatever Python says of them.
        raise SealNotAccepted(vi_reason="không đọc được", en_reason="it cannot be read") from error
    if signatures[-1].coverage != SignatureCoverageLevel.ENTIRE_FILE:
        raise SealNotAccepted(vi_reason="chữ ký không bao trùm cả tệp", en_reason="it does not cover the whole file")


def _as_written(signed: cms.SignedData, gap: bytes) -> bool:
    """Whether the signature stands in its place in the one way DER allows, and says nothing beside what is checked.

    The bytes of a signature are not themselves signed, and a reader overlooks what it does not use.
    """
    der = bytes.fromhex(gap[1:-1].decode("ascii"))
    (signer,) = signed["signer_infos"]
    (certificate,) = (each.chosen for each in signed["certificates"] if each.chosen.serial_number == _serial(signer))
    written = cms.ContentInfo({"content_type": "signed_data", "content": signed.copy()}).dump(force=True)
    return (
        gap in (gap.lower(), gap.upper())
        and der[: len(written)] == written
        and not any(der[len(written) :])
        and signed["version"].native == signer["version"].native == "v1"
        and [each.native for each in signed["digest_algorithms"]] == [signer["digest_algorithm"].native]
        and signer["sid"].chosen["issuer"] == certificate.issuer
    )


def _gap(pdf: bytes, byte_range: Sequence[int]) -> bytes:
    """What the signature leaves out: itself, in its angle brackets."""
    return pdf[int(byte_range[1]) : int(byte_range[2])]


def _serial(signer: cms.SignerInfo) -> int:
    return int(signer["sid"].chosen["serial_number"].native)
