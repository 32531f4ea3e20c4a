"""Telemetry: a span where there is work, nothing when it is off, and logs that do not drown."""

import json
import logging

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import INVALID_SPAN, SpanKind

from shared.telemetry import Seldom, Tracing, line_of

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exported: InMemorySpanExporter) -> Tracing:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    made = Tracing()
    made.record_with(provider)
    return made


def test_a_span_takes_the_parent_it_is_given_and_names_itself_to_what_follows(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    with tracing.span("outer", SpanKind.SERVER, PARENT, url_path="/cups"):
        told = tracing.current()
        with tracing.span("inner", SpanKind.CONSUMER):
            pass

    inner, outer = exported.get_finished_spans()
    assert outer.context is not None and outer.parent is not None and inner.parent is not None
    assert format(outer.context.trace_id, "032x") == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert format(outer.parent.span_id, "016x") == "00f067aa0ba902b7"
    assert inner.parent.span_id == outer.context.span_id
    assert told == f"00-4bf92f3577b34da6a3ce929d0e0e4736-{outer.context.span_id:016x}-01"
    assert dict(outer.attributes or {}) == {"url.path": "/cups"}


def test_a_span_that_many_wait_for_is_ended_by_whoever_began_it(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    span = tracing.begun("publish", SpanKind.PRODUCER, PARENT)
    assert tracing.current() == "", "it is not the open one"
    assert exported.get_finished_spans() == ()

    span.end()

    assert [each.name for each in exported.get_finished_spans()] == ["publish"]


def test_on_the_console_a_span_is_one_line_of_json(tracing: Tracing, exported: InMemorySpanExporter) -> None:
    with tracing.span("work", SpanKind.SERVER, PARENT):
        pass

    line = line_of(exported.get_finished_spans()[0])

    assert line.count("\n") == 1
    assert json.loads(line)["name"] == "work"


def test_nothing_is_recorded_while_it_is_off() -> None:
    off = Tracing()

    with off.span("work", SpanKind.SERVER, PARENT) as span:
        assert (span, off.current(), off.on) == (INVALID_SPAN, "", False)
    assert off.begun("work", SpanKind.PRODUCER, PARENT) is INVALID_SPAN


def said(text: str, *values: object, name: str = "aiokafka", exc_info: bool = False) -> logging.LogRecord:
    wrong = (ValueError, ValueError(), None) if exc_info else None
    return logging.LogRecord(name, logging.ERROR, __file__, 1, text, values, wrong)


def test_a_library_says_the_same_thing_once_in_a_while_and_then_how_often_it_would_have() -> None:
    now = 0.0
    seldom = Seldom(lambda: now)

    passed = [seldom.filter(said("node %s is away", number)) for number in range(100)]
    now = Seldom.SECONDS
    later = said("node %s is away", 1)

    assert passed == [True] + [False] * 99
    assert seldom.filter(later)
    assert later.getMessage() == "node 1 is away (and 99 times more since)"


def test_other_lines_other_libraries_and_tracebacks_all_pass() -> None:
    seldom = Seldom(lambda: 0.0)
    seldom.filter(said("away"))

    assert seldom.filter(said("back"))
    assert seldom.filter(said("away", name="pymongo"))
    assert seldom.filter(said("away", exc_info=True))
    assert seldom.filter(said("away", exc_info=True))
