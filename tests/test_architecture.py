"""The architecture's rules, read from the source with ``ast``: see ARCHITECTURE.md.

Each rule yields a sentence for each violation; a rule's test shows all of them at once. The
lower half proves that every rule bites.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_FUNCTION = 40
AIM, LOOK_HARD = 120, 300

PURE = ("bridge.domain", "bridge.ids", "bridge.events")
IMPURE_MODULES = frozenset(
    {"asyncio", "concurrent", "io", "logging", "os", "pathlib", "random", "secrets", "shutil"}
    | {"socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib.request"}
)
IMPURE_CALLS = frozenset({"open", "print", "input", "now", "utcnow", "today"})

# bridge.demo plays the other servers' part (a post office, a chat client), hence its packages.
HOMES = {
    "nio": ("bridge.matrix.client", "bridge.matrix.sync"),
    "aiohttp": ("bridge.matrix.server", "bridge.matrix.client", "bridge.web", "bridge.demo"),
    "sqlalchemy": ("bridge.store",),
    "alembic": ("bridge.store",),
    "asyncpg": ("bridge.store",),
    "aiosmtpd": ("bridge.mail.lmtp", "bridge.demo"),
    "aiosmtplib": ("bridge.mail.smtp",),
    "yaml": ("bridge.config", "bridge.demo"),
    "holidays": ("bridge.config",),
    "pydantic": ("bridge.config",),
    "pydantic_core": ("bridge.config",),
    "jinja2": ("bridge.mail.texts", "bridge.web"),
    "cryptography": ("bridge.mail.dkimkeys",),
    "dns": ("bridge.mail.names",),
    # The part of Jinja2 that knows what is escaped already.
    "markupsafe": ("bridge.web",),
    "nh3": ("bridge.matrix.html", "bridge.matrix.content"),
    "selectolax": ("bridge.mail.html",),
    "prometheus_client": ("bridge.web.metrics",),
    "click": ("bridge.cli", "bridge.__main__"),
    "rich": ("bridge.cli", "bridge.demo"),
    "structlog": ("bridge", "handlers"),
    "uvloop": ("bridge.console",),
}

ADAPTERS = (
    *("bridge.matrix.client", "bridge.matrix.server", "bridge.matrix.sync", "bridge.web"),
    *("bridge.mail.lmtp", "bridge.mail.imap", "bridge.mail.maildir", "bridge.mail.archive"),
    *("bridge.mail.smtp", "bridge.mail.names", "bridge.mail.reader"),
)
# From below upwards: a module imports its own layer and those below. The longest name counts,
# so that an adapter stands above the codecs of its package. Ports know identifiers only.
LAYERS = (
    ("bridge.ids", "bridge.errors", "bridge.exit_codes", "bridge.failpoints"),
    (
        "bridge.events",
        "bridge.domain",
        "bridge.recount",
        "bridge.ports",
        "bridge.retry",
        "bridge.places",
        "bridge.clock",
    ),
    ("bridge.mail", "bridge.matrix", "bridge.config", "bridge.log", "bridge.redaction"),
    ("bridge.roomspecs",),
    ("bridge.store",),
    (
        *("bridge.letters", "bridge.decode", "bridge.export"),
        *("bridge.outside", "bridge.alerts", "bridge.alert_letters", "bridge.news"),
    ),
    (
        *("handlers", "bridge.delivery", "bridge.check", "bridge.intake"),
        *("bridge.stuck", "bridge.apart", *ADAPTERS),
    ),
    (
        "bridge.loops",
        "bridge.delivering",
        "bridge.sweeping",
        "bridge.ticking",
        "bridge.asking",
        "bridge.status",
        "bridge.trace",
        "bridge.watching",
        "bridge.lookout",
        "bridge.unstored",
        "bridge.paging",
    ),
    ("bridge.striking",),
    ("bridge.lifecycle",),
    ("bridge.app",),
    ("bridge.console", "bridge.demo"),
    ("bridge.cli",),
    ("bridge.__main__",),
)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of ours by its dotted name."""

    name: str
    source: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    def is_in(self, homes: tuple[str, ...]) -> bool:
        """Say whether it is one of the homes, inside one, or a part of one (``home_part``)."""
        return any(self.name == h or self.name.startswith((f"{h}.", f"{h}_")) for h in homes)


