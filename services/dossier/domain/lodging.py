"""Lodging: the file goes to the commune, complete, and in the window where it has one."""

from datetime import date, timedelta

from services.dossier.domain.dossier import Dossier, check, settled, versioned
from services.dossier.domain.form import missing
from services.dossier.domain.regulation import Regulation
from services.dossier.domain.steps import Improvement, Lodged
from shared.errors import Flaw, Refusal

NO_CERTIFICATE = Flaw(
    "/certificate",
    "Chưa nêu giấy chứng nhận mà hồ sơ tiếp nối. Hãy bổ sung.",
    "Name the certificate that the case goes on from.",
)


class DossierIncomplete(Refusal):
    vi = "Hồ sơ còn thiếu {count} mục. Hãy bổ sung từng mục nêu trong «errors» rồi nộp lại."
    en = "The dossier lacks {count} thing(s). Add each one listed in “errors” and submit it again."


class WindowNotOpen(Refusal):
    """A re-evaluation is not lodged earlier than its window (Decision 26/2026/QĐ-TTg, article 7.6a)."""

    vi = "Giấy chứng nhận có hiệu lực đến {valid_until}; hồ sơ đánh giá lại nộp từ {opens} đến {closes}."
    en = "The certificate is valid until {valid_until}; a re-evaluation is lodged from {opens} to {closes}."


def lodge(
    dossier: Dossier, improvements: tuple[Improvement, ...], regulation: Regulation, *, by: str, on: date
) -> Dossier:
    """The dossier in the hands of its commune, in the version it has now.

    A re-evaluation is lodged from 180 to 120 days before the certificate ends (article 7.6a). Who comes later is
    never turned away: the case stays a re-evaluation where the province has settled it so, and else becomes a first
    evaluation that goes on from the certificate. An upgrade says what has changed and what proves it (article 6.1b).

    Raises ``MoveNotAllowed`` and its like, ``DossierIncomplete`` or ``WindowNotOpen``.
    """
    check(dossier, "lodge", by)
    if flaws := (*missing(dossier.form), *_lacking(dossier, improvements)):
        raise DossierIncomplete(*flaws, count=len(flaws))
    dossier, late = _within_window(dossier, regulation, on)
    dossier = versioned(dossier, on)
    lodged = Lodged(on=on, manifest_version=dossier.manifests[-1].version, improvements=improvements, late=late)
    return settled(dossier, lodged=lodged)


def goes_on_from_nothing(dossier: Dossier) -> bool:
    """Whether a case that must go on from a certificate names none."""
    return dossier.case_kind != "first" and dossier.lineage is None


def window(valid_until: date, regulation: Regulation) -> tuple[date, date]:
    """The first and the last day on which the re-evaluation of a certificate is lodged (article 7.6a)."""
    return (
        valid_until - timedelta(days=regulation.window_opens),
        valid_until - timedelta(days=regulation.window_closes),
    )


def _within_window(dossier: Dossier, regulation: Regulation, on: date) -> tuple[Dossier, bool]:
    """The dossier as the kind of case it is when lodged ``on``, and whether that is after its window."""
    if dossier.case_kind != "re_evaluation" or dossier.lineage is None:
        return dossier, False
    valid_until = dossier.lineage.valid_until
    opens, closes = window(valid_until, regulation)
    if on < opens:
        raise WindowNotOpen(valid_until=valid_until, opens=opens, closes=closes)
    if on <= closes:
        return dossier, False
    stays = regulation.settled("late_re_evaluation", dossier.authority, on)
    return dossier if stays else dossier.but(case_kind="first"), True


def _lacking(dossier: Dossier, improvements: tuple[Improvement, ...]) -> tuple[Flaw, ...]:
    """What this kind of case asks for beside the form."""
    flaws = [NO_CERTIFICATE] if goes_on_from_nothing(dossier) else []
    if dossier.case_kind != "upgrade":
        return tuple(flaws)
    if not improvements:
        flaws.append(
            Flaw(
                "/improvements",
                "Hồ sơ nâng hạng phải nêu nội dung đã thay đổi và minh chứng. Hãy bổ sung.",
                "An upgrade says what has changed and which evidence proves it. Add it.",
            )
        )
    flaws += [
        Flaw(
            f"/improvements/{number}/evidence",
            f"Hồ sơ chưa có minh chứng «{each.evidence}». Hãy bổ sung.",
            f"The dossier holds no evidence “{each.evidence}”. Add it.",
        )
        for number, each in enumerate(improvements)
        if each.evidence not in dossier.form.evidence
    ]
    return tuple(flaws)
