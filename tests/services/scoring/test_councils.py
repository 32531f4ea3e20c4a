"""The councils' regulations: chosen by authority and day, and refused with the place when a file is broken."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.scoring.catalogue import BrokenCatalogue
from services.scoring.councils import REGULATIONS, load_regulations
from services.scoring.domain.regulation import NoRegulation

GENERAL = json.loads(REGULATIONS.read_text())[0]


def entry(**changed: Any) -> dict[str, Any]:
    limit = changed.pop("limit", 10)
    return GENERAL | {"regulation": GENERAL["regulation"] | {"divergence_limit": limit}} | changed


def written(folder: Path, *entries: dict[str, Any]) -> Path:
    file = folder / "councils.json"
    file.write_text(json.dumps(entries))
    return file


def test_an_authoritys_own_regulation_goes_before_the_general_one(tmp_path: Path) -> None:
    regulations = load_regulations(
        written(
            tmp_path,
            entry(limit=10),
            entry(authority="37", limit=8, **{"from": "2026-01-01", "until": "2026-07-01"}),
            entry(authority="37", limit=5, **{"from": "2026-07-01"}),
        )
    )

    days = (date(2025, 12, 31), date(2026, 6, 30), date(2026, 7, 1))
    assert [regulations.on("37", day).divergence_limit for day in days] == [10, 8, 5]
    assert regulations.on("48", days[2]).divergence_limit == 10


def test_before_the_programme_there_is_none() -> None:
    with pytest.raises(NoRegulation):
        load_regulations().on("37", date(2019, 8, 20))


@pytest.mark.parametrize(
    ("entries", "pointer"),
    [
        ([GENERAL | {"authority": "370"}], "/0/authority"),
        ([entry(limit=101)], "/0/regulation/divergence_limit"),
        ([entry(until="2019-08-21")], "/0/until"),
        ([entry(), entry()], "/1/from"),
        ([GENERAL | {"regulation": GENERAL["regulation"] | {"qorum": 1}}], "/0/regulation/qorum"),
        (
            [GENERAL | {"regulation": GENERAL["regulation"] | {"quorum": {"numerator": 4, "denominator": 3}}}],
            "/0/regulation/quorum",
        ),
    ],
)
def test_a_broken_regulation_is_refused_with_its_place(
    tmp_path: Path, entries: list[dict[str, Any]], pointer: str
) -> None:
    with pytest.raises(BrokenCatalogue) as broken:
        load_regulations(written(tmp_path, *entries))

    assert broken.value.pointer == pointer