def modules() -> list[Module]:
    paths = [path for top in ("bridge", "handlers") for path in (ROOT / top).rglob("*.py")]
    return [Module(dotted(path), path.read_text(encoding="utf-8")) for path in sorted(paths)]


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(module: Module) -> Iterator[str]:
    """Yield what is imported anywhere in the module; ``from a import b`` is ``a.b``."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, tops: tuple[str, ...] | frozenset[str]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def top_level(name: str) -> str:
    return name.partition(".")[0]


def domain_is_pure(module: Module) -> Iterator[str]:
    if not is_within(module.name, PURE):
        return
    for name in imports(module):
        if top_level(name) not in sys.stdlib_module_names and not is_within(name, PURE):
            yield f"{module.name} imports {name}; the domain knows the standard library and itself"
        if is_within(name, IMPURE_MODULES):
            yield f"{module.name} imports {name}; no I/O, clock, chance or logging in the domain"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.AsyncFunctionDef):
            yield f"{module.name}.{node.name} is async; the domain never waits"
        if isinstance(node, ast.Call) and called(node) in IMPURE_CALLS:
            yield f"{module.name} line {node.lineno} calls {called(node)}; pass it as an argument"


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


def packages_stay_at_home(module: Module) -> Iterator[str]:
    for name in imports(module):
        package = top_level(name)
        if package in sys.stdlib_module_names or package in {"bridge", "handlers"}:
            continue
        if not module.is_in(HOMES.get(package, ())):
            home = ", ".join(HOMES.get(package, ())) or "no home: it is no dependency of ours"
            yield f"{module.name} imports {package}, whose home is {home}"


def handlers_know_no_adapter(module: Module) -> Iterator[str]:
    if is_within(module.name, ("handlers",)):
        for name in imports(module):
            if is_within(name, ADAPTERS):
                yield f"{module.name} imports {name}; handlers know ports, never adapters"


def only_app_imports_handlers(module: Module) -> Iterator[str]:
    if not is_within(module.name, ("handlers", "bridge.app")):
        for name in imports(module):
            if top_level(name) == "handlers":
                yield f"{module.name} imports {name}; only bridge.app knows the handlers"


def tasks_have_one_group(module: Module) -> Iterator[str]:
    if module.is_in(("bridge.loops", "bridge.delivering", "bridge.lifecycle")):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and called(node) in {"create_task", "ensure_future"}:
            yield f"{module.name} line {node.lineno} calls {called(node)}; tasks start in loops"


def functions_are_short(module: Module) -> Iterator[str]:
    if not is_within(module.name, ("bridge.domain", "handlers")):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{module.name}.{node.name} has {length} lines, over {LONGEST_FUNCTION}"


def rank(name: str) -> int | None:
    """Return how high the module stands, None when no layer names it."""
    here = Module(name, "")
    found = [
        (len(one), height)
        for height, layer in enumerate(LAYERS)
        for one in layer
        if here.is_in((one,))
    ]
    return max(found)[1] if found else None


def imports_go_downwards(module: Module) -> Iterator[str]:
    own = rank(module.name)
    if own is None and module.name != "bridge":
        yield f"{module.name} stands in no layer; name it in LAYERS"
    for name in imports(module):
        above = rank(name) if top_level(name) in {"bridge", "handlers"} else None
        if own is not None and above is not None and above > own:
            yield f"{module.name} imports {name}, which stands above it"


def recount_stands_alone(module: Module) -> Iterator[str]:
    if module.name == "bridge.recount":
        for name in imports(module):
            if top_level(name) not in sys.stdlib_module_names:
                yield f"{module.name} imports {name}; an export must recount by itself"


RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    domain_is_pure,
    packages_stay_at_home,
    handlers_know_no_adapter,
    only_app_imports_handlers,
    tasks_have_one_group,
    functions_are_short,
    imports_go_downwards,
    recount_stands_alone,
)


def expected_tests(name: str) -> list[str]:
    """Return where the module's test may stand: mirrored, with its package if names clash."""
    parts = name.split(".")
    *packages, last = parts[1:] if parts[0] == "bridge" else parts
    files = [f"test_{last}.py", f"test_{packages[-1] if packages else 'bridge'}_{last}.py"]
    folders = ["".join(f"{package}/" for package in packages), "contract/"]
    return [folder + file for folder in folders for file in files]


