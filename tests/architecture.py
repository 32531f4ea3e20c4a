"""The rules of the code's shape, each a function that says where a tree of sources breaks it."""

import ast
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

DRIVERS = {"motor", "pymongo", "bson", "gridfs"}
PRODUCERS = {"AIOKafkaProducer", "KafkaPublisher", "publish", "publish_batch", "publisher", "send_and_wait"}
DOMAIN_MAY_IMPORT = {
    "pydantic",
    "pydantic_core",
    "shared.errors",
    "shared.document",
    "shared.files.held",
    "shared.text",
    "shared.validation",
}
"""The last three are kinds of fields: a file, text as a person may write it, and what is said when it is wrong."""
IMPURE = {"asyncio", "http", "os", "random", "secrets", "socket", "subprocess", "threading", "time", "urllib"}
HANDLERS_MAY_NOT_IMPORT = {"aiohttp", "aiosmtplib", "http", "httpx", "requests", "smtplib", "socket", "urllib"}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.perf_counter",
    "system_clock",
    "MovedClock",
}
MAY_READ_CLOCKS = re.compile(r"services/[a-z]+/(main\.py|routes\.py|routes/.*|verifier/__main__\.py)")
MAY_CATCH_ALL = {
    "shared/coalesce.py": "hands an error on to everybody who asked",
    "shared/collection.py": "hands an error on to everybody whose decision it hits",
    "shared/consumer.py": "holds back what it cannot settle, whatever the reason",
    "shared/delivery.py": "asks whose fault it is",
    "shared/service.py": "keeps the tasks beside the API running",
}
BUSINESS_WORDS = re.compile(
    r"(?i)(?<![a-z])(?<!ml\.)(dossiers?|scor(?:e|es|ed|ing)|certificat(?:e|es|ion)|evaluations?|councils?|recognitions?"
    r"|stars?|sheets?|rule_?sets?)(?![a-z])"
)
"""The media type of a workbook ends in ``ml.`` and one of these words, and is none of them."""
FILES_OF_A_SERVICE = ("__init__", "__main__", "domain", "events", "handlers", "main", "routes", "store")
OURS = ("contracts", "deploy", "services", "shared", "tests")
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "impl", "misc"}


class Source(NamedTuple):
    """One file of Python."""

    path: str
    tree: ast.Module
    text: str

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        return self.module if self.path.endswith("/__init__.py") else self.module.rpartition(".")[0]

    @property
    def service(self) -> str | None:
        parts = self.path.split("/")
        return parts[1] if parts[0] == "services" and len(parts) > 2 else None

    @property
    def in_domain(self) -> bool:
        return bool(re.match(r"services/[a-z]+/domain(\.py|/)", self.path))

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every module this file imports, whole, with its line; of ``from a import b`` both ``a`` and ``a.b``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = self.package.split(".")[: -(node.level - 1) or None] if node.level else []
                module = ".".join([*start, *([node.module] if node.module else [])])
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def sources(root: Path, *folders: str) -> list[Source]:
    """The Python files below these folders of ``root``."""
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.py"))
    return [Source(str(f.relative_to(root)), ast.parse(text := f.read_text()), text) for f in files]


def _within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


def foreign_imports(files: Sequence[Source]) -> Iterator[str]:
    """Services import only themselves and ``shared``; ``shared`` imports neither a service nor a tool."""
    for file in files:
        for line, module in file.imports():
            own = f"services.{file.service}" if file.service else "shared"
            if module.split(".")[0] in {"services", "deploy", "tests"} and not _within(module, own):
                yield f"{file.path}:{line} imports {module}"


def lonely_plumbing(files: Sequence[Source]) -> Iterator[str]:
    """``shared`` holds nothing that only one service uses."""
    users: dict[str, set[str]] = {file.path: set() for file in files if file.path.startswith("shared/")}
    for file in files:
        for path in users.keys() - {file.path}:
            module = path.removesuffix(".py").replace("/", ".")
            if any(_within(imported, module) for _, imported in file.imports()):
                users[path].add(file.service or "shared")
    lonely = {path: min(by) for path, by in users.items() if len(by) == 1 and "shared" not in by}
    yield from (f"{path} is used by {service} only" for path, service in lonely.items())


