"""The QR code of a print, as a picture that stays sharp at any size."""

from io import BytesIO

import segno

LARGEST_VERSION = 8
"""49 modules a side: half a millimetre each on a print of 25 mm, quiet zone included."""


def drawn(text: str) -> str:
    """The QR code of ``text`` as SVG, with the quiet zone of four modules the standard asks for.

    It restores as many damaged modules as it can within the version that still scans from a small print.
    """
    code = segno.make_qr(text, error="m", boost_error=False)
    if int(code.version) > LARGEST_VERSION:
        code = segno.make_qr(text, error="l", boost_error=False)
    out = BytesIO()
    code.save(out, kind="svg", border=4, xmldecl=False)
    return out.getvalue().decode()
