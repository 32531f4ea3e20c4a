"""Extension: a certificate keeps effect beyond its last day until its re-evaluation has an outcome."""

from datetime import date, timedelta
from typing import ClassVar, Literal

from pydantic import PositiveInt

from .certificate import ByDecision, Certificate, Extended, Kept
from .recognition import Recognition, Sentence


class Extension(Kept):
    """At most 180 days (Decision 26/2026/QĐ-TTg, articles 11 and 12), as the rules in force on the day said it.

    The clause stands among the transitional ones: for certificates whose last filing day had passed when the rules
    came into force. Whether it serves later latecomers too is not said; it is a switch of each authority.
    """

    kind: Literal["extension"] = "extension"
    pointer: ClassVar[str] = "certificates"
    most_days: PositiveInt
    rules_since: date
    window_closes: PositiveInt
    """Days before the end on which the window for filing closes."""
    latecomers: bool

    def objection(self, recognition: Recognition, certificate: Certificate, on: date) -> Sentence | None:
        if certificate.extended is not None:
            until = certificate.extended.until
            return Sentence(f"Giấy này đã được kéo dài đến {until}.", f"It is extended to {until} already.")
        if not certificate.running or on >= certificate.valid_until:
            day = certificate.valid_until
            return Sentence(
                f"Phải quyết định kéo dài trước ngày cuối cùng còn hiệu lực ({day}).",
                f"An extension is decided before the last valid day ({day}).",
            )
        if recognition.filed is None:
            return Sentence(
                "Chưa có hồ sơ đánh giá lại của sản phẩm này.",
                "No dossier for a re-evaluation of this product is filed.",
            )
        last_filing_day = certificate.valid_until - timedelta(days=self.window_closes)
        if not self.latecomers and last_filing_day >= self.rules_since:
            return Sentence(
                f"Hạn nộp hồ sơ của giấy này là {last_filing_day}, sau ngày quy định mới có hiệu lực; "
                "cơ quan này không kéo dài cho trường hợp nộp muộn.",
                f"Its last filing day, {last_filing_day}, was under these rules; no latecomer is extended here.",
            )
        return None

    def done_to(self, certificate: Certificate, by: ByDecision) -> Certificate:
        """The same when its end has been told meanwhile: what has expired does not come back."""
        if not certificate.running:
            return certificate
        until = certificate.valid_until + timedelta(days=self.most_days)
        return certificate.model_copy(update={"extended": Extended(**by.model_dump(), until=until)})
