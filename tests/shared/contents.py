"""Files for the tests: small ones of each type, and some that are not what they say."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001")
JPEG = bytes.fromhex("ffd8ffe000104a46494600010101006000600000") + bytes(64)
EXE = b"MZ\x90\x00" + bytes(200)
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip of these members."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


DOCX = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})
ARCHIVE = zipped({"giay-phep.pdf": PDF})
BOMB = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": bytes(64 << 20)})
