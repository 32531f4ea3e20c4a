"""An authority's own words: proved to fit their event before they are saved, and filled without a way to fail."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import get_args, get_origin

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel

from services.notification.days import days_before, written_day
from services.notification.domain.wording import Words
from shared.document import Heard
from shared.errors import Flaw

Kind = object
"""What stands at a place: a type as an event's model declares it."""

_TAKES: Mapping[str, tuple[type, int]] = {"day": (date, 0), "days_before": (date, 1), "length": (tuple, 0)}
"""The filters there are, what each is put on, and how many numbers it takes."""
_GIVES: Mapping[str, type] = {"day": str, "days_before": date, "length": int}


@pass_context
def _day(context: Context, on: date) -> str:
    return written_day(on, context["language"])


_ENVIRONMENT = SandboxedEnvironment(
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: "" if value is None else value,
)
# Nothing but what is checked below can be written.
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters = {"day": _day, "days_before": days_before, "length": len}


class _Unfit(Exception):
    """Something in the words does not fit, with a sentence in each language."""

    def __init__(self, vi: str, en: str) -> None:
        self.vi, self.en = vi, en


def flaws_of(words: Words, heard: type[Heard]) -> Iterator[Flaw]:
    """What in these words does not fit the event, each with its place."""
    places = [("/subject", words.subject)]
    places += [(f"/paragraphs/{place}", paragraph) for place, paragraph in enumerate(words.paragraphs)]
    for pointer, source in places:
        try:
            _follow(_ENVIRONMENT.parse(source).body, {"event": heard})
        except TemplateSyntaxError as error:
            yield Flaw(pointer, f"Cú pháp chưa đúng: {error.message}", f"The syntax is wrong: {error.message}")
        except _Unfit as unfit:
            yield Flaw(pointer, unfit.vi, unfit.en)


def filled(words: Words, event: Heard, language: str) -> tuple[str, tuple[str, ...]]:
    """The subject and those paragraphs of which something is left."""
    subject, *paragraphs = (
        _compiled(source).render(event=event, language=language).strip()
        for source in (words.subject, *words.paragraphs)
    )
    return subject, tuple(paragraph for paragraph in paragraphs if paragraph)


def fields_of(heard: type[Heard]) -> list[str]:
    """What may be filled in, as it is written."""
    return [f"event.{name}" for name in _leaves(heard)]


@lru_cache(maxsize=1_000)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


def _leaves(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from (f"{name}.{leaf}" for leaf in _leaves(inner))
        else:
            yield name


def _follow(found: list[nodes.Node], names: Mapping[str, Kind]) -> None:
    """Go through the words with the names known at this place. Raises ``_Unfit``."""
    for node in found:
        match node:
            case nodes.Output():
                for each in node.nodes:
                    if not isinstance(each, nodes.TemplateData):
                        _kind(each, names)
            case nodes.If():
                _kind(node.test, names)
                _follow([*node.body, *node.elif_, *node.else_], names)
            case nodes.For(target=nodes.Name(name=name), test=None, recursive=False):
                if len(names) > 1:
                    # A list inside a list inside a list would keep a worker busy for ever.
                    raise _Unfit("Không lặp trong một vòng lặp khác.", "A list is not gone through inside another one.")
                listed = _kind(node.iter, names)
                if get_origin(listed) is not tuple:
                    raise _Unfit(
                        "Chỉ lặp được trên một danh sách của sự kiện.", "Only a list of the event is gone through."
                    )
                _follow([*node.body, *node.else_], {**names, name: get_args(listed)[0]})
            case _:
                raise _not_allowed()


def _kind(node: nodes.Node, names: Mapping[str, Kind]) -> Kind:
    """The type of what is written here. Raises ``_Unfit`` for what the event does not have, or what could fail."""
    match node:
        case nodes.Name():
            if node.name not in names:
                raise _unknown(node.name)
            return names[node.name]
        case nodes.Const():
            return type(node.value)
        case nodes.Getattr():
            of = _kind(node.node, names)
            if not (isinstance(of, type) and issubclass(of, BaseModel) and node.attr in of.model_fields):
                raise _unknown(node.attr)
            return of.model_fields[node.attr].annotation
        case nodes.Filter():
            return _through(node, names)
        case nodes.Compare():
            kinds = [_kind(node.expr, names), *(_kind(each.expr, names) for each in node.ops)]
            if any(each.op not in ("eq", "ne") for each in node.ops) and set(kinds) != {int}:
                raise _Unfit("Chỉ so sánh lớn, nhỏ giữa các số.", "Only numbers are compared by size.")
            return bool
        case nodes.And() | nodes.Or():
            _kind(node.left, names)
            _kind(node.right, names)
            return bool
        case nodes.Not():
            _kind(node.node, names)
            return bool
        case _:
            raise _not_allowed()


def _through(node: nodes.Filter, names: Mapping[str, Kind]) -> Kind:
    if node.name not in _TAKES or node.node is None:
        raise _unknown(node.name)
    wanted, count = _TAKES[node.name]
    given = _kind(node.node, names)
    sound = (isinstance(given, type) and issubclass(given, wanted)) or get_origin(given) is wanted
    numbers = all(
        isinstance(each, nodes.Const) and type(each.value) is int and 0 <= each.value <= 3_660 for each in node.args
    )
    if not sound or len(node.args) != count or not numbers or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise _Unfit(f"«{node.name}» không dùng được ở đây.", f"“{node.name}” cannot be used here.")
    return _GIVES[node.name]


def _unknown(name: str) -> _Unfit:
    return _Unfit(f"Sự kiện không có «{name[:80]}».", f"The event has no “{name[:80]}”.")


def _not_allowed() -> _Unfit:
    return _Unfit(
        "Chỉ dùng được trường của sự kiện, điều kiện và danh sách.",
        "Only the event's fields, conditions and lists can be used.",
    )