def untested(names: list[str], tests: set[str]) -> list[str]:
    exempt = ("bridge.store.migrations", "bridge.demo")
    return [
        f"{name} has no test: write tests/{expected_tests(name)[0]}"
        for name in names
        if not is_within(name, exempt) and tests.isdisjoint(expected_tests(name))
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds_everywhere(rule):
    violations = [sentence for module in modules() for sentence in rule(module)]
    assert not violations, "\n".join(["", *violations])


def test_every_module_has_a_test_of_its_name():
    tests = {p.relative_to(ROOT / "tests").as_posix() for p in ROOT.glob("tests/**/test_*.py")}
    packages = {dotted(path) for path in ROOT.glob("*/**/__init__.py")}
    names = [m.name for m in modules() if m.name not in packages | {"bridge.__main__"}]
    missing = untested(names, tests)
    assert not missing, "\n".join(["", *missing])


def test_module_sizes_are_shown(capsys):
    sizes = {module.name: module.source.count("\n") for module in modules() if module.source}
    long = sorted((n for n in sizes if sizes[n] > LOOK_HARD), key=lambda n: -sizes[n])
    over = sum(size > AIM for size in sizes.values())
    with capsys.disabled():
        print(  # noqa: T201 -- the numbers are the product
            f"\nmodules: {len(sizes)}, median {statistics.median(sizes.values()):.0f} lines, "
            f"{over} over {AIM}, {len(long)} over {LOOK_HARD}:",
            ", ".join(f"{name} {sizes[name]}" for name in long) or "none",
        )
    assert sizes


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (domain_is_pure, "bridge.domain.x", "import structlog"),
        (domain_is_pure, "bridge.domain.x", "from bridge.store import schema"),
        (domain_is_pure, "bridge.domain.x", "def f():\n import os.path"),
        (domain_is_pure, "bridge.domain.x", "async def f(): ..."),
        (domain_is_pure, "bridge.ids", "import datetime\ndatetime.datetime.now()"),
        (packages_stay_at_home, "bridge.mail.parse", "import aiosmtplib.errors"),
        (packages_stay_at_home, "bridge.store.inbox", "import pydantic"),
        (packages_stay_at_home, "bridge.check", "from yaml import safe_load"),
        (packages_stay_at_home, "bridge.check", "import requests"),
        (handlers_know_no_adapter, "handlers.posts", "from bridge.mail import smtp"),
        (only_app_imports_handlers, "bridge.loops", "import handlers.posts"),
        (tasks_have_one_group, "bridge.mail.lmtp", "asyncio.create_task(f())"),
        (functions_are_short, "handlers.posts", "def f():\n" + " x = 1\n" * 41),
        (imports_go_downwards, "bridge.domain.x", "from bridge.mail.parse import parse_mail"),
        (imports_go_downwards, "bridge.store.x", "import bridge.app"),
        (imports_go_downwards, "bridge.mail.parse", "from bridge.mail.lmtp import serve"),
        (imports_go_downwards, "bridge.wherever", ""),
        (recount_stands_alone, "bridge.recount", "from bridge import ids"),
    ],
)
def test_violation_is_found(rule, name, source):
    assert list(rule(Module(name, source)))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("bridge.domain.x", "import datetime\nfrom bridge.ids import ListId"),
        ("bridge.config_models", "import pydantic\nfrom bridge.domain.roster import Roster"),
        ("bridge.matrix.client_media", "import nio, aiohttp"),
        ("bridge.app", "import handlers\nfrom bridge.matrix import client, server"),
        ("bridge.loops", "asyncio.create_task(f())"),
        ("handlers.posts", "import structlog\nfrom bridge.store import inbox"),
    ],
)
def test_what_the_rules_allow_passes(name, source):
    assert [sentence for rule in RULES for sentence in rule(Module(name, source))] == []


@pytest.mark.parametrize(
    ("name", "test", "has_one"),
    [
        ("bridge.store.ballots", "store/test_ballots.py", True),
        ("bridge.store.ballots", "store/test_store_ballots.py", True),
        ("bridge.store.ballots", "domain/test_ballots.py", False),
        ("bridge.matrix.client", "contract/test_client.py", True),
        ("bridge.config", "test_config.py", True),
        ("handlers.posts", "handlers/test_posts.py", True),
        ("bridge.store.migrations.versions.v1", "none", True),
    ],
)
def test_module_and_test_are_matched_by_name_and_folder(name, test, has_one):
    assert (untested([name], {test}) == []) is has_one
