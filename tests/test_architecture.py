"""The code keeps its shape; and each rule is shown to catch the slip it is there for."""

import ast
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import Source, sources

ROOT = Path(__file__).parents[1]
PRODUCT = sources(ROOT, "services", "shared")
EVERYTHING = [*PRODUCT, *sources(ROOT, "deploy")]
SERVICES = sorted({file.service for file in PRODUCT if file.service})
DOCUMENTS = sorted(
    str(file.relative_to(ROOT))
    for pattern in ("*.md", "contracts/**/*.md", "services/**/*.md", "deploy/**/*.md")
    for file in ROOT.glob(pattern)
)

Rule = Callable[[Sequence[Source]], Iterator[str]]


@pytest.mark.parametrize(
    "rule",
    [
        architecture.foreign_imports,
        architecture.lonely_plumbing,
        architecture.unmapped_plumbing,
        architecture.impure_domains,
        architecture.drivers_elsewhere,
        architecture.calling_handlers,
        architecture.business_words,
        architecture.clock_reads,
        architecture.producers_elsewhere,
    ],
)
def test_services_and_shared_keep_the_rule(rule: Rule) -> None:
    assert list(rule(PRODUCT)) == []


@pytest.mark.parametrize(
    "rule", [architecture.catch_alls, architecture.nameless_modules, architecture.undescribed_modules]
)
def test_all_of_the_code_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(EVERYTHING)) == []


