"""The ways of a case as data: every state, and every move with who makes it, from where and to where."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

from services.dossier.domain.product import CaseKind
from shared.errors import Refusal

State = Literal[
    "draft",
    "lodged",
    "commune_review",
    "commune_supplement",
    "proposed",
    "agency_check",
    "agency_supplement",
    "submitted",
    "scoring",
    "council_supplement",
    "scored",
    "scoring_stopped",
    "forwarded",
    "central_scoring",
    "central_scored",
    "withdrawn",
    "stopped",
    "disqualified",
    "not_recognised",
    "recognised",
]
"""Where a dossier stands for the agency; an owner is told less, see ``told_of``."""

CLOSED: frozenset[State] = frozenset({"withdrawn", "stopped", "disqualified", "not_recognised", "recognised"})
"""Once closed, always closed: the product is free for another dossier. Only an authority's word still changes it."""
ANNOUNCED: frozenset[State] = frozenset({"not_recognised", "recognised"})
COUNCIL: frozenset[State] = frozenset(
    {"scoring", "scored", "scoring_stopped", "forwarded", "central_scoring", "central_scored"}
)
"""What goes on between councils, which an owner is told as ``scoring`` and nothing more."""
COMPLETE: frozenset[State] = COUNCIL | ANNOUNCED | {"submitted", "council_supplement"}
"""A full file lies, or lay to the end, before a council."""

Way = Literal["by_commune", "direct"]
"""Through commune and agency as article 7 has it, or to the council at once where the province's setting allows."""

Name = Literal[
    "change",
    "lodge",
    "receive",
    "ask",
    "answer",
    "extend",
    "lapse",
    "assess",
    "register",
    "submit",
    "forward",
    "withdraw",
    "stop",
    "disqualify",
    "hear_opened",
    "hear_scored",
    "hear_proposed",
    "hear_stopped",
    "hear_annulled",
    "hear_result",
]

CLOCK = "clock"
"""Who makes a move that no person makes."""
ELSEWHERE = "elsewhere"
"""Who makes a move that is heard of as an event; such a fact is never refused, whatever order facts come in."""

_ALL: frozenset[CaseKind] = frozenset({"first", "upgrade", "re_evaluation"})
_OPEN: tuple[State, ...] = tuple(state for state in get_args(State) if state not in CLOSED)
_WITH_OFFICES: tuple[State, ...] = (
    "lodged",
    "commune_review",
    "commune_supplement",
    "proposed",
    "agency_check",
    "agency_supplement",
)


class Move(NamedTuple):
    """One kind of step: ``by`` whom, from any of ``start`` to one of ``end`` (none: the state stays).

    ``when`` says what else the step depends on, with its article of Decision 26/2026/QĐ-TTg.
    """

    name: Name
    by: tuple[str, ...]
    start: tuple[State, ...]
    end: tuple[State, ...]
    when: str
    way: Way | None = None
    case_kinds: frozenset[CaseKind] = _ALL


