"""The commune's step: receipt under a number, the four contents, form 03 and the letter to the province."""

from typing import get_args

from services.dossier.domain.dossier import Dossier, check, settled
from services.dossier.domain.regulation import Regulation
from services.dossier.domain.round import Round
from services.dossier.domain.steps import Assessed, Assessment, Content, Letter, Receipt
from shared.errors import Flaw, Refusal

CONTENTS: tuple[Content, ...] = get_args(Content)


class AssessmentIncomplete(Refusal):
    """Form 03 speaks of each of the four contents once (Decision 26/2026/QĐ-TTg, article 7.2)."""

    status = 422
    vi = "Báo cáo của xã phải đánh giá đủ bốn nội dung, mỗi nội dung một lần. Hãy sửa các mục nêu trong «errors»."
    en = "The commune's report covers the four contents, each once. Mend what “errors” lists."


class LetterMisdated(Refusal):
    """A proposal letter is written between the receipt of the dossier and today."""

    status = 422
    vi = "Văn bản đề nghị phải ghi ngày từ {received} đến {today}."
    en = "The proposal letter is dated from {received} to {today}."


def receive(dossier: Dossier, receipt: Receipt, by: str) -> Dossier:
    """The dossier entered by its commune; the 15 working days run from here (article 7.2)."""
    check(dossier, "receive", by)
    return settled(dossier, received=receipt)


def assess(dossier: Dossier, assessment: Assessment, by: str) -> Dossier:
    """The dossier proposed to the province with form 03, late or not.

    Raises ``MoveNotAllowed`` and its like, ``AssessmentIncomplete`` or ``LetterMisdated``.
    """
    check(dossier, "assess", by)
    _complete(assessment.contents)
    received = dossier.received
    if received is not None and not received.on <= assessment.letter.on <= assessment.on:
        raise LetterMisdated(
            Flaw("/letter/on", "Ngày không hợp lệ.", "This date is not possible."),
            received=received.on,
            today=assessment.on,
        )
    return settled(dossier, assessment=assessment, year=assessment.year)


def round_of(dossier: Dossier, letter: Letter, regulation: Regulation) -> Round | None:
    """The round a proposal belongs to, by the letter's date (article 5); a re-evaluation waits for none (7.6)."""
    return None if dossier.case_kind == "re_evaluation" else regulation.rounds.of(dossier.authority, letter.on)


def _complete(contents: tuple[Assessed, ...]) -> None:
    named = [each.content for each in contents]
    flaws = [
        Flaw(f"/contents/{number}/content", "Nội dung này đã nêu ở trên.", "This content stands above already.")
        for number, content in enumerate(named)
        if content in named[:number]
    ]
    flaws += [
        Flaw("/contents", f"Thiếu nội dung «{content}».", f"The content “{content}” is missing.")
        for content in CONTENTS
        if content not in named
    ]
    if flaws:
        raise AssessmentIncomplete(*flaws)
