"""Contacts over HTTP: for services only, and of their own authority."""

import pytest

from tests.services.dossier.office import OWNER, Office, refused


async def test_a_service_gets_the_contacts_it_asks_for_and_no_more_than_it_needs(office: Office) -> None:
    for organisation in ("htx-1", "htx-2"):
        own = OWNER | {"email": f"{organisation}@vidu.vn", "phone": "0912 345 678", "representative": "Bà An"}
        await office.as_("owner", organisation=organisation).post("/owners", own)

    answer = await office.as_("service").post("/contacts", {"owner_ids": ["htx-2", "nobody", "htx-2"]})

    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {
                "owner_id": "htx-2",
                "name": "HTX Quang Sơn",
                "email": "htx-2@vidu.vn",
                "phone": "0912 345 678",
                "language": "vi",
            }
        ]
    }


async def test_a_service_of_another_province_gets_nothing(office: Office) -> None:
    await office.as_("owner").post("/owners", OWNER)

    answer = await office.as_("service", authority="38").post("/contacts", {"owner_ids": ["htx-1"]})

    assert answer.json() == {"items": []}


@pytest.mark.parametrize("role", ["agency", "owner", "observer", "operator", "chair"])
async def test_nobody_else_asks_for_contacts(office: Office, role: str) -> None:
    refused(await office.as_(role).post("/contacts", {"owner_ids": []}), 403, "forbidden")


async def test_two_hundred_are_asked_at_once_and_not_one_more(office: Office) -> None:
    service = office.as_("service")
    ids = [f"htx-{n}" for n in range(201)]

    assert (await service.post("/contacts", {"owner_ids": ids[:200]})).json() == {"items": []}
    assert refused(await service.post("/contacts", {"owner_ids": ids}), 422, "request-invalid") == ["/owner_ids"]


@pytest.mark.parametrize("body", [{}, {"owner_ids": "htx-1"}, {"owner_ids": [1]}, {"owner_ids": [{"$ne": ""}]}])
async def test_a_flawed_question_is_refused(office: Office, body: object) -> None:
    refused(await office.as_("service").post("/contacts", body), 422, "request-invalid")
