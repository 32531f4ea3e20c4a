"""Events as subscribers get them: CloudEvents 1.0 as one JSON object (structured mode)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue

MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"


def cloud_event(
    *, id: str, source: str, type: str, subject: str, time: datetime, data: JsonValue, **extensions: str
) -> dict[str, JsonValue]:
    """The event with its context beside its data. Extensions are lower-case words, as CloudEvents asks."""
    return {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type,
        "subject": subject,
        "time": time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        **extensions,
        "data": data,
    }


def as_json(event: Mapping[str, JsonValue]) -> str:
    """The one text of an event: sorted names, no blanks; what is signed, hashed and sent."""
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
