"""What a validator found wrong, as flaws with a place and a sentence in Vietnamese and in English."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from shared.errors import Flaw

_GENERAL = ("Giá trị không hợp lệ.", "The value is not valid.")

_TEXT = ("Phải là chữ.", "It must be text.")
_WHOLE = ("Phải là số nguyên.", "It must be a whole number.")
_NUMBER = ("Phải là số.", "It must be a number.")
_DATE = ("Phải là ngày có thật, dạng NNNN-TT-NN.", "It must be a day that exists, written YYYY-MM-DD.")
_INSTANT = (
    "Phải là thời điểm có thật theo ISO 8601.",
    "It must be an instant that exists, written as in ISO 8601.",
)
_ZONED = ("Thời điểm phải có múi giờ.", "The instant must carry its time zone.")
_TRUTH = ("Phải là true hoặc false.", "It must be true or false.")
_OBJECT = ("Phải là một đối tượng JSON.", "It must be a JSON object.")
_LIST = ("Phải là một danh sách.", "It must be a list.")
_UUID = ("Phải là một UUID.", "It must be a UUID.")
_KIND = (
    "Thiếu hoặc sai trường phân loại; được dùng: {expected_tags}.",
    "Its kind must be one of: {expected_tags}.",
)

_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("Thiếu trường này.", "This field is missing."),
    "extra_forbidden": ("Không có trường này; hãy bỏ đi.", "There is no such field; leave it out."),
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "string_unicode": ("Chữ không đúng UTF-8.", "The text is not valid UTF-8."),
    "string_too_short": (
        "Phải có ít nhất {min_length} ký tự.",
        "It must have at least {min_length} character(s).",
    ),
    "string_too_long": (
        "Không được quá {max_length} ký tự.",
        "It must have at most {max_length} character(s).",
    ),
    "string_pattern_mismatch": ("Phải có dạng {pattern}.", "It must match {pattern}."),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": ("Số quá lớn.", "The number is too large."),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": ("Phải là số hữu hạn.", "It must be a finite number."),
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": (
        "Không được quá {max_digits} chữ số.",
        "It must have at most {max_digits} digits.",
    ),
    "decimal_max_places": (
        "Không được quá {decimal_places} chữ số thập phân.",
        "It must have at most {decimal_places} decimal places.",
    ),
    "decimal_whole_digits": (
        "Phần nguyên không được quá {whole_digits} chữ số.",
        "It must have at most {whole_digits} digits before the point.",
    ),
    "greater_than": ("Phải lớn hơn {gt}.", "It must be greater than {gt}."),
    "greater_than_equal": ("Phải từ {ge} trở lên.", "It must be {ge} or more."),
    "less_than": ("Phải nhỏ hơn {lt}.", "It must be less than {lt}."),
    "less_than_equal": ("Không được quá {le}.", "It must be {le} or less."),
    "multiple_of": ("Phải là bội của {multiple_of}.", "It must be a multiple of {multiple_of}."),
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_past": ("Phải là một ngày đã qua.", "It must be a day in the past."),
    "date_future": ("Phải là một ngày sắp tới.", "It must be a day in the future."),
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": _ZONED,
    "timezone_naive": ("Thời điểm không được có múi giờ.", "The instant must not carry a time zone."),
    "enum": ("Phải là một trong: {expected}.", "It must be one of: {expected}."),
    "literal_error": ("Phải là một trong: {expected}.", "It must be one of: {expected}."),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "too_short": ("Phải có ít nhất {min_length} mục.", "It must have at least {min_length} item(s)."),
    "too_long": ("Không được quá {max_length} mục.", "It must have at most {max_length} item(s)."),
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "none_required": ("Phải để trống (null).", "It must be null."),
    "union_tag_invalid": _KIND,
    "union_tag_not_found": (
        "Thiếu trường phân loại {discriminator}.",
        "The field {discriminator} is missing.",
    ),
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "uuid_version": _UUID,
    "url_type": ("Phải là một địa chỉ web.", "It must be a web address."),
    "url_parsing": ("Phải là một địa chỉ web.", "It must be a web address."),
    "url_scheme": (
        "Địa chỉ web phải bắt đầu bằng: {expected_schemes}.",
        "The web address must start with: {expected_schemes}.",
    ),
    "value_error": ("Giá trị không hợp lệ: {error}.", "The value is not valid: {error}."),
    "assertion_error": ("Giá trị không hợp lệ: {error}.", "The value is not valid: {error}."),
}


def flaw_in_value(kind: str, vi: str, en: str) -> PydanticCustomError:
    """An error for a validator to raise, with its own sentence in each language."""
    # The sentence goes through the context, because a template would read braces in it as places to fill.
    return PydanticCustomError(kind, "{en}", {"vi": vi, "en": en})


def flaws(errors: Sequence[Mapping[str, Any]]) -> list[Flaw]:
    """The errors of pydantic (``ValidationError.errors()``) as flaws of a request."""
    return [Flaw(_pointer(error["loc"]), *_sentences(error)) for error in errors]


def _sentences(error: Mapping[str, Any]) -> tuple[str, str]:
    context = {name: str(value)[:200] for name, value in (error.get("ctx") or {}).items()}
    if "vi" in context and "en" in context:
        return context["vi"], context["en"]
    vi, en = _SENTENCES.get(error["type"], _GENERAL)
    try:
        return vi.format(**context), en.format(**context)
    except KeyError:
        return _GENERAL


def _pointer(place: Sequence[str | int]) -> str:
    """Where in the request: a JSON pointer (RFC 6901) into the body, else the part and its name."""
    where, *steps = place
    if where == "body":
        return "".join(f"/{_escaped(str(step))}" for step in steps)
    name = ".".join(str(step) for step in steps)
    return {"query": f"?{name}", "path": f"{{{name}}}", "header": f"{name}:"}.get(str(where), name)


def _escaped(step: str) -> str:
    return step[:100].replace("~", "~0").replace("/", "~1")