MOVES: tuple[Move, ...] = (
    Move("change", ("owner", "commune_officer", "agency"), ("draft",), (), "at any time"),
    Move("change", ("owner", "commune_officer", "agency"), ("submitted",), (), "until scoring opens", way="direct"),
    Move(
        "change",
        ("owner", "commune_officer", "agency"),
        ("commune_supplement", "agency_supplement", "council_supplement"),
        (),
        "by the date of the request",
    ),
    Move("lodge", ("owner", "commune_officer"), ("draft",), ("lodged",), "complete; window of 7.6a; changes of 6.1b"),
    Move("receive", ("commune_officer",), ("lodged",), ("commune_review",), "7.2: a number of the commune's series"),
    Move("ask", ("commune_officer",), ("commune_review",), ("commune_supplement",), "7.2: named items, by a date"),
    Move(
        "answer",
        ("owner", "commune_officer"),
        ("commune_supplement",),
        ("commune_supplement", "commune_review"),
        "by the date of the request",
    ),
    Move("extend", ("commune_officer",), ("commune_supplement",), (), "before the date of the request"),
    Move("lapse", (CLOCK,), ("commune_supplement",), ("commune_review",), "after the date of the request"),
    Move("assess", ("commune_officer",), ("commune_review",), ("proposed",), "7.2: in 15 working days; late is told"),
    Move("register", ("agency",), ("proposed",), ("agency_check",), "7.3: a number of the province's series"),
    Move("ask", ("agency",), ("agency_check",), ("agency_supplement",), "7.3: named items, by a date"),
    Move(
        "answer",
        ("owner", "agency"),
        ("agency_supplement",),
        ("agency_supplement", "agency_check"),
        "by the date of the request",
    ),
    Move("extend", ("agency",), ("agency_supplement",), (), "before the date of the request"),
    Move("lapse", (CLOCK,), ("agency_supplement",), ("agency_check",), "after the date of the request"),
    Move("submit", ("agency",), ("agency_check",), ("submitted",), "7.3: a full file", way="by_commune"),
    Move(
        "submit",
        ("owner", "agency"),
        ("draft", "submitted"),
        ("submitted",),
        "complete; where the province's setting allows",
        way="direct",
    ),
    Move(
        "ask",
        ("agency", "council_secretary"),
        ("submitted", "scoring"),
        ("council_supplement",),
        "7.3c: papers or tests the advisory group asks for, by a date",
    ),
    Move(
        "answer",
        ("owner", "agency"),
        ("council_supplement",),
        ("council_supplement", "submitted", "scoring"),
        "by the date of the request",
    ),
    Move("extend", ("agency", "council_secretary"), ("council_supplement",), (), "before the date of the request"),
    Move("lapse", (CLOCK,), ("council_supplement",), ("submitted", "scoring"), "after the date of the request"),
    Move("forward", ("agency",), ("scored",), ("forwarded",), "6.3, 7.3: potential 5 stars; the package, once"),
    Move(
        "forward",
        ("agency",),
        ("agency_check",),
        ("forwarded",),
        "6.3, 7.6: a certificate of 5 stars comes to its end; the package, once",
        way="by_commune",
        case_kinds=frozenset({"re_evaluation"}),
    ),
    Move("withdraw", ("owner", "agency"), _OPEN, ("withdrawn",), "until the result is announced"),
    Move("stop", ("agency",), (*_WITH_OFFICES, "scoring_stopped"), ("stopped",), "with a ground and reasons"),
    Move(
        "disqualify", ("agency",), (*_WITH_OFFICES, "scoring_stopped"), ("disqualified",), "annex II: ground, reasons"
    ),
    Move("hear_opened", (ELSEWHERE,), ("submitted",), ("scoring",), "EvaluationOpened"),
    Move("hear_opened", (ELSEWHERE,), ("forwarded",), ("central_scoring",), "EvaluationOpened of the centre"),
    Move(
        "hear_proposed",
        (ELSEWHERE,),
        ("submitted", "scoring"),
        ("council_supplement",),
        "SupplementProposed, 7.3c: asked at once where nothing else is",
    ),
    Move("hear_scored", (ELSEWHERE,), ("submitted", "scoring", "council_supplement"), ("scored",), "ScoreFinalized"),
    Move("hear_scored", (ELSEWHERE,), ("forwarded", "central_scoring"), ("central_scored",), "ScoreFinalized"),
    Move(
        "hear_stopped",
        (ELSEWHERE,),
        (
            "submitted",
            "scoring",
            "council_supplement",
            "scored",
            "forwarded",
            "central_scoring",
            "central_scored",
        ),
        ("scoring_stopped",),
        "EvaluationStopped",
    ),
    Move("hear_annulled", (ELSEWHERE,), ("submitted", "scored", "council_supplement"), ("scoring",), "ScoreAnnulled"),
    Move(
        "hear_annulled",
        (ELSEWHERE,),
        ("scored",),
        ("council_supplement",),
        "ScoreAnnulled, while what the council had asked for is still awaited",
    ),
    Move("hear_annulled", (ELSEWHERE,), ("forwarded", "central_scored"), ("central_scoring",), "ScoreAnnulled"),
    Move(
        "hear_result",
        (ELSEWHERE,),
        (*_OPEN, "withdrawn", "stopped", "disqualified", "not_recognised"),
        ("recognised", "not_recognised"),
        "ResultAnnounced: the authority's word ends the case, also one that had ended otherwise",
    ),
)


