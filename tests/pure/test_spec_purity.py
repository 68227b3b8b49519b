"""Spec, rendering and demo data are pure: what they import can neither look anything up nor change anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {
    "spec": ("apps_mgmt.spec",),
    "rendering": ("apps_mgmt.spec", "apps_mgmt.rendering"),
    "adopting": ("apps_mgmt.spec", "apps_mgmt.rendering", "apps_mgmt.adopting"),
    "demo": ("apps_mgmt.spec", "apps_mgmt.demo"),
}
COMMON = (
    "__future__", "base64", "collections", "copy", "dataclasses", "decimal", "difflib", "functools", "hashlib",
    "ipaddress", "json", "math", "re", "shlex", "types", "typing", "urllib.parse", "yaml", "pydantic", "portal.errors",
    "django.utils.functional", "django.utils.text", "django.utils.translation",
)  # fmt: skip
FILES = [path for room in OURS for path in sorted((ROOT / "apps_mgmt" / room).glob("*.py"))]


def imports(source: str) -> Iterator[str]:
    """Every module that is imported, wherever in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def strange(source: str, room: str) -> list[str]:
    allowed = (*COMMON, *OURS[room])
    return [name for name in imports(source) if not any(name == one or name.startswith(f"{one}.") for one in allowed)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_module_imports_only_what_is_pure(path: Path) -> None:
    assert strange(path.read_text(encoding="utf-8"), path.parent.name) == []


def test_anything_else_would_be_found() -> None:
    assert strange("import os\nfrom django.db import models\nimport django.conf", "spec") == [
        "os",
        "django.db",
        "django.conf",
    ]
    assert strange("from apps_mgmt.rendering import render", "spec") == ["apps_mgmt.rendering"]
