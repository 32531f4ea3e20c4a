"""A form as a PDF, set by Typst; what was entered goes in as data and is never read as markup."""

import json
from dataclasses import asdict
from pathlib import Path

import typst

from services.dossier.printing.layout import MOTTO, NATION, Form

MEDIA_TYPE = "application/pdf"

_TEMPLATE = Path(__file__).with_name("form.typ").read_bytes()


def as_pdf(form: Form) -> bytes:
    """The bytes of the document; with the fonts Typst carries, so that it looks the same everywhere."""
    data = {**asdict(form), "nation": NATION, "motto": MOTTO}
    printed = typst.compile(_TEMPLATE, format="pdf", sys_inputs={"form": json.dumps(data, ensure_ascii=False)})
    assert isinstance(printed, bytes)
    return printed
