"""Samples of the product: how many are needed, received, passed on, and missing."""

from pydantic import BaseModel, ConfigDict

from services.dossier.domain.dossier import Dossier


class SampleCount(BaseModel):
    """What each office has counted; ``missing`` are those that whoever counted last still wants.

    Five go with a dossier, none for tourism (Decision 26/2026/QĐ-TTg, article 7.2).
    """

    model_config = ConfigDict(frozen=True)

    needed: int
    stated: int
    received: int | None
    passed_on: int | None
    registered: int | None
    missing: int


def counted(dossier: Dossier, needed: int) -> SampleCount:
    """The samples as the owner states them, the commune received and passed them on, and the agency received them."""
    stated = dossier.form.samples or 0
    received, passed_on, registered = (
        None if step is None else step.samples for step in (dossier.received, dossier.assessment, dossier.registered)
    )
    last = next((count for count in (registered, passed_on, received) if count is not None), stated)
    return SampleCount(
        needed=needed,
        stated=stated,
        received=received,
        passed_on=passed_on,
        registered=registered,
        missing=max(0, needed - last),
    )
