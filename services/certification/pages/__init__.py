"""The public pages: what anybody sees who scans a certificate's QR code or types its number."""

from base64 import b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.certification.catalogue import Regulations
from services.certification.domain.written import in_english, in_figures
from services.certification.verification import Verdict, Verification
from shared.errors import Language

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "style.css").read_text(encoding="utf-8")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_MARKS: dict[Verdict, tuple[str, str, dict[Language, str]]] = {
    "valid": ("good", "✓", {"vi": "Có hiệu lực", "en": "Valid"}),
    "extended": ("good", "✓", {"vi": "Được kéo dài hiệu lực", "en": "Extended"}),
    "expired": ("bad", "✕", {"vi": "Đã hết hiệu lực", "en": "Expired"}),
    "replaced": ("bad", "✕", {"vi": "Đã được thay thế", "en": "Replaced"}),
    "revoked": ("bad", "✕", {"vi": "Đã bị thu hồi", "en": "Revoked"}),
    "annulled": ("bad", "✕", {"vi": "Đã bị hủy", "en": "Annulled"}),
    "superseded_print": ("warn", "!", {"vi": "Bản in cũ", "en": "Superseded print"}),
    "unknown": ("bad", "?", {"vi": "Không tìm thấy", "en": "Not found"}),
    "not_genuine": ("bad", "✕", {"vi": "Không phải giấy thật", "en": "Not genuine"}),
}


class Pages:
    """Draws the pages; they need no script, no cookie and no other request."""

    def __init__(self, regulations: Regulations) -> None:
        self._regulations = regulations
        loader = FileSystemLoader(_FOLDER)
        drawing = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        drawing.filters["day_vi"] = in_figures
        drawing.filters["day_en"] = in_english
        self._page = drawing.get_template("look-up.html")

    def form(self, language: Language, asked_on: date) -> HTMLResponse:
        """The page on which a number is typed."""
        return self._drawn(language, "", None, asked_on)

    def answer(self, language: Language, asked: str, found: Verification) -> HTMLResponse:
        """The page that says what became of a certificate."""
        return self._drawn(language, asked, found, found.asked_on)

    def _drawn(self, language: Language, asked: str, found: Verification | None, on: date) -> HTMLResponse:
        stated = found.certificate if found is not None else None
        drawn = self._page.render(
            lang=language,
            style=_STYLE,
            asked=asked,
            found=found,
            mark=_MARKS[found.validity] if found is not None else None,
            office=self._regulations.offices.get(stated.authority) if stated is not None else None,
            origin=self._regulations.places.origin(stated.province, stated.commune) if stated is not None else None,
            asked_on=on,
        )
        headers = {"Content-Security-Policy": _POLICY, "Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(drawn, headers=headers)