def test_every_service_has_the_same_files() -> None:
    assert list(architecture.misshapen_services(ROOT)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_handles_what_it_says_it_consumes(service: str) -> None:
    events, handlers = (import_module(f"services.{service}.{name}") for name in ("events", "handlers"))

    assert list(architecture.unheard_handlers(service, events.CONSUMES, handlers.HANDLERS)) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_and_target_a_document_names_is_there(document: str) -> None:
    assert list(architecture.broken_references(ROOT, document)) == []


def test_the_walk_through_the_code_finds_what_it_names() -> None:
    assert list(architecture.lost_steps(ROOT, "README.md")) == []


def test_whoever_may_catch_everything_still_does() -> None:
    without_leave = [file._replace(path=f"{file.path} ") for file in PRODUCT if file.path in architecture.MAY_CATCH_ALL]

    caught = {found.split(" ")[0] for found in architecture.catch_alls(without_leave)}
    assert caught == set(architecture.MAY_CATCH_ALL)


# What follows plants each slip.

PLANTED: list[tuple[Rule, str, str]] = [
    (architecture.foreign_imports, "services/scoring/store.py", "from services.dossier import events"),
    (architecture.foreign_imports, "services/scoring/store.py", "import services.dossier.events"),
    (architecture.foreign_imports, "services/scoring/store.py", "from ..dossier import events"),
    (architecture.foreign_imports, "services/scoring/store.py", "def late():\n    from services import dossier"),
    (architecture.foreign_imports, "services/scoring/main.py", "from deploy.local import kafka"),
    (architecture.foreign_imports, "shared/relay.py", "from services.scoring.events import ScoreFinalized"),
    (architecture.foreign_imports, "shared/relay.py", "from tests.shared import cups"),
    (architecture.impure_domains, "services/scoring/domain/stars.py", "import httpx"),
    (architecture.impure_domains, "services/scoring/domain/stars.py", "from shared.store import Store"),
    (architecture.impure_domains, "services/scoring/domain/stars.py", "from services.scoring.store import Evaluations"),
    (architecture.impure_domains, "services/scoring/domain/stars.py", "from ..events import ScoreFinalized"),
    (architecture.impure_domains, "services/scoring/domain/stars.py", "import random"),
    (architecture.impure_domains, "services/scoring/domain.py", "from time import time"),
    (architecture.drivers_elsewhere, "shared/store.py", "import pymongo"),
    (architecture.drivers_elsewhere, "services/scoring/store.py", "from motor.motor_asyncio import AsyncIOMotorClient"),
    (architecture.drivers_elsewhere, "services/scoring/routes.py", "import bson.errors"),
    (architecture.calling_handlers, "services/notification/handlers.py", "import httpx"),
    (architecture.calling_handlers, "services/notification/handlers.py", "from aiosmtplib import SMTP"),
    (architecture.business_words, "shared/store.py", "# Saves a dossier."),
    (architecture.business_words, "shared/store.py", "stream = 'certificates'"),
    (architecture.business_words, "shared/store.py", "def by_council_id(council): ..."),
    (architecture.clock_reads, "services/scoring/handlers.py", "at = datetime.now(UTC)"),
    (architecture.clock_reads, "services/scoring/handlers.py", "at = datetime.datetime.now(UTC)"),
    (architecture.clock_reads, "services/scoring/domain/stars.py", "on = date.today()"),
    (architecture.clock_reads, "services/scoring/store.py", "from shared.clock import system_clock"),
    (architecture.clock_reads, "services/scoring/store.py", "import time"),
    (architecture.producers_elsewhere, "services/scoring/handlers.py", "producer = aiokafka.AIOKafkaProducer()"),
    (architecture.producers_elsewhere, "services/scoring/handlers.py", "broker.publish(event)"),
    (architecture.producers_elsewhere, "shared/delivery.py", "producer.send_and_wait(topic)"),
    (architecture.catch_alls, "services/scoring/handlers.py", "try: ...\nexcept Exception: ..."),
    (architecture.catch_alls, "services/scoring/handlers.py", "try: ...\nexcept: ..."),
    (
        architecture.catch_alls,
        "shared/http.py",
        "try: ...\nexcept (KeyError, Exception) as error: raise KeyError from error",
    ),
    (architecture.catch_alls, "deploy/local/kafka.py", "try: ...\nexcept BaseException: ..."),
    (architecture.nameless_modules, "shared/utils.py", ""),
    (architecture.nameless_modules, "services/scoring/helpers/stars.py", ""),
    (architecture.undescribed_modules, "shared/store.py", "import os"),
    (architecture.undescribed_modules, "shared/store.py", '"""Store"""'),
]

ALLOWED: list[tuple[Rule, str, str]] = [
    (architecture.foreign_imports, "services/scoring/store.py", "from services.scoring.domain import stars"),
    (architecture.foreign_imports, "services/scoring/store.py", "from .domain import stars\nfrom shared import store"),
    (
        architecture.impure_domains,
        "services/scoring/domain/stars.py",
        "from .marks import Mark\nfrom fractions import Fraction",
    ),
    (architecture.impure_domains, "services/scoring/store.py", "import httpx"),
    (architecture.drivers_elsewhere, "shared/driver.py", "import pymongo"),
    (architecture.business_words, "shared/store.py", "start = restart + stargazer"),
    (architecture.business_words, "services/scoring/store.py", "# Saves a dossier."),
    (architecture.clock_reads, "services/scoring/routes.py", "at = datetime.now(UTC)"),
    (architecture.clock_reads, "services/scoring/routes/views.py", "on = date.today()"),
    (architecture.clock_reads, "services/scoring/handlers.py", "now = event.time\nat = clock()"),
    (architecture.catch_alls, "shared/http.py", "try: ...\nexcept Exception:\n    tidy_up()\n    raise"),
]


def planted(path: str, text: str) -> Source:
    return Source(path, ast.parse(text), text)


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_slip_is_caught(rule: Rule, path: str, text: str) -> None:
    assert len(list(rule([planted(path, text)]))) >= 1


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_what_is_allowed_is_not_caught(rule: Rule, path: str, text: str) -> None:
    assert list(rule([planted(path, text)])) == []


def test_a_handler_nobody_announced_and_an_event_nobody_handles_are_caught() -> None:
    found = list(architecture.unheard_handlers("tea", (int, str), {int: print, bytes: print}))

    assert found == ["tea consumes str and does not handle it", "tea handles bytes and does not say so"]


def test_plumbing_that_only_one_service_uses_is_caught() -> None:
    files = [planted("shared/kettle.py", ""), planted("services/tea/main.py", "from shared.kettle import Kettle")]
    another = planted("services/coffee/main.py", "from shared import kettle")

    assert list(architecture.lonely_plumbing(files)) == ["shared/kettle.py is used by tea only"]
    assert list(architecture.lonely_plumbing([*files, another])) == []


def test_a_map_of_the_plumbing_that_is_not_true_is_caught() -> None:
    files = [planted("shared/__init__.py", '"""The map: ``pot`` and ``lid``."""'), planted("shared/lid/rim.py", "")]

    found = list(architecture.unmapped_plumbing([*files, planted("shared/kettle.py", "")]))

    assert found == ["shared/kettle is not on the map", "the map of shared names pot, which is not there"]


def test_a_walk_that_names_what_is_not_there_is_caught(tmp_path: Path) -> None:
    (tmp_path / "tea.py").write_text("class Pot:\n    def pour(self): ...\n")
    (tmp_path / "README.md").write_text("1. `tea.py`: `Pot` can `pour`,\n   and `boil`.\n\n`drink` it.\n")

    assert list(architecture.lost_steps(tmp_path, "README.md")) == ["README.md looks for boil in tea.py"]


def test_a_service_with_a_file_missing_is_caught(tmp_path: Path) -> None:
    tea = tmp_path / "services" / "tea"
    (tea / "domain").mkdir(parents=True)
    for name in ("__init__", "__main__", "domain/__init__", "events", "handlers", "main", "routes"):
        (tea / f"{name}.py").touch()

    assert list(architecture.misshapen_services(tmp_path)) == ["services/tea has no store"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Run `make tea`.", "make tea"),
        ("```sh\nmake run && make cake\n```", "make cake"),
        ("See `shared/teapot.py`.", "shared/teapot.py"),
        ("See [the pot](shared/teapot.py).", "shared/teapot.py"),
        ("See [the pot](nowhere/teapot.py).", "nowhere/teapot.py"),
        ("See `TEA.md`.", "TEA.md"),
        ("```\nshared/\nshared/teapot.py\n```", "shared/teapot.py"),
        ("See `shared/<name>.py` and `shared/NN-….json`.", None),
        ("Run `make run`, see `shared/relay.py`, `shared/`, `relay.py`, `pyproject.toml` and [this](shared).", None),
        ("Sent as `application/json` to `https://example.vn/shared/x.py` and kept in `.local/kafka/x.json`.", None),
        ("Prose names make believe and shared/teapot.py.", None),
    ],
)
def test_a_path_or_target_that_is_not_there_is_caught(tmp_path: Path, text: str, found: str | None) -> None:
    (tmp_path / "shared").mkdir()
    for name in ("shared/relay.py", "pyproject.toml"):
        (tmp_path / name).touch()
    (tmp_path / "Makefile").write_text("run: ## Run.\n\techo run\n")
    (tmp_path / "README.md").write_text(text)

    expected = [] if found is None else [f"README.md names {found}"]
    assert list(architecture.broken_references(tmp_path, "README.md")) == expected
