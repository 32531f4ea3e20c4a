"""The whole bus as one AsyncAPI 3.0 document: topics, headers, keys, and who sends and receives what."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.contracts.voices import ROOT, Voice, facts, folder_of
from shared.document import Fact
from shared.parked import EventParked

SUBJECTS = {
    "dossiers": "the dossier's id",
    "scores": "the evaluation's id, one per dossier, authority and attempt",
    "certificates": "the id of what one authority decides for one product",
    "dlq": "the id of the lane: the topic and the key of the parked event",
}
OTHER_SUBJECTS = {"RecognitionDecided": "the decision's id, decision/<authority>/<year>/<number>"}
STREAMS = {
    "dossiers": "Dossiers before a council. For the services and the national hub.",
    "scores": "What councils conclude. For the services and the national hub; never told before it is announced.",
    "certificates": "Results, certificates and their ends. Open to subscribers.",
}

Node = dict[str, Any]
"""A piece of the document, in AsyncAPI's own shape."""


def document(voices: Sequence[Voice], root: Path = ROOT) -> str:
    """The document as YAML."""
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    spoken = [fact for _, fact in facts(list(voices))]
    described = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OCOP Hub",
            "version": version,
            "description": (
                "Events of the OCOP services on Kafka, as CloudEvents 1.0 in binary mode. Every authority speaks on "
                "its own topics. The record key is the subject; events of one subject are in order and numbered "
                "without a gap, between subjects there is no order. This file is written by `make contracts`."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {**_channels(spoken), **_dead_letters(voices)},
        "operations": _operations(voices),
        "components": {
            "parameters": {
                "authority": {"description": "The two-digit code of the province that speaks, or 00 for the centre."}
            },
            "messages": {fact.__name__: _message(fact, root) for fact in spoken},
            "schemas": {"CloudEvent": _headers()},
        },
    }
    text: str = yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=118)
    return "# Written by `make contracts` from the services' events.py. Do not edit.\n" + text


def _channels(spoken: Sequence[type[Fact]]) -> Node:
    streams = sorted({fact.STREAM for fact in spoken} - {EventParked.STREAM})
    return {
        stream: {
            "address": f"ocop.{{authority}}.{stream}",
            "description": STREAMS[stream],
            "parameters": {"authority": {"$ref": "#/components/parameters/authority"}},
            "messages": {
                fact.__name__: {"$ref": f"#/components/messages/{fact.__name__}"}
                for fact in spoken
                if stream == fact.STREAM
            },
            "bindings": _topic(),
        }
        for stream in streams
    }


def _dead_letters(voices: Sequence[Voice]) -> Node:
    streams = sorted({stream for voice in voices for stream in voice.streams})
    return {
        f"{stream}-dlq": {
            "address": f"ocop.{{authority}}.{stream}.dlq",
            "description": f"Events of {stream} that a service has parked, for operators.",
            "parameters": {"authority": {"$ref": "#/components/parameters/authority"}},
            "messages": {"EventParked": {"$ref": "#/components/messages/EventParked"}},
            "bindings": _topic(),
        }
        for stream in streams
    }


def _topic() -> Node:
    kept = {"cleanup.policy": ["delete"], "retention.ms": -1}
    return {"kafka": {"partitions": 2, "topicConfiguration": kept, "bindingVersion": "0.5.0"}}


def _operations(voices: Sequence[Voice]) -> Node:
    """One per service, direction and stream."""
    made: Node = {}
    names = {fact.TYPE: fact.__name__ for _, fact in facts(list(voices))}
    for voice in voices:
        said = {fact.STREAM for fact in voice.publishes}
        for stream in sorted(said):
            messages = [fact.__name__ for fact in voice.publishes if stream == fact.STREAM]
            made[f"{voice.service}-sends-{stream}"] = _operation("send", voice.service, stream, messages)
        for stream in voice.streams:
            # What nobody says has no message to point to; the checks tell.
            messages = [names[each.TYPE] for each in voice.consumes if stream == each.STREAM and each.TYPE in names]
            made[f"{voice.service}-receives-{stream}"] = _operation("receive", voice.service, stream, messages)
            made[f"{voice.service}-parks-{stream}"] = _operation(
                "send", voice.service, f"{stream}-dlq", ["EventParked"]
            )
    return made


def _operation(action: str, service: str, channel: str, messages: Sequence[str]) -> Node:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }


def _message(fact: type[Fact], root: Path) -> Node:
    folder = f"events/{folder_of(fact)}"
    subject = OTHER_SUBJECTS.get(fact.__name__, SUBJECTS[fact.STREAM])
    examples = sorted((root / "contracts" / folder / "examples").glob("*.json"))
    return {
        "name": fact.TYPE,
        "title": fact.__name__,
        "summary": " ".join((fact.__doc__ or "").split()),
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {"type": "object", "properties": {"ce_type": {"const": fact.TYPE}}},
            ]
        },
        "payload": {"$ref": f"./{folder}/schema.json"},
        "bindings": {"kafka": {"key": {"type": "string", "description": subject}, "bindingVersion": "0.5.0"}},
        "examples": [{"name": file.stem, "payload": json.loads(file.read_text())} for file in examples],
    }


def _headers() -> Node:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": [
            "ce_specversion",
            "ce_id",
            "ce_source",
            "ce_type",
            "ce_subject",
            "ce_time",
            "ce_dataschema",
            "ce_sequence",
            "ce_correlationid",
            "ce_causationid",
            "content-type",
        ],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": text | {"description": "<subject>.<sequence>"},
            "ce_source": text | {"pattern": r"^/authorities/\d\d/[a-z]+$"},
            "ce_type": text | {"pattern": r"^vn\.ocop\.[a-z-]+\.[a-z-]+\.v\d+$"},
            "ce_subject": text | {"description": "The id of what the event is about, and the record key."},
            "ce_time": text | {"format": "date-time"},
            "ce_dataschema": text | {"description": "The $id of the data's JSON Schema."},
            "ce_sequence": text
            | {
                "pattern": r"^\d{20}$",
                "description": "The subject's own counter, one more for every event; the first four digits are an "
                "epoch that only a restore from backup raises.",
            },
            "ce_correlationid": text | {"description": "The same for everything that one request has caused."},
            "ce_causationid": text | {"description": "The event or command that caused this one; may be empty."},
            "traceparent": text | {"description": "W3C trace context."},
            "content-type": {"const": "application/json"},
        },
    }
