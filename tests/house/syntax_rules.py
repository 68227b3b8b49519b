"""Rules that look at Python's syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.rules import Finding, Rule, ending, imported, lines, nodes, python
from tests.house.tree import File

USER_ERRORS = {"UserError", "Invalid", "NotFound", "Refused", "Conflict", "Forbidden", "QuotaExceeded", "ClusterAway"}
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"log", "_log", "logger"}
CONFIDENTIAL = ("password", "secret", "kubeconfig", "credential", "api_key", "private_key", "token")
ORM = "no ORM, clock, random, network, settings"
PURE = (
    "apps_mgmt/spec/",
    "apps_mgmt/rendering/",
    "apps_mgmt/demo/",
    "releases/machine.py",
    "releases/progress.py",
    "releases/draft.py",
    "releases/reading.py",
    "releases/changes.py",
    "releases/events.py",
    "releases/effects.py",
    "releases/snapshot.py",
    "releases/observation.py",
    "releases/reasons.py",
    "releases/states.py",
    "releases/steps/",
    "releases/strategies/",
    "tenants/quota/arithmetic.py",
)
_SHELL_MODULES = (
    "time", "random", "secrets", "socket", "asyncio", "threading", "subprocess", "os", "logging", "structlog",
    "aiohttp", "kubernetes", "redis", "celery", "channels", "rest_framework",
)  # fmt: skip
_CLOCKS = {"datetime", "date", "timezone"}
_MANAGERS = {"_default_manager", "_base_manager"}


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _plain_text(node: ast.AST) -> bool:
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return isinstance(first, ast.JoinedStr) or (isinstance(first, ast.Constant) and isinstance(first.value, str))


def _logs_something_confidential(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    owner = node.func.value
    if node.func.attr not in LOG_METHODS or not isinstance(owner, ast.Name) or owner.id not in LOGGERS:
        return False
    given = [*node.args, *(one.value for one in node.keywords)]
    names = [getattr(inner, "id", getattr(inner, "attr", "")) for one in given for inner in ast.walk(one)]
    names += [one.arg or "" for one in node.keywords]
    return any(word in name.lower() and not name.endswith("_id") for name in names for word in CONFIDENTIAL)


def _impure(file: File) -> Iterator[Finding]:
    for line, name in imported(file):
        top = name.partition(".")[0]
        if top in _SHELL_MODULES or (top == "django" and name != "django" and not name.startswith("django.utils")):
            yield line, name
    for node in ast.walk(ast.parse(file.text)):
        if not isinstance(node, ast.Attribute):
            continue
        owner = ast.unparse(node.value).rpartition(".")[2]
        asks_the_clock = node.attr in {"now", "today", "utcnow"} and owner in _CLOCKS
        if asks_the_clock or node.attr in _MANAGERS or (node.attr == "objects" and owner[:1].isupper()):
            yield node.lineno, ast.unparse(node)


def _simulator_imports(file: File) -> Iterator[Finding]:
    ours = ("portal", "tenants", "apps_mgmt", "releases", "django")
    for line, name in imported(file):
        if name.partition(".")[0] in ours and not name.startswith("releases.simulator"):
            yield line, name


def _saves_itself(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        isinstance(one, ast.FunctionDef) and one.name in {"save", "delete"} for one in node.body
    )


SYNTAX_RULES = [
    Rule(
        "user errors can be translated",
        "A sentence for people goes through gettext; only the command line speaks plain English.",
        lambda file: python()(file) and "management" not in file.folders and "simulator" not in file.folders,
        nodes(lambda node: _called(node) in USER_ERRORS and _plain_text(node)),
        bad=('raise Invalid("Too long.")', 'raise errors.Refused(f"{name} is taken.")'),
        good=('raise Invalid(_("Too long."))', "raise NotFound(_missing())", 'ValueError("no number")'),
    ),
    Rule(
        "no secret is logged",
        "Logs are read by more people than secrets are for.",
        ending(".py"),
        nodes(_logs_something_confidential),
        bad=('log.info("token %s", token)', 'log.error("refused", password=form.password)'),
        good=('log.info("token %s used", token_id)', 'log.error("refused", path=request.path)'),
    ),
    Rule(
        "pure modules are pure",
        "The same input gives the same answer: " + ORM + ".",
        lambda file: file.suffix == ".py" and file.path.startswith(PURE),
        _impure,
        bad=("import time", "from django.db import models", "at = datetime.now()", "rows = App.objects.all()"),
        good=("from django.utils.translation import gettext_lazy as _", "import datetime", "at = draft.now"),
        example_path="apps_mgmt/spec/example.py",
    ),
    Rule(
        "the simulated cluster stands alone",
        "It is the other side: what it shares with the portal it could not test.",
        python("releases/simulator/"),
        _simulator_imports,
        bad=("from portal.errors import Invalid", "from releases.states import State"),
        good=("from releases.simulator.core import cluster", "from .store import Store"),
        example_path="releases/simulator/example.py",
    ),
    Rule(
        "no star import",
        "A reader should find where a name comes from.",
        ending(".py"),
        lines(r"^\s*from \S+ import \*"),
        bad=("from releases.states import *",),
        good=("from releases.states import State",),
    ),
    Rule(
        "models do no work when saved",
        "What follows from a change is in the operation, where it can be read.",
        lambda file: python()(file) and ("models" in file.folders or file.name == "models.py"),
        nodes(_saves_itself),
        bad=("class App(Model):\n    def save(self): ...",),
        good=("class App(Model):\n    def saved_at(self): ...",),
        example_path="apps_mgmt/models/example.py",
    ),
    Rule(
        "no prints",
        "Processes log; commands write to their own output.",
        lambda file: python()(file) and not file.path.startswith("portal/local/"),
        nodes(lambda node: _called(node) == "print" and isinstance(getattr(node, "func", None), ast.Name)),
        bad=('print("here")',),
        good=('self.stdout.write("done")', "self._print(text)"),
        excepted={"releases/simulator/shell/serve.py": "a program of its own, which says where it listens"},
    ),
]
