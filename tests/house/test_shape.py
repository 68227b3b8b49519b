"""Sizes, names, docstrings: what a reader of the tree meets first."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

import pytest

from tests.house.tree import ROOMS, File, files, product

LONGEST = 300
OWN_JAVASCRIPT = 400
BANNED_NAMES = {"utils.py", "helpers.py", "services.py", "misc.py", "common.py", "signals.py"}
KUBERNETES_SERVICES = "apps_mgmt/rendering/services.py"
# Django finds these by their folder; there is nothing to say about an empty one.
FOUND_BY_DJANGO = {"management", "commands", "migrations"}
KERNEL = ("portal/operations/", "portal/access/", "portal/audit/", "portal/outbox/", "portal/live/")
KERNEL_MODULES = ("portal/crypto.py", "portal/errors.py", "portal/error_pages.py", "portal/health.py")
TOP_LEVEL = {
    *("manage.py", "portal", "tenants", "apps_mgmt", "releases", "templates", "static", "tests", "docs", "deploy"),
    *("requirements.txt", "requirements.in", "requirements-dev.txt", "requirements-dev.in"),
    *("README.md", "CONTRIBUTING.md", "THREAT_MODEL.md", "LICENSE", "Makefile", "pyproject.toml", ".ci", ".gitignore"),
    *("bench", "locale"),
}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def length(file: File) -> int:
    return len(file.text.splitlines())


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    counted = [one for one in files() if one.suffix in {".py", ".css", ".js", ".html"} and _is_written(one)]
    long = {str(one): length(one) for one in counted if length(one) > LONGEST}
    assert not long, f"Split by meaning what is over {LONGEST} lines: {long}"


def test_our_own_javascript_stays_small() -> None:
    scripts = {str(one): length(one) for one in product(".js")}
    assert scripts and sum(scripts.values()) < OWN_JAVASCRIPT, scripts


def test_the_top_level_is_as_agreed() -> None:
    assert {PurePosixPath(one.path).parts[0] for one in files()} <= TOP_LEVEL


def test_modules_are_named_for_what_is_in_them() -> None:
    banned = [one.path for one in product(".py") if one.name in BANNED_NAMES]
    assert banned == [KUBERNETES_SERVICES]


def test_every_package_says_what_lives_in_it() -> None:
    silent = [
        one.path
        for one in product(".py")
        if one.name == "__init__.py" and not set(one.folders) & FOUND_BY_DJANGO and not ast.get_docstring(_tree(one))
    ]
    assert not silent


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_may_import(room: str) -> None:
    assert "import" in (ast.get_docstring(_tree(File(f"{room}/__init__.py"))) or "")


def test_every_module_says_what_it_is_for() -> None:
    """In its docstring, or in those of all the classes it is made of; tables of addresses speak for themselves."""
    exempt = {"apps.py", "urls.py", "__init__.py"}
    silent = [
        one.path for one in product(".py") if one.name not in exempt and "commands" not in one.folders and _silent(one)
    ]
    assert not silent


def test_what_the_kernel_offers_is_documented() -> None:
    """Public functions and classes of the kernel: rooms are written against them, not against their source."""
    bare = [
        f"{one.path}: {node.name}"
        for one in product(".py")
        if one.path.startswith((*KERNEL, *KERNEL_MODULES)) and "commands" not in one.folders and one.name != "apps.py"
        for node in _public(_tree(one))
        if not ast.get_docstring(node)
    ]
    assert not bare


def test_every_function_of_the_product_is_typed() -> None:
    """mypy asks the same; this says so in a second, and for nested functions too."""
    untyped = [
        f"{one.path}:{node.lineno}: {node.name}"
        for one in product(".py")
        for node in ast.walk(_tree(one))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None
    ]
    assert not untyped


def _is_written(file: File) -> bool:
    return "migrations" not in file.folders


def _tree(file: File) -> ast.Module:
    return ast.parse(file.text)


def _public(tree: ast.Module) -> list[Definition]:
    return [one for one in tree.body if isinstance(one, Definition) and not one.name.startswith("_")]


def _silent(file: File) -> bool:
    tree = _tree(file)
    if ast.get_docstring(tree) or not tree.body:
        return False
    public = _public(tree)
    return not public or not all(ast.get_docstring(one) for one in public)
