"""The registers of communes that two services keep are of one source."""

import csv
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = {"ward": "Phường", "commune": "Xã", "special_zone": "Đặc khu"}


def test_certification_prints_the_names_of_today_that_dossier_knows() -> None:
    register = ROOT / "services/dossier/regulations/communes.csv"
    printed = json.loads((ROOT / "services/certification/regulations/communes.json").read_text(encoding="utf-8"))

    with register.open(encoding="utf-8", newline="") as file:
        today = {row["code"]: row["name"] for row in csv.DictReader(file) if not row["until"]}

    assert {each["code"]: f"{KINDS[each['kind']]} {each['name']}" for each in printed} == today
    assert len(today) == 3_321