MOVERS: tuple[str, ...] = tuple(
    dict.fromkeys(role for move in MOVES for role in move.by if role not in (CLOCK, ELSEWHERE))
)
"""Everybody who makes a move by hand; each may ask for any, and is told which are allowed."""


class DossierClosed(Refusal):
    vi = "Hồ sơ đã kết thúc ({state}). Hãy lập hồ sơ mới cho sản phẩm."
    en = "The dossier is closed ({state}). Open a new one for the product."


class DossierUnderEvaluation(Refusal):
    """From the opening of the evaluation on, the rated file is frozen."""

    vi = "Hội đồng đã mở đánh giá, hồ sơ không sửa được nữa. Việc bạn còn làm được: {allowed}."
    en = "The council has opened its evaluation; the file is frozen. What you may do now: {allowed}."


class MoveNotAllowed(Refusal):
    """A step that this person may not make from where the dossier stands."""

    vi = "Hồ sơ đang ở bước «{state}» nên bạn không làm được «{move}». Việc bạn làm được lúc này: {allowed}."
    en = "The dossier stands at “{state}”, where you cannot “{move}”. What you may do now: {allowed}."


class MoveOfOthers(Refusal):
    """A step that this person never makes, wherever the dossier stands."""

    status = 403
    vi = "Việc «{move}» dành cho: {roles}. Việc bạn làm được lúc này: {allowed}."
    en = "To “{move}” is for: {roles}. What you may do now: {allowed}."


class Standing(NamedTuple):
    """What a move depends on: where the dossier stands, as the one who asks may know it, and what case it is."""

    state: State
    case_kind: CaseKind
    way: Way | None
    """None as long as neither way has been taken."""

    @property
    def closed(self) -> bool:
        return self.state in CLOSED


def allowed(standing: Standing, role: str) -> tuple[Name, ...]:
    """The moves that somebody in ``role`` may make, each once, in the order of the table."""
    return tuple(dict.fromkeys(move.name for move in _open_to(standing, role)))


def permit(standing: Standing, name: Name, role: str) -> Move:
    """The move ``name`` by somebody in ``role``.

    Raises ``DossierClosed``, or with the moves that are allowed ``MoveOfOthers``, ``DossierUnderEvaluation`` or
    ``MoveNotAllowed``.
    """
    moves = [move for move in _open_to(standing, role) if move.name == name]
    if moves:
        return moves[0]
    if standing.closed:
        raise DossierClosed(state=standing.state)
    possible = ", ".join(allowed(standing, role)) or "—"
    if role not in roles_of(name):
        raise MoveOfOthers(move=name, roles=", ".join(roles_of(name)), allowed=possible)
    if standing.state in COUNCIL and name in ("change", "submit"):
        raise DossierUnderEvaluation(allowed=possible)
    raise MoveNotAllowed(state=standing.state, move=name, allowed=possible)


def roles_of(name: Name) -> tuple[str, ...]:
    """Everybody who makes the move ``name`` from somewhere."""
    return tuple(dict.fromkeys(role for move in MOVES if move.name == name for role in move.by))


def declared(name: Name, before: State, after: State) -> bool:
    """Whether the table knows the move ``name`` from ``before`` to ``after``."""
    return any(
        move.name == name and before in move.start and (after in move.end if move.end else after == before)
        for move in MOVES
    )


def _open_to(standing: Standing, role: str) -> Iterator[Move]:
    for move in MOVES:
        if (
            role in move.by
            and standing.state in move.start
            and standing.case_kind in move.case_kinds
            and (move.way is None or standing.way is None or move.way == standing.way)
        ):
            yield move
