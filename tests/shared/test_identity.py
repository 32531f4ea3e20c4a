"""Who may do what: role, stage and authority of the appointment a request names."""

from datetime import timedelta
from typing import Annotated

import httpx
import pytest

from shared.http import Router, create_app
from shared.identity import PUBLIC, Caller, Gate, allow
from tests.shared.signing import OFFICER, OWNER, WATCHER, Hands, bearer, claims, gate, sign


def parcels() -> Router:
    router = Router()

    @router.get("/parcels")
    async def seen(
        caller: Annotated[Caller, allow("owner", "officer", "observer", "member", stage=("packing", "sealing"))],
    ) -> dict[str, str]:
        return {"principal": caller.principal, **caller.within}

    @router.post("/parcels")
    async def packed(caller: Annotated[Caller, allow("owner", stage="packing")]) -> str:
        return caller.role

    @router.get("/doors", dependencies=[PUBLIC])
    async def doors() -> str:
        return "open"

    return router


def client(opened: Gate | None = None) -> httpx.AsyncClient:
    app = create_app("parcels", "1", [parcels()], gate=opened or gate())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")


async def get(headers: dict[str, str], opened: Gate | None = None) -> httpx.Response:
    async with client(opened) as api:
        return await api.get("/parcels", headers={"Accept-Language": "en"} | headers)


async def test_an_owner_reaches_only_what_belongs_to_its_organisation() -> None:
    answer = await get(bearer(OWNER))
    assert answer.json() == {"principal": "an#own", "authority": "37", "owner_id": "htx-1"}


async def test_an_appointment_of_a_commune_reaches_only_that_commune() -> None:
    answer = await get(bearer(OFFICER))
    assert answer.json() == {"principal": "an#off", "authority": "37", "commune": "14362"}


async def test_a_request_without_a_token_is_asked_to_sign_in() -> None:
    answer = await get({})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "/problems/not-signed-in"


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "bearer\tx"])
async def test_what_is_no_bearer_token_is_a_401(given: str) -> None:
    assert (await get({"Authorization": given, "Ocop-Appointment": "own"})).status_code == 401


async def test_a_request_that_names_no_appointment_hears_which_it_holds() -> None:
    headers = bearer(OWNER, OFFICER)
    del headers["Ocop-Appointment"]
    answer = await get(headers)
    assert answer.status_code == 400
    assert "own (owner, 37), off (officer, 37)" in answer.json()["detail"]


async def test_an_appointment_one_does_not_hold_is_refused_naming_those_one_holds() -> None:
    answer = await get(bearer(OWNER, using="off"))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/appointment-unknown")
    assert "own (owner, 37)" in answer.json()["detail"]


async def test_someone_without_appointments_is_told_so() -> None:
    headers = {"Authorization": f"Bearer {sign(claims())}", "Ocop-Appointment": "own"}
    assert (await get(headers)).json()["detail"].endswith("You hold: —.")


@pytest.mark.parametrize(
    ("term", "status"),
    [
        ({"from": "2026-11-21"}, 200),
        ({"from": "2026-11-22"}, 403),
        ({"from": "2026-01-01", "until": "2026-11-21"}, 200),
        ({"from": "2026-01-01", "until": "2026-11-20"}, 403),
    ],
)
async def test_an_appointment_serves_from_its_first_day_to_its_last(term: dict[str, str], status: int) -> None:
    assert (await get(bearer(OWNER | term))).status_code == status


async def test_the_day_of_an_appointment_is_that_of_viet_nam() -> None:
    clock = Hands()
    clock.turn(timedelta(hours=12, minutes=1))  # 17:01 UTC, already the 22nd in Hà Nội
    headers = bearer(OWNER | {"until": "2026-11-21"})
    headers["Authorization"] = f"Bearer {sign(claims(OWNER | {'until': '2026-11-21'}, exp=2_000_000_000))}"
    answer = await get(headers, gate(clock=clock))
    assert answer.json()["type"] == "/problems/appointment-not-in-force"


async def test_an_appointment_of_another_authority_is_refused_naming_it() -> None:
    answer = await get(bearer(OWNER | {"authority": "38"}))
    assert answer.status_code == 403
    assert "authority 38" in answer.json()["detail"]


async def test_a_process_may_act_for_several_authorities() -> None:
    assert (await get(bearer(OWNER | {"authority": "38"}), gate("37", "38"))).json()["authority"] == "38"


async def test_a_role_the_route_does_not_name_is_refused() -> None:
    answer = await get(bearer(OWNER | {"role": "stranger"}))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


@pytest.mark.parametrize(("stage", "status"), [("packing", 200), ("sealing", 200), ("sending", 403)])
async def test_an_appointment_limited_to_a_stage_passes_only_its_routes(stage: str, status: int) -> None:
    assert (await get(bearer(OWNER | {"stage": stage}))).status_code == status


async def test_an_owner_without_an_organisation_does_not_see_everybody() -> None:
    alone = {name: value for name, value in OWNER.items() if name != "organisation"}
    answer = await get(bearer(alone))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/appointment-incomplete")


async def test_an_observer_reads_and_never_changes_anything() -> None:
    async with client() as api:
        assert (await api.get("/parcels", headers=bearer(WATCHER))).status_code == 200
        assert (await api.post("/parcels", headers=bearer(WATCHER))).status_code == 403


async def test_a_public_route_needs_no_token() -> None:
    async with client() as api:
        assert (await api.get("/doors")).json() == "open"


def test_an_observer_cannot_be_allowed_to_change_anything() -> None:
    router = Router()

    @router.post("/parcels")
    async def packed(caller: Annotated[Caller, allow("owner", "observer")]) -> str:
        return caller.role

    with pytest.raises(TypeError, match="POST /parcels: an observer"):
        create_app("parcels", "1", [router], gate=gate())


def test_a_route_whose_callers_nobody_chose_stops_the_start() -> None:
    router = Router()

    @router.get("/parcels")
    async def seen() -> str:
        return "everybody"

    with pytest.raises(TypeError, match="say who may call it"):
        create_app("parcels", "1", [router], gate=gate())


def test_allowing_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="role"):
        allow()
