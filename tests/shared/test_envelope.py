"""The envelope: what is sent is what is read, and what is not in order says where."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.envelope import Outgoing, Record, made_by, named, printable, read, sequence_of, speaker_of, topic, type_of
from shared.errors import Malformed
from tests.shared.cups import Rained, rained

TIME = datetime(2026, 11, 21, 3, 0, 0, 123_000, tzinfo=UTC)

Header = tuple[str, bytes | None]


def outgoing(sequence: int = 7) -> Outgoing:
    return Outgoing(sequence, Rained.TYPE, "skies", TIME, b'{"drops":3}', "correlation-1", "cause.1", "00-ab-cd-01")


def headers(**changed: bytes | None) -> list[Header]:
    """The headers of a good event, changed, or (None) with a null value."""
    made: dict[str, bytes | None] = dict(outgoing().headers("/authorities/37/weather", "sky"))
    return list((made | changed).items())


def record(headers: list[Header], value: bytes | None, key: bytes = b"sky") -> Record:
    return Record("ocop.37.skies", 0, 0, key, headers, value)


def test_an_event_is_read_as_it_was_sent() -> None:
    [event] = read(record(headers(), b'{"drops":3}'), Rained)

    assert (event.data.drops, event.subject, event.sequence, event.time) == (3, "sky", 7, TIME)
    assert (event.authority, event.addressee, event.source) == ("37", "37", "/authorities/37/weather")
    assert (event.id, event.correlation_id, event.traceparent) == ("sky.7", "correlation-1", "00-ab-cd-01")
    assert event.origin == "/authorities/37/weather|sky"


def test_the_headers_are_those_of_cloudevents_on_kafka_in_binary_mode() -> None:
    told = dict(outgoing().headers("/authorities/37/weather", "sky"))

    assert told == {
        "ce_specversion": b"1.0",
        "ce_id": b"sky.7",
        "ce_source": b"/authorities/37/weather",
        "ce_type": b"vn.ocop.sky.rained.v1",
        "ce_subject": b"sky",
        "ce_time": b"2026-11-21T03:00:00.123Z",
        "ce_dataschema": b"/contracts/skies/vn.ocop.sky.rained.v1",
        "ce_sequence": b"00000000000000000007",
        "ce_correlationid": b"correlation-1",
        "ce_causationid": b"cause.1",
        "content-type": b"application/json",
        "traceparent": b"00-ab-cd-01",
    }


def test_a_time_of_another_zone_is_sent_in_utc() -> None:
    there = outgoing()._replace(time=TIME.astimezone(timezone(timedelta(hours=7))))

    assert dict(there.headers("/authorities/37/weather", "sky"))["ce_time"] == b"2026-11-21T03:00:00.123Z"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ce_source": b"/authorities/48/weather"}, "says authority 48"),
        ({"ce_source": b"weather"}, "is not /authorities"),
        ({"ce_source": b"\xff"}, "not UTF-8"),
        ({"ce_source": None}, "is not /authorities"),
        ({"ce_subject": b"another"}, "is not ce_subject"),
        ({"ce_subject": None}, "is not ce_subject"),
        ({"ce_sequence": b"7"}, "20 digits"),
        ({"ce_sequence": b"0" * 20}, "20 digits"),
        ({"ce_sequence": b"9" * 20}, "within range"),
        ({"ce_sequence": None}, "20 digits"),
        ({"ce_time": b"2026-02-30T00:00:00Z"}, "not an instant"),
        ({"ce_time": b"2026-11-21T03:00:00"}, "no zone"),
        ({"ce_time": None}, "ce_time is missing"),
        ({"ce_id": None}, "ce_id is missing"),
        ({"ce_correlationid": b"\xff\xfe"}, "not UTF-8"),
        ({"traceparent": b"\xff"}, "not UTF-8"),
    ],
)
def test_a_header_that_is_not_in_order_is_named(changed: dict[str, bytes | None], said: str) -> None:
    with pytest.raises(Malformed, match=said):
        read(record(headers(**changed), b'{"drops":3}'), Rained)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "no body"),
        (b"", "body"),
        (b"\xff", "body"),
        (b"null", "body"),
        (b'{"drops":"many"}', "drops"),
        (b"{}", "drops"),
    ],
)
def test_a_body_that_is_not_the_events_is_named(value: bytes | None, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        read(record(headers(), value), Rained)


def test_fields_that_a_listener_does_not_use_are_ignored() -> None:
    [event] = read(record(headers(), b'{"drops":3,"colour":"grey"}'), Rained)

    assert event.data.drops == 3


@pytest.mark.parametrize("subject", [b"a.b", b"a b", b"$set", "câu".encode(), b"x" * 121])
def test_a_subject_that_could_not_be_a_key_of_a_document_is_refused(subject: bytes) -> None:
    with pytest.raises(Malformed, match="characters"):
        read(record(headers(ce_subject=subject), b'{"drops":3}', subject), Rained)


@pytest.mark.parametrize("name", ["ocop.37", "ocop.371.skies", "ocop.3a.skies", "other.37.skies", "ocop.37.skies.old"])
def test_a_topic_of_another_form_is_none_of_ours(name: str) -> None:
    with pytest.raises(Malformed):
        speaker_of(name)


def test_the_speaker_of_a_topic_and_of_its_dead_letters_is_in_its_name() -> None:
    assert topic("37", "skies") == "ocop.37.skies"
    assert (speaker_of("ocop.37.skies"), speaker_of("ocop.00.skies.dlq")) == ("37", "00")


def test_an_id_made_by_an_event_is_the_same_however_often_it_comes_and_another_for_another_purpose() -> None:
    assert made_by(rained(1), "cup") == made_by(rained(2), "cup")
    assert made_by(rained(1), "cup") != made_by(rained(1), "saucer")
    assert made_by(rained(1), "cup") != made_by(rained(1, authority="48"), "cup")
    assert named("37", "product") == named("37", "product") != named("00", "product")


def test_headers_of_any_bytes_can_be_shown_and_searched() -> None:
    odd: list[Header] = [("x", b"\xff" * 5_000), ("ce_sequence", b"none"), ("y", None)]

    shown = printable(odd)

    assert shown["x"].startswith("\\xff")
    assert shown["y"] == ""
    assert (type_of(odd), sequence_of(odd), sequence_of(headers())) == (None, 0, 7)
