"""One request, one trace: from HTTP through outbox, Kafka and handlers to the message in somebody's mailbox."""

import json

import pytest

from tests.system.country import SERVICES, Country, eventually
from tests.system.observatory import MailServer, Observatory

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_one_trace_leads_from_the_request_through_outbox_kafka_and_handlers_to_the_message(
    country: Country, observatory: Observatory, office: MailServer
) -> None:
    case = await country.draft("Gạo một dấu vết")

    await country.submit(case, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})

    async def whole() -> bool:
        steps = {(span.service, span.name) for span in observatory.of(TRACE)}
        return steps >= {
            ("ocop-dossier", "POST /dossiers/{id}/submission"),
            ("ocop-dossier", "publish ocop.37.dossiers"),
            ("ocop-scoring", "process DossierSubmitted"),
            ("ocop-scoring", "publish ocop.37.scores"),
            ("ocop-dossier", "process EvaluationOpened"),
            ("ocop-notification", "process DossierSubmitted"),
            ("ocop-notification", "send message"),
        }

    try:
        await eventually(whole, "the trace is whole", 20)
    except AssertionError:
        print(observatory.of(TRACE))
        raise
    ids = {span.id for span in observatory.of(TRACE)} | {"00f067aa0ba902b7"}
    assert all(span.parent in ids for span in observatory.of(TRACE)), "no span hangs in the air"
    assert any("Gạo một dấu vết" in str(mail.get_body().get_content()) for mail in office.mail if mail.get_body())
