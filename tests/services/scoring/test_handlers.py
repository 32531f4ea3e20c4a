"""Events in: what opens an evaluation, what renews it, what stops it, each however often it comes."""

import json
from datetime import UTC, date, datetime

import pytest

from services.scoring.domain.evaluation import CouncilElsewhere, HandedIn, NotTheSubmitter, redo_id
from services.scoring.domain.rule_set import NoSheet
from services.scoring.handlers import open_evaluation
from shared.errors import NotFound
from tests.services.scoring.builders import best, loaded, sheet
from tests.services.scoring.room import RICE_HASH, RULES_HASH, Room, received, submission


@pytest.fixture
def room() -> Room:
    return Room()


async def test_a_submitted_dossier_opens_one_evaluation_with_its_sheet_frozen(room: Room) -> None:
    id = await room.submit()

    evaluation = await room.evaluations.get(id)
    assert (evaluation.authority, evaluation.state, evaluation.attempt) == ("37", "open", 1)
    assert (evaluation.basis.sheet_hash, evaluation.basis.rule_set_hash) == (RICE_HASH, RULES_HASH)
    (opened,) = room.spoken(id)
    assert opened["type"] == "vn.ocop.evaluation.opened.v1"
    assert json.loads(opened["data"])["sheet_hash"] == RICE_HASH


async def test_the_same_event_twice_opens_it_once(room: Room) -> None:
    id = await room.submit()
    await room.submit()

    assert len(room.spoken(id)) == 1


async def test_a_higher_manifest_version_takes_the_place_of_the_first(room: Room) -> None:
    id = await room.submit()
    await room.submit(sequence=2, manifest_version=2, manifest_hash="b" * 64)

    evaluation = await room.evaluations.get(id)
    assert evaluation.case.manifest_hash == "b" * 64
    assert [json.loads(event["data"])["manifest_version"] for event in room.spoken(id)] == [1, 2]


async def test_after_the_first_sheet_a_new_file_changes_nothing(room: Room) -> None:
    id = await room.submit()
    sheet = HandedIn(member="m", marks="-" * 32, total=0, at=room.clock())
    await room.evaluations.change(id, lambda one: (one.but(sheets=(sheet,)), ()))

    await room.submit(sequence=2, manifest_version=2, manifest_hash="b" * 64)

    evaluation = await room.evaluations.get(id)
    assert evaluation.case.manifest_version == 1
    assert len(room.spoken(id)) == 1


async def test_a_dossier_submitted_to_the_centre_is_evaluated_by_the_centre(room: Room) -> None:
    province, centre = await room.submit(), await room.submit(sequence=2, to="00")

    assert province != centre
    assert (await room.evaluations.get(centre)).authority == "00"
    assert [json.loads(room.spoken(id)[0]["data"])["province"] for id in (province, centre)] == ["37", "37"]


async def test_a_dossier_that_still_goes_by_the_old_rules_has_no_sheet_here(room: Room) -> None:
    early = received(submission(received_on=date(2026, 5, 21)))._replace(time=datetime(2026, 6, 1, tzinfo=UTC))

    with pytest.raises(NoSheet):
        await open_evaluation(early, room.evaluations, loaded())


async def test_a_dossier_the_old_rules_did_not_finish_in_time_goes_by_the_new(room: Room) -> None:
    id = await room.submit(received_on=date(2026, 5, 21))

    assert (await room.evaluations.get(id)).basis.rule_set == "26-2026"


async def test_a_withdrawn_dossier_stops_its_evaluation(room: Room) -> None:
    id = await room.submit()

    await room.withdraw()
    await room.withdraw()

    assert (await room.evaluations.get(id)).state == "stopped"
    stopped = room.spoken(id)[1:]
    assert [event["type"] for event in stopped] == ["vn.ocop.evaluation.stopped.v1"]
    said = json.loads(stopped[0]["data"])
    assert (said["reason"], said["seated"]) == ("withdrawn", [])


async def test_a_dossier_withdrawn_before_it_was_submitted_has_nothing_to_stop(room: Room) -> None:
    await room.withdraw(sequence=1, to=None, attempt=None)

    assert room.port.documents == {}


async def test_a_withdrawal_of_an_evaluation_that_is_not_there_is_not_passed_over(room: Room) -> None:
    with pytest.raises(NotFound):
        await room.withdraw()


async def test_a_province_does_not_rate_the_dossiers_of_another(room: Room) -> None:
    with pytest.raises(CouncilElsewhere):
        await room.submit(speaker="48")


async def test_another_province_cannot_renew_what_the_centre_rates(room: Room) -> None:
    id = await room.submit(to="00")

    with pytest.raises(NotTheSubmitter):
        await room.submit(speaker="48", to="00", manifest_version=9)

    assert (await room.evaluations.get(id)).case.manifest_version == 1


async def test_another_province_cannot_take_a_dossier_back(room: Room) -> None:
    id = await room.submit(to="00")

    with pytest.raises(NotTheSubmitter):
        await room.withdraw(speaker="48", to="00")

    assert (await room.evaluations.get(id)).state == "open"


class TestAnnulled:
    async def annulled(self, room: Room) -> str:
        """An evaluation whose result does not hold."""
        await room.prepare()
        id = await room.submit()
        await room.convene(id, members=1)
        await room.sign(id, "m1", best(sheet("rice-grains")))
        await room.over(id)
        await room.tell(f"/evaluations/{id}/finalisation", {})
        body = {"ground": "complaint_upheld", "document": "77/KL-UBND", "dated": "2026-10-20"}
        await room.tell(f"/evaluations/{id}/annulment", body, "agency")
        return id

    async def test_the_same_file_is_opened_once_more_however_often_it_is_heard(self, room: Room) -> None:
        id = await self.annulled(room)

        await room.hear_annulment(id)
        await room.hear_annulment(id)

        again = await room.evaluations.get(redo_id(id))
        assert (again.state, again.redoes) == ("open", id)
        assert [event["type"] for event in room.spoken(again.id)] == ["vn.ocop.evaluation.opened.v1"]

    @pytest.mark.parametrize("heard_first", [True, False])
    async def test_a_withdrawal_stops_what_is_scored_anew_whichever_is_heard_first(
        self, room: Room, heard_first: bool
    ) -> None:
        id = await self.annulled(room)

        if heard_first:
            await room.hear_annulment(id)
        await room.withdraw()
        await room.hear_annulment(id)

        assert (await room.evaluations.get(redo_id(id))).state == "stopped"
        assert (await room.evaluations.get(id)).state == "annulled"


def test_a_submission_is_addressed_to_the_council_it_names() -> None:
    assert received(submission(to="00")).addressee == "00"
