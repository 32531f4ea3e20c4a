"""Writes both registers of communes anew, from the library that follows the list of the National Statistics Office.

The library wants Python 3.12 and is under the GPL, so that it is no part of what runs here: only codes, names and who
came after whom are taken from it, which are facts of public acts. Once, in an environment of its own:

    uv run --no-project --python 3.12 --with vietnam-provinces==2026.9.0 python deploy/communes.py

What has changed since is then looked at line by line (`git diff`); a day the library does not know is written by hand.
"""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from vietnam_provinces import Ward
from vietnam_provinces._ward_conversion_2025 import OLD_TO_NEW
from vietnam_provinces.legacy import Ward as FormerWard

SERVICES = Path(__file__).parents[1] / "services"
REGISTER = SERVICES / "dossier" / "regulations" / "communes.csv"
NAMES = SERVICES / "certification" / "regulations" / "communes.json"
"""What certification prints: the communes of today, without their history."""
KINDS = {"Phường": "ward", "Xã": "commune", "Đặc khu": "special_zone"}
HEAD = ("code", "name", "province", "from", "until", "successors", "basis")

BEFORE = ("2004-07-08", "2025-06-30")
"""From when codes were given, to the last day of three levels; when each commune began the list does not say."""


def _written(name: str) -> str:
    """The name with a capital at its beginning, which the list forgets now and then."""
    return name[0].upper() + name[1:]


def main() -> None:
    """Those of before that somebody came after, and those of today."""
    rows = [
        (
            f"{int(each.code):05}",
            _written(each.name),
            f"{int(each.province_code):02}",
            *BEFORE,
            " ".join(f"{int(heir.code):05}" for heir in OLD_TO_NEW[int(each.code)].new_wards),
            "124/2004/QĐ-TTg",
        )
        for each in FormerWard.iter_all()
        if int(each.code) in OLD_TO_NEW
    ]
    rows += [
        (
            f"{int(each.code):05}",
            _written(each.name),
            f"{int(each.province_code):02}",
            "2025-07-01",
            "",
            "",
            "19/2025/QĐ-TTg",
        )
        for each in Ward.iter_all()
    ]
    rows.sort(key=lambda row: (row[0], row[3]))
    with REGISTER.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([HEAD, *rows])
    NAMES.write_text(printed((code, name) for code, name, _, _, until, *_ in rows if not until), encoding="utf-8")


def printed(communes: Iterable[tuple[str, str]]) -> str:
    """Codes and full names as certification's file, a commune a line."""
    lines = []
    for code, full in communes:
        kind = next(kind for kind in KINDS if full.startswith(f"{kind} "))
        line = {"code": code, "kind": KINDS[kind], "name": full.removeprefix(f"{kind} ")}
        lines.append(" " + json.dumps(line, ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    main()