def unmapped_plumbing(files: Sequence[Source]) -> Iterator[str]:
    """The docstring of ``shared`` is its map: it names every module, and none that is not there."""
    said = next((ast.get_docstring(file.tree) or "" for file in files if file.path == "shared/__init__.py"), "")
    on_the_map = set(re.findall(r"``([a-z_]+)``", said))
    there = {file.path.split("/")[1].removesuffix(".py") for file in files if file.path.startswith("shared/")}
    there.discard("__init__")
    yield from (f"shared/{name} is not on the map" for name in sorted(there - on_the_map))
    yield from (f"the map of shared names {name}, which is not there" for name in sorted(on_the_map - there))


def impure_domains(files: Sequence[Source]) -> Iterator[str]:
    """A domain imports the standard library's pure part, pydantic, errors and documents, and itself."""
    for file in files:
        if not file.in_domain:
            continue
        allowed = {*DOMAIN_MAY_IMPORT, f"services.{file.service}.domain"}
        for line, module in file.imports():
            top = module.split(".")[0]
            pure = top in sys.stdlib_module_names and top not in IMPURE
            if not pure and not any(_within(module, each) for each in allowed):
                yield f"{file.path}:{line} imports {module}"


def drivers_elsewhere(files: Sequence[Source]) -> Iterator[str]:
    """Only ``shared/driver.py`` imports a database driver, and ``shared/encoding.py`` what it encodes with."""
    for file in files:
        if file.path not in ("shared/driver.py", "shared/encoding.py"):
            found = [(line, each) for line, each in file.imports() if each.split(".")[0] in DRIVERS]
            yield from (f"{file.path}:{line} imports {module}" for line, module in found)


def calling_handlers(files: Sequence[Source]) -> Iterator[str]:
    """A handler calls no peer: what must be delivered becomes a due document."""
    for file in files:
        if re.fullmatch(r"services/[a-z]+/handlers(\.py|/.*)", file.path):
            found = [(line, each) for line, each in file.imports() if each.split(".")[0] in HANDLERS_MAY_NOT_IMPORT]
            yield from (f"{file.path}:{line} imports {module}" for line, module in found)


def business_words(files: Sequence[Source]) -> Iterator[str]:
    """``shared`` knows no word of the business."""
    for file in files:
        if file.path.startswith("shared/"):
            for number, line in enumerate(file.text.splitlines(), 1):
                yield from (f"{file.path}:{number} says {word}" for word in BUSINESS_WORDS.findall(line))


def clock_reads(files: Sequence[Source]) -> Iterator[str]:
    """In a service only ``main.py`` and the routes read a clock; everywhere else ``now`` is an argument."""
    for file in files:
        if file.service is None or MAY_READ_CLOCKS.fullmatch(file.path):
            continue
        for line, module in file.imports():
            if module in {"shared.clock.system_clock", "shared.clock.MovedClock"} or module.split(".")[0] == "time":
                yield f"{file.path}:{line} imports {module}"
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and ".".join(ast.unparse(node.func).split(".")[-2:]) in CLOCKS:
                yield f"{file.path}:{node.lineno} calls {ast.unparse(node.func)}"


def producers_elsewhere(files: Sequence[Source]) -> Iterator[str]:
    """Nothing but the relay publishes."""
    for file in files:
        if file.path == "shared/relay.py":
            continue
        for node in ast.walk(file.tree):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in PRODUCERS:
                yield f"{file.path}:{node.lineno} uses {name}"


