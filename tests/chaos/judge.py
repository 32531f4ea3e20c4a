"""The proofs: each counts what it looked at and names whatever is lost, doubled, out of order or untrue."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.chaos.client import Command
from tests.chaos.evidence import Evidence, Raw, Seen

Origin = tuple[str, str]
"""Source and subject of an event."""

MESSAGES = frozenset(
    f"vn.ocop.{what}.v1"
    for what in (
        "dossier.submitted",
        "dossier.withdrawn",
        "result.announced",
        "certificate.issued",
        "certificate.handed-over",
        "certificate.expiring",
        "certificate.expired",
    )
)
"""The events of which an owner is told."""


@dataclass(frozen=True)
class Verdict:
    """What one proof has looked at, and what it found wrong."""

    what: str
    looked_at: int
    wrong: Sequence[str]

    @property
    def holds(self) -> bool:
        return not self.wrong


def firsts(evidence: Evidence) -> dict[tuple[Origin, int], Seen]:
    """The first appearance of each event, by origin and sequence; what is no event is left out."""
    found: dict[tuple[Origin, int], Seen] = {}
    for record in evidence.records:
        if record.sequence and record.source:
            found.setdefault(((record.source, record.subject), record.sequence), record)
    return found


def spoken(evidence: Evidence) -> Verdict:
    """Every event a document has spoken is on its topic, and no other is."""
    there: defaultdict[Origin, set[int]] = defaultdict(set)
    for origin, sequence in firsts(evidence):
        there[origin].add(sequence)
    wrong, count = [], 0
    for service, documents in evidence.documents.items():
        for id, raw in documents.items():
            last = raw.get("spoken", 0)
            count += last
            found = there.pop((f"/authorities/{raw['authority']}/{service}", id), set())
            if missing := sorted(set(range(1, last + 1)) - found):
                wrong.append(f"{service} {id}: events {missing} were never published")
            if invented := sorted(found - set(range(1, last + 1))):
                wrong.append(f"{service} {id}: events {invented} are published, and the document knows nothing of them")
    wrong += [f"{source} {subject}: spoken by no document" for source, subject in there]
    return Verdict("events lost between document and topic", count, wrong)


def ordered(evidence: Evidence) -> Verdict:
    """The first time each event appears, the one before it has appeared just before."""
    last: Counter[Origin] = Counter()
    wrong, count = [], 0
    for record in evidence.records:
        if not record.sequence or not record.source:
            continue
        origin = (record.source, record.subject)
        if record.sequence <= last[origin]:
            continue
        count += 1
        if record.sequence != last[origin] + 1:
            wrong.append(f"{record.topic} {record.subject}: {record.sequence} appears first after {last[origin]}")
        last[origin] = record.sequence
    return Verdict("first appearances out of order", count, wrong)


def same_words(evidence: Evidence) -> Verdict:
    """An event that appears again says the same, byte for byte, on the same topic and partition."""
    first: dict[tuple[Origin, int], Seen] = {}
    wrong, repeats = [], 0
    for record in evidence.records:
        if not record.sequence or not record.source:
            continue
        known = first.setdefault(((record.source, record.subject), record.sequence), record)
        if known is not record:
            repeats += 1
            if (known.topic, known.partition, known.value, known.headers) != (
                record.topic,
                record.partition,
                record.value,
                record.headers,
            ):
                wrong.append(f"{record.topic} {record.subject}.{record.sequence}: said twice in different words")
    return Verdict("events repeated in other words", repeats, wrong)


def outboxes(evidence: Evidence) -> Verdict:
    """Nothing waits to be published."""
    wrong, count = [], 0
    for service, documents in evidence.documents.items():
        for id, raw in documents.items():
            count += 1
            if raw.get("outbox"):
                wrong.append(f"{service} {id}: {len(raw['outbox'])} events in its outbox")
    return Verdict("outboxes left", count, wrong)


def answers(evidence: Evidence) -> Verdict:
    """Every command was answered as it had to be: those that must be refused were, the others were not."""
    wrong = []
    for command in evidence.commands:
        right = {"pass": command.passed, "refuse": command.refused, "either": command.passed or command.refused}
        if not right[command.expected]:
            wrong.append(
                f"{command.kind} {command.path} after {command.attempts} attempts: {command.status} "
                f"where «{command.expected}» was due: {json.dumps(command.answer, ensure_ascii=False)[:600]}"
            )
    return Verdict("commands answered wrongly", len(evidence.commands), wrong)


def commands(evidence: Evidence) -> Verdict:
    """What was answered with success is in the state exactly once, what was refused is not there at all."""
    by_kind: defaultdict[str, list[Command]] = defaultdict(list)
    for command in evidence.commands:
        by_kind[command.kind].append(command)
    wrong: list[str] = []
    for kind, sent in by_kind.items():
        if kind in _EFFECTS:
            wrong += _EFFECTS[kind](evidence, sent)
    for service, documents in evidence.documents.items():
        for id, raw in documents.items():
            remembered = Counter(entry["command"] for entry in raw.get("done", ()))
            wrong += [
                f"{service} {id}: command {one} is remembered {n} times" for one, n in remembered.items() if n > 1
            ]
    return Verdict("commands lost or applied twice", sum(map(len, by_kind.values())), wrong)


def _made(kind: str, service: str, name: str) -> Callable[[Evidence, Sequence[Command]], Iterator[str]]:
    """Commands that make one document each, known by a name of its own."""

    def check(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
        there = Counter(raw[name] for raw in evidence.of_kind(service, kind))
        passed = Counter(command.about["name"] for command in sent if command.passed)
        for one in there.keys() | passed.keys():
            if there[one] != passed[one]:
                yield f"{kind} {one}: {passed[one]} answered with success, {there[one]} there"

    return check


def _patches(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
    """Each field has one writer, who waits for each answer: its last success is what the document holds."""
    last: dict[tuple[str, str], Command] = {}
    for command in sorted(sent, key=lambda each: each.began):
        if command.passed:
            last[command.about["dossier"], command.about["field"]] = command
    for (id, field), command in last.items():
        held = evidence.documents["dossier"][id]["form"][field]
        if held != command.about["value"]:
            yield f"dossier {id}: {field} is {held!r}, the last change answered with success {command.about['value']!r}"


def _submissions(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
    passed: defaultdict[str, list[int]] = defaultdict(list)
    for command in sent:
        if command.passed:
            passed[command.about["dossier"]].append(command.answer["manifest_version"])
    for raw in evidence.of_kind("dossier", "Dossier"):
        held = [each["manifest_version"] for each in raw["submissions"]]
        if held != sorted(passed[raw["_id"]]) or held != list(range(1, len(held) + 1)):
            yield f"dossier {raw['_id']}: versions {held} submitted, {sorted(passed[raw['_id']])} answered with success"


def _withdrawals(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
    passed = Counter(command.about["dossier"] for command in sent if command.passed)
    for raw in evidence.of_kind("dossier", "Dossier"):
        if passed[raw["_id"]] != (raw["withdrawn"] is not None):
            yield f"dossier {raw['_id']}: withdrawn {passed[raw['_id']]} times by answer, holds {raw['withdrawn']}"


def _sheets(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
    passed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    totals: Counter[str] = Counter()
    for command in sent:
        if command.passed:
            passed[command.about["evaluation"]][command.about["by"]] += 1
            totals[command.about["evaluation"]] += command.answer["total"]
    for raw in evidence.of_kind("scoring", "Evaluation"):
        held = Counter(sheet["member"] for sheet in raw["sheets"])
        if held != passed[raw["_id"]]:
            yield f"evaluation {raw['_id']}: sheets {dict(held)}, answered with success {dict(passed[raw['_id']])}"
        if (total := sum(sheet["total"] for sheet in raw["sheets"])) != totals[raw["_id"]]:
            yield f"evaluation {raw['_id']}: the sheets sum to {total}, the answers to {totals[raw['_id']]}"


def _finalisations(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
    passed = Counter(command.about["evaluation"] for command in sent if command.passed)
    for raw in evidence.of_kind("scoring", "Evaluation"):
        if passed[raw["_id"]] != (raw["state"] == "finalised"):
            yield f"evaluation {raw['_id']}: {raw['state']}, finalised {passed[raw['_id']]} times by answer"


def _decisions(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
    passed: defaultdict[str, list[Command]] = defaultdict(list)
    for command in sent:
        if command.passed:
            passed[command.answer["id"]].append(command)
    for raw in evidence.of_kind("certification", "RecognitionDecision"):
        answered = passed.pop(raw["_id"], [])
        if len(answered) != (raw["state"] == "issued"):
            yield f"{raw['_id']} is {raw['state']}, answered with success {len(answered)} times"
        elif answered:
            told = {each["number"] for each in answered[0].answer["certificates"]}
            kept = {item["certificate_number"] for item in raw["items"]} - {None}
            if told != kept:
                yield f"{raw['_id']}: certificates {sorted(kept)}, answered {sorted(told)}"
            if {item["evaluation_id"] for item in raw["items"]} != set(answered[0].about["evaluations"]):
                yield f"{raw['_id']}: its items are not those that were asked for"
    yield from (f"{id} was answered with success and is not there" for id in passed)


def _handovers(evidence: Evidence, sent: Sequence[Command]) -> Iterator[str]:
    given = {
        certificate["number"]: (certificate["handed_over"] or {}).get("handover_id")
        for raw in evidence.of_kind("certification", "Recognition")
        for certificate in raw["certificates"]
    }
    by_answer = {
        number: command.answer["id"] for command in sent if command.passed for number in command.about["numbers"]
    }
    for number, handover in given.items():
        if handover != by_answer.get(number):
            yield f"certificate {number}: handed over by {handover}, answered with success {by_answer.get(number)}"


_EFFECTS: Mapping[str, Callable[[Evidence, Sequence[Command]], Iterable[str]]] = {
    "owner": _made("Owner", "dossier", "name"),
    "product": _made("Product", "dossier", "name"),
    "open": _made("Dossier", "dossier", "product_name"),
    "patch": _patches,
    "submit": _submissions,
    "withdraw": _withdrawals,
    "sheet": _sheets,
    "finalise": _finalisations,
    "decide": _decisions,
    "handover": _handovers,
}


def _events(evidence: Evidence, *names: str) -> Iterator[tuple[Seen, Any]]:
    """The first appearance of each event of these types, with its body."""
    types = {f"vn.ocop.{name}.v1" for name in names}
    for record in firsts(evidence).values():
        if record.type in types and record.value is not None:
            yield record, json.loads(record.value)


def followed(evidence: Evidence) -> Verdict:
    """Every event that concerns another service is reflected there."""
    count, wrong = 0, []
    for proof in (_opened, _scored, _stopped, _waiting, _taken_back, _announced, _certified, _planned):
        for holds, what in proof(evidence):
            count += 1
            if not holds:
                wrong.append(what)
    return Verdict("events lost between topic and listener", count, wrong)


Found = Iterator[tuple[bool, str]]


def _dossier(evidence: Evidence, id: str) -> Raw:
    return evidence.documents["dossier"][id]


def _slot(evidence: Evidence, dossier: str, evaluation: str) -> Raw:
    return next((each for each in _dossier(evidence, dossier)["evaluations"] if each["id"] == evaluation), {})


def _opened(evidence: Evidence) -> Found:
    evaluated = {raw["dossier_id"] for raw in evidence.of_kind("scoring", "Evaluation")}
    for record, _ in _events(evidence, "dossier.submitted"):
        yield record.subject in evaluated, f"{record.subject}.{record.sequence} submitted, no evaluation"
    last: dict[str, Any] = {}
    for record, body in _events(evidence, "evaluation.opened"):
        last[record.subject] = body
    for id, body in last.items():
        held = (_slot(evidence, body["dossier_id"], id).get("opened") or {}).get("manifest_version")
        yield held == body["manifest_version"], f"evaluation {id} opened, dossier {body['dossier_id']} holds {held}"


def _scored(evidence: Evidence) -> Found:
    for record, body in _events(evidence, "score.finalized"):
        held = _slot(evidence, body["dossier_id"], record.subject).get("score") or {}
        yield held.get("total_sum") == body["total_sum"], f"score of {record.subject}: dossier holds {held or None}"


def _stopped(evidence: Evidence) -> Found:
    for record, body in _events(evidence, "evaluation.stopped"):
        held = _slot(evidence, body["dossier_id"], record.subject).get("stopped")
        yield held is not None, f"evaluation {record.subject} stopped, the dossier does not know"


def _results(evidence: Evidence) -> dict[str, list[tuple[Raw, Raw]]]:
    found: defaultdict[str, list[tuple[Raw, Raw]]] = defaultdict(list)
    for raw in evidence.of_kind("certification", "Recognition"):
        for result in raw["results"]:
            found[result["evaluation_id"]].append((raw, result))
    return found


def _waiting(evidence: Evidence) -> Found:
    results = _results(evidence)
    for record, _ in _events(evidence, "score.finalized"):
        yield record.subject in results, f"score of {record.subject}: no result waits in certification"


def _taken_back(evidence: Evidence) -> Found:
    known = {
        each["dossier_id"] for raw in evidence.of_kind("certification", "Recognition") for each in raw["withdrawals"]
    }
    ended = {
        raw["dossier_id"]
        for raw in evidence.of_kind("scoring", "Evaluation")
        if raw["state"] in ("stopped", "finalised")
    }
    for record, body in _events(evidence, "dossier.withdrawn"):
        if body["attempt"] is not None:
            yield record.subject in known, f"withdrawal of {record.subject}: certification does not know"
            yield record.subject in ended, f"withdrawal of {record.subject}: its evaluation goes on"


def _announced(evidence: Evidence) -> Found:
    results = _results(evidence)
    for record, body in _events(evidence, "recognition.decided"):
        for item in body["items"]:
            _, result = results.get(item["evaluation_id"], [({}, {})])[0]
            said = result.get("announced") or {}
            yield (
                said.get("decision_id") == record.subject,
                f"{record.subject} decides {item['evaluation_id']}, which holds {said or None}",
            )
    for _, body in _events(evidence, "result.announced"):
        told = {each["decision_number"] for each in _dossier(evidence, body["dossier_id"])["results"]}
        yield body["decision_number"] in told, f"result of dossier {body['dossier_id']} announced, it does not know"


def _certified(evidence: Evidence) -> Found:
    slots = {"issued": "certificate.issued", "expired_after": "certificate.expired"}
    for slot, name in slots.items():
        for _, body in _events(evidence, name):
            held = _held_certificate(evidence, body)
            yield held.get(slot) is not None, f"{name} {body['number']}: dossier {body['dossier_id']} does not know"
    last: dict[str, Any] = {}
    for _, body in _events(evidence, "certificate.expiring"):
        last[body["number"]] = body
    for number, body in last.items():
        left = (_held_certificate(evidence, body).get("expiring") or {}).get("days_left")
        yield left == body["days_left"], f"certificate {number} warned of at {body['days_left']}, dossier holds {left}"


def _held_certificate(evidence: Evidence, body: Mapping[str, Any]) -> Raw:
    held = _dossier(evidence, body["dossier_id"])["certificates"]
    return next((each for each in held if each["number"] == body["number"]), {})


def _planned(evidence: Evidence) -> Found:
    planned = {
        (raw["cause"]["source"], raw["cause"]["subject"], raw["cause"]["sequence"])
        for raw in evidence.of_kind("notification", "Delivery")
    }
    for ((source, subject), sequence), record in firsts(evidence).items():
        if record.type in MESSAGES:
            yield (source, subject, sequence) in planned, f"{record.type} {subject}.{sequence}: nobody is told"


def once(evidence: Evidence) -> Verdict:
    """What can happen once has happened once, in state and on the topics."""
    counted: Counter[str] = Counter()
    for record, body in _events(evidence, "evaluation.opened"):
        counted[f"evaluation {record.subject} opened on version {body['manifest_version']}"] += 1
    for record, _ in _events(evidence, "score.finalized"):
        counted[f"evaluation {record.subject} finalised"] += 1
    for record, _ in _events(evidence, "evaluation.stopped"):
        counted[f"evaluation {record.subject} stopped"] += 1
    for record, body in _events(evidence, "dossier.submitted"):
        counted[f"dossier {record.subject} submitted in version {body['manifest_version']}"] += 1
    for record, _ in _events(evidence, "dossier.withdrawn"):
        counted[f"dossier {record.subject} withdrawn"] += 1
    for record, _ in _events(evidence, "recognition.decided"):
        counted[f"{record.subject} issued"] += 1
    for _, body in _events(evidence, "result.announced"):
        counted[f"result of evaluation {body['evaluation_id']} announced"] += 1
    for _, body in _events(evidence, "certificate.issued"):
        counted[f"certificate {body['number']} issued"] += 1
    for _, body in _events(evidence, "certificate.handed-over"):
        counted[f"certificate {body['number']} handed over"] += 1
    for evaluation, held in _results(evidence).items():
        counted[f"evaluation {evaluation} in certification"] += len(held)
    for raw in evidence.of_kind("scoring", "Evaluation"):
        counted[f"evaluation of dossier {raw['dossier_id']}, attempt {raw['attempt']}"] += 1
    for raw in evidence.of_kind("notification", "Delivery"):
        cause = raw["cause"]
        told = raw.get("recipient")
        counted[f"delivery for {cause['source']} {cause['subject']}.{cause['sequence']} to {told}"] += 1
    for raw in evidence.of_kind("certification", "Recognition"):
        for withdrawal in raw["withdrawals"]:
            counted[f"withdrawal of {withdrawal['dossier_id']} heard by {raw['_id']}"] += 1
    wrong = [f"{what}: {times} times" for what, times in counted.items() if times > 1]
    return Verdict("events or effects applied twice", len(counted), wrong)


def certificates(evidence: Evidence) -> Verdict:
    """There is one certificate for each recognised result, with a number of its own, issued by one event.

    And each dossier says what was announced of it.
    """
    recognised: set[str] = set()
    held: list[tuple[str, str]] = []
    wrong: list[str] = []
    for raw in evidence.of_kind("certification", "Recognition"):
        for result in raw["results"]:
            if (said := result["announced"]) and said["outcome"] == "recognised":
                recognised.add(result["evaluation_id"])
            if said and (state := _dossier(evidence, result["subject"]["dossier_id"])["state"]) != said["outcome"]:
                # Also when a withdrawal came while the decision had the result in hand: the authority's word ends it.
                wrong.append(f"evaluation {result['evaluation_id']}: {said['outcome']}, its dossier says {state}")
        held += [(each["number"], each["evaluation_id"]) for each in raw["certificates"]]
    numbers = Counter(number for number, _ in held)
    wrong += [f"certificate {number} is there {times} times" for number, times in numbers.items() if times > 1]
    of = Counter(evaluation for _, evaluation in held)
    wrong += [f"evaluation {one}: recognised, with {of[one]} certificates" for one in recognised if of[one] != 1]
    wrong += [f"evaluation {one}: a certificate, and not recognised" for one in of if one not in recognised]
    issued = Counter(body["number"] for _, body in _events(evidence, "certificate.issued"))
    if issued != numbers:
        wrong.append(
            f"certificates without an event, or the reverse: {sorted(set((issued - numbers) + (numbers - issued)))}"
        )
    decided = {
        item["certificate_number"]
        for raw in evidence.of_kind("certification", "RecognitionDecision")
        if raw["state"] == "issued"
        for item in raw["items"]
        if item["certificate_number"]
    }
    if decided != set(numbers):
        wrong.append(f"certificates not as decided: {sorted(decided ^ set(numbers))[:20]}")
    return Verdict("certificates other than recognised results", len(recognised), wrong)


LADDER = ((240, True), (180, True), (150, True), (135, True), (125, True), (120, False), (30, True), (7, True))
"""The days before its end on which an owner is warned, and whether the warning still makes sense a day later."""


def timers(evidence: Evidence, visited: Sequence[date], cohort: frozenset[str]) -> Verdict:
    """Each warning that was due on the days the clock was set to was told once, in order, and each end once.

    ``cohort`` are the certificates issued before the clock was moved first; the others end years later.
    """
    told: defaultdict[str, list[int]] = defaultdict(list)
    over: Counter[str] = Counter()
    for _, body in _events(evidence, "certificate.expiring"):
        told[body["number"]].append(body["step"])
    for _, body in _events(evidence, "certificate.expired"):
        over[body["number"]] += 1
    wrong, count = [], 0
    for raw in evidence.of_kind("certification", "Recognition"):
        for certificate in raw["certificates"]:
            number = certificate["number"]
            until = date.fromisoformat(certificate["valid_until"])
            days = visited if number in cohort else ()
            due, ends = _due(until, days), any(day > until for day in days)
            count += len(due) + ends
            if told[number] != due:
                wrong.append(f"certificate {number}: warned at {told[number]}, due were {due}")
            if over[number] != ends:
                wrong.append(f"certificate {number}: told to have ended {over[number]} times")
    return Verdict("warnings and ends missing or doubled", count, wrong)


def _due(until: date, visited: Iterable[date]) -> list[int]:
    """The steps that are told when the clock is set to these days: of several at once only the nearest to the end."""
    due: list[int] = []
    down_to = LADDER[0][0] + 1
    for day in visited:
        left = (until - day).days
        come = [(step, late) for step, late in LADDER if left <= step < down_to]
        if left >= 0 and come:
            down_to, late = come[-1]
            if late or down_to == left:
                due.append(down_to)
    return due


@dataclass(frozen=True)
class Told:
    """How messages reached people."""

    verdict: Verdict
    deliveries: int
    repeated: int
    """Hand-overs beyond the first of a delivery; each has an interrupted attempt on record."""


def messages(evidence: Evidence) -> Told:
    """Everybody is told once; a message went out again only where the record shows an attempt without a known end."""
    wrong, repeated, count = [], 0, 0
    left = Counter(evidence.mail)
    for raw in evidence.of_kind("notification", "Delivery"):
        count += 1
        id, attempts = raw["_id"], raw["attempts"]
        if raw.get("channel") == "inbox":
            # An office without a mailbox reads it inside the system.
            if raw["state"] != "sent":
                wrong.append(f"delivery {id}: {raw['state']} in the inbox after {len(attempts)} attempts")
            continue
        times = sum(left.pop(one) for one in [each for each in left if each.startswith(f"<{id}@")])
        if raw["state"] != "sent" or times == 0:
            wrong.append(f"delivery {id}: {raw['state']} after {len(attempts)} attempts, {times} messages taken")
        if times > 1:
            repeated += times - 1
            doubtful = sum(each["outcome"] in ("interrupted", "unanswered") for each in attempts)
            late = max(sum(each["outcome"] == "accepted" for each in attempts) - 1, 0)
            if times > len(attempts) or times - 1 > doubtful + late:
                wrong.append(f"delivery {id}: {times} messages taken, {len(attempts)} attempts, {doubtful} interrupted")
    wrong += [f"message {one}: no delivery asked for it" for one in left]
    return Told(Verdict("people told never, or twice without need", count, wrong), count, repeated)


def lanes(evidence: Evidence) -> Verdict:
    """Every parked event was replayed or discarded, and those replayed in order."""
    wrong, count = [], 0
    for service in evidence.documents:
        for raw in evidence.of_kind(service, "Lane"):
            count += len(raw["actions"])
            if raw["events"]:
                wrong.append(f"{service} {raw['_id']}: {len(raw['events'])} events are still parked")
            # What parks again after a re-send is replayed by another pass of the operator, again from the lowest.
            passes: defaultdict[str, list[int]] = defaultdict(list)
            for each in raw["actions"]:
                if each["what"] == "replayed":
                    passes[each["why"]].append(each["sequence"])
            for why, replayed in passes.items():
                if replayed != sorted(replayed):
                    wrong.append(f"{service} {raw['_id']}, {why}: replayed in the order {replayed}")
    return Verdict("parked events left, or replayed out of order", count, wrong)


def unchanged(
    before: Mapping[str, Mapping[str, Raw]], after: Mapping[str, Mapping[str, Raw]], watched: frozenset[str]
) -> Verdict:
    """A full re-send of every topic has changed no document of the kinds ``watched``."""
    wrong, count = [], 0
    for service in before.keys() | after.keys():
        mine, theirs = before.get(service, {}), after.get(service, {})
        for id in mine.keys() | theirs.keys():
            kind = (mine.get(id) or theirs.get(id) or {}).get("kind")
            if kind not in watched:
                continue
            count += 1
            if mine.get(id) != theirs.get(id):
                old, new = mine.get(id, {}), theirs.get(id, {})
                names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
                wrong.append(f"{service} {id}: {', '.join(names)} changed")
    return Verdict("documents changed by the re-send", count, wrong)
