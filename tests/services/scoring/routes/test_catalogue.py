"""The catalogue over HTTP: the sets in force, and a frozen sheet with its wording."""

import pytest

from tests.services.scoring.builders import best, sheet
from tests.services.scoring.room import RICE_HASH, Room, get

RICE = sheet("rice-grains")
APPLIED = "trademark-application-accepted"
SHEET = {"sheet_hash": RICE_HASH, "ticks": best(RICE)}


class TestTheCatalogue:
    async def test_everybody_can_list_the_sets_in_force(self, room: Room) -> None:
        answer = (await get(room.as_("owner"), "/catalogue/sets")).json()

        assert (answer["rule_set"], len(answer["sets"])) == ("26-2026", 26)
        rice = answer["sets"][2]
        assert (rice["set"], rice["sheet_hash"]) == ("rice-grains", RICE_HASH)
        assert set(rice["name"]) == {"vi", "en"}

    async def test_the_rules_of_an_older_day_have_no_sheets_here(self, room: Room) -> None:
        answer = (await get(room.as_("owner"), "/catalogue/sets?on=2024-01-01")).json()

        assert (answer["rule_set"], answer["sets"]) == ("148-2023", [])

    async def test_a_frozen_sheet_comes_with_the_wording_of_its_keys(self, room: Room) -> None:
        answer = (await get(room.as_("owner"), f"/sheets/{RICE_HASH}")).json()

        assert answer["sheet"]["set"] == "rice-grains"
        first = answer["sheet"]["parts"][0]["groups"][0]["criteria"][2]
        assert first["star_minimums"] == {"5": 3}
        assert {"product-origin", "forged-file", "stop-scoring"} <= set(answer["labels"]["vi"])

    @pytest.mark.parametrize(("hash", "status"), [("0" * 64, 404), ("rice", 422)])
    async def test_an_unknown_sheet_is_said_so(self, room: Room, hash: str, status: int) -> None:
        assert (await get(room.as_("owner"), f"/sheets/{hash}")).status_code == status