def catch_alls(files: Sequence[Source]) -> Iterator[str]:
    """``except Exception`` stands only at the edges that ask whose fault an error is, or hand it on.

    Anybody may tidy up after every error, provided it is raised again.
    """
    for file in files:
        if file.path in MAY_CATCH_ALL:
            continue
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ExceptHandler) and not _raises_again(node):
                caught = ast.unparse(node.type) if node.type else "everything"
                if re.search(r"\b(Exception|BaseException|everything)\b", caught):
                    yield f"{file.path}:{node.lineno} catches {caught}"


def _raises_again(node: ast.ExceptHandler) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def unheard_handlers(service: str, consumes: Collection[type], handlers: Mapping[type, object]) -> Iterator[str]:
    """What a service says it consumes is what its one table handles."""
    yield from (
        f"{service} consumes {each.__name__} and does not handle it" for each in consumes if each not in handlers
    )
    yield from (f"{service} handles {each.__name__} and does not say so" for each in handlers if each not in consumes)


def nameless_modules(files: Sequence[Source]) -> Iterator[str]:
    """A file without a better name than these has no home yet."""
    for file in files:
        if named := NO_NAMES & set(file.module.lower().split(".")):
            yield f"{file.path} is called {', '.join(sorted(named))}"


def undescribed_modules(files: Sequence[Source]) -> Iterator[str]:
    """Every module says in one sentence what lives in it."""
    for file in files:
        said = (ast.get_docstring(file.tree) or "").partition("\n\n")[0]
        if not said.endswith((".", ":", "!", "?", "```")):
            yield f"{file.path} has no sentence that says what lives there"


def misshapen_services(root: Path) -> Iterator[str]:
    """The same file names in every service; a file that has grown is a package of that name."""
    for folder in sorted(each for each in (root / "services").iterdir() if (each / "__init__.py").exists()):
        for name in FILES_OF_A_SERVICE:
            if not (folder / f"{name}.py").exists() and not (folder / name / "__init__.py").exists():
                yield f"services/{folder.name} has no {name}"


_CODE = re.compile(r"```.*?```|`[^`\n]+`|\]\([^)#\s]+\)", re.DOTALL)
_MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
_PATH = re.compile(
    r"(?<![\w/.:<{$-])((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|py|toml|yaml|yml|txt|lock|json))(?![\w/<{*…-])"
)


def broken_references(root: Path, document: str) -> Iterator[str]:
    """Paths and make targets that a document names in code or in links, and that are not there."""
    makefile = root / "Makefile"
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):", makefile.read_text())) if makefile.exists() else set()
    folder = (root / document).parent
    for code in _CODE.findall((root / document).read_text()):
        yield from (f"{document} names make {name}" for name in _MAKE.findall(code) if name not in targets)
        if "://" not in code:
            link = code.startswith("](")
            paths = [code[2:-1]] if link else _PATH.findall(code)
            missing = (path for path in paths if not _there(root, folder, path, link))
            yield from (f"{document} names {path}" for path in missing)


_STEP = re.compile(r"(?m)^\d+\. `([\w/]+\.py)`((?:.|\n  )*)")
_NAME = re.compile(r"`(\w+)`")


def lost_steps(root: Path, document: str) -> Iterator[str]:
    """Names of functions and classes that a walk through files gives beside a file, and that it does not define."""
    for path, said in _STEP.findall((root / document).read_text()):
        tree = ast.parse((root / path).read_text())
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        defined = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
        yield from (f"{document} looks for {name} in {path}" for name in _NAME.findall(said) if name not in defined)


def _there(root: Path, folder: Path, path: str, link: bool) -> bool:
    """Whether ``path`` is a file or folder of ours, as seen from the root or from its document's folder.

    In code a path whose first part is no folder of ours is something else: a topic, a media type, a route; and what
    lies under a name with a dot before it is made at run time. A link leads to a file or nowhere.
    """
    if (folder / path).exists():
        return True
    if link:
        return False
    if (root / path).exists() or path.startswith("."):
        return True
    first, *rest = path.split("/")
    if rest:
        return not (root / first).exists() and not (folder / first).exists()
    # A bare name is any file of ours, such as the events.py of every service.
    return any(first in names for part in OURS for _, _, names in os.walk(root / part))
