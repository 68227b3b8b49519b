"""Tenant data is fetched through the doorway (`portal.access`) and nowhere else in what answers requests.

Views, API and consumers make no query of their own. The modules beside them that build what a page shows get an object
that came through the doorway; each query of theirs has to be narrowed to it (`app=`, `tenant_id=` …).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.rules import Finding, Rule
from tests.house.tree import File

MANAGERS = {"objects", "_default_manager", "_base_manager"}
NARROWED = {"app", "app_id", "tenant", "tenant_id", "release", "release_id", "user", "user_id"}
BUILDERS = {"buttons.py", "shapes.py"}


def _is_builder(file: File) -> bool:
    return file.name.endswith("_figures.py") or file.name in BUILDERS


def _answers_requests(file: File) -> bool:
    if not file.is_product or file.suffix != ".py" or "simulator" in file.folders:
        return False
    shown = {"pages", "api", "templatetags"} & set(file.folders)
    return bool(shown) or file.name.startswith(("views", "api", "consumer", "middleware", "context"))


def _queries(file: File) -> Iterator[tuple[ast.AST, set[str]]]:
    """Each use of a manager, with the names of all keywords in the chain of calls that begins with it."""
    parents = {inner: outer for outer in ast.walk(ast.parse(file.text)) for inner in ast.iter_child_nodes(outer)}
    for node in [*parents]:
        if not isinstance(node, ast.Attribute) or node.attr not in MANAGERS:
            continue
        keywords: set[str] = set()
        link: ast.AST | None = node
        while link is not None and (link is node or isinstance(link, ast.Attribute | ast.Call)):
            if isinstance(link, ast.Call):
                keywords |= {one.arg or "" for one in link.keywords}
            outer = parents.get(link)
            begins_with_it = getattr(outer, "func", getattr(outer, "value", None)) is link
            link = outer if begins_with_it else None
        yield node, keywords


def _any_query(file: File) -> Iterator[Finding]:
    for node, _keywords in _queries(file):
        yield getattr(node, "lineno", 1), ast.unparse(node)


def _unbounded_query(file: File) -> Iterator[Finding]:
    for node, keywords in _queries(file):
        if not keywords & NARROWED:
            yield getattr(node, "lineno", 1), f"{ast.unparse(node)} with {sorted(keywords)}"


DOORWAY_RULES = [
    Rule(
        "pages fetch through the doorway",
        "access.get and access.visible are the only code that fetches tenant data for a request.",
        lambda file: _answers_requests(file) and not _is_builder(file),
        _any_query,
        bad=("App.objects.get(name=name)", "rows = Release.objects.all()", "User._default_manager.filter(pk=1)"),
        good=("access.get(actor, ref, permissions.APP_VIEW)", "objects = []"),
        example_path="releases/pages/example.py",
        excepted={
            "releases/pages/fragments.py": "live topics name an id; `portal.live` asks the guards here before showing",
        },
    ),
    Rule(
        "what pages show is narrowed to what came through the doorway",
        "A query that is not narrowed to the app or tenant in hand may show another's.",
        lambda file: _answers_requests(file) and _is_builder(file),
        _unbounded_query,
        bad=("Release.objects.filter(number=3)", "Deployed.objects.all().order_by('app')"),
        good=("Release.objects.filter(app=app).order_by('-number')", "Revision.objects.all().filter(app=app)"),
        example_path="releases/pages/example_figures.py",
    ),
]
