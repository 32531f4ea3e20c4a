"""One request, one trace: from HTTP through outbox, Kafka and handlers to the message in somebody's mailbox."""

import json
import re

import pytest

from tests.system.country import HOME, SERVICES, Country, eventually, submitted
from tests.system.observatory import MailServer, Observatory

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ASKER = "00f067aa0ba902b7"


async def test_one_trace_leads_from_the_request_through_outbox_kafka_and_handlers_to_the_message(
    country: Country, observatory: Observatory, office: MailServer
) -> None:
    case = await country.draft("Gạo một dấu vết")

    await country.submit(case, headers={"traceparent": f"00-{TRACE}-{ASKER}-01"})

    async def whole() -> bool:
        return {(span.service, span.name) for span in observatory.of(TRACE)} >= {
            ("ocop-dossier", "POST /dossiers/{id}/submission"),
            ("ocop-dossier", "publish ocop.37.dossiers"),
            ("ocop-scoring", "process DossierSubmitted"),
            ("ocop-scoring", "publish ocop.37.scores"),
            ("ocop-dossier", "process EvaluationOpened"),
            ("ocop-notification", "process DossierSubmitted"),
            ("ocop-notification", "send message"),
        }

    await eventually(whole, "the trace is whole")
    ids = {span.id for span in observatory.of(TRACE)} | {ASKER}
    assert all(span.parent in ids for span in observatory.of(TRACE)), "a span hangs in the air"
    assert any(
        "Gạo một dấu vết" in mail.as_string() or "Gạo một dấu vết" in str(mail["Subject"]) for mail in office.mail
    )


async def test_the_log_names_trace_and_correlation_of_what_was_asked(country: Country) -> None:
    case = await country.draft()
    trace = "5cf92f3577b34da6a3ce929d0e0e4736"
    told = {"traceparent": f"00-{trace}-{ASKER}-01", "X-Correlation-Id": "cuộc-gọi-7".encode().hex()}

    await country.submit(case, headers=told)

    async def logged() -> bool:
        lines = (json.loads(line) for line in country.log_lines("notification") if line.startswith("{"))
        return any(
            line["event"] == "message_accepted"
            and line["correlation_id"] == told["X-Correlation-Id"]
            and line["trace_id"] == trace
            for line in lines
        )

    await eventually(logged, "the log tells which request a message goes back to")


async def test_every_line_of_every_log_is_json_with_a_level_a_time_and_its_service(country: Country) -> None:
    for service in SERVICES:
        for line in country.log_lines(service):
            told = json.loads(line)
            assert told["service"] == service
            assert {"event", "level", "timestamp"} <= told.keys()


async def test_the_metrics_show_lag_batches_outboxes_parked_events_retries_and_requests(country: Country) -> None:
    await country.speak(submitted("telemetry-1")._replace(headers={"ce_time": b"yesterday"}))
    await country.lane("scoring", f"lane/ocop.{HOME}.dossiers/telemetry-1", 1)

    async def shown() -> bool:
        told = await country.metrics("scoring")
        return all(
            re.search(pattern, told, re.MULTILINE)
            for pattern in (
                r'^ocop_consumer_lag\{.*topic="ocop\.37\.dossiers"',
                r"^messaging_batch_message_count_count\{",
                r"^ocop_outbox_oldest_age\{",
                r"^ocop_outbox_documents\{",
                r'^ocop_events_parked_total\{.*cause="malformed"',
                r"^ocop_parked_lanes\{.* [1-9]",
                r'^http_server_request_duration_seconds_count\{.*route="/operations/parked"',
            )
        )

    await eventually(shown, "the metrics are complete")
    await country.tell(
        "scoring",
        f"/operations/parked/lane/ocop.{HOME}.dossiers/telemetry-1/discard",
        {"reason": "made up by a test"},
        "operator",
    )
