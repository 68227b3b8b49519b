"""What the documentation says about the code is what the code says."""

from __future__ import annotations

import re
import subprocess
import sys

from docs import make_tables
from portal.operations import registry
from tests.house.tree import ROOT

TRY = """
import django
django.setup()
from portal.operations import registry
known = {one.name for one in registry.all_operations()}
exec(compile(open(0).read(), "CONTRIBUTING.md", "exec"), {"__name__": "apps_mgmt.operations.processes.tried"})
from portal.operations.operation import REGISTRY
from apps_mgmt.spec import AppSpec
from portal.operations import inputs
for name in sorted(set(REGISTRY) - known):
    operation = REGISTRY[name]
    spec = AppSpec().with_new_process("web", image="registry.example.com/shop:1")
    given = inputs.validate(operation(), dict(operation.example), read=lambda: spec)
    print(name, operation().apply(spec, given) != spec)
"""


def test_the_page_about_releases_is_drawn_from_the_machine() -> None:
    assert make_tables.RELEASES.read_text(encoding="utf-8") == make_tables.releases_page(), _hint()


def test_the_operation_that_contributing_shows_works_as_it_stands() -> None:
    """In a process of its own, because defining an operation registers it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = next(block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "(Operation)" in block)
    said = subprocess.run([sys.executable, "-c", TRY], cwd=ROOT, input=shown, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert re.fullmatch(r"[a-z]+\.[a-z_]+ True\n", said.stdout)


def test_operations_that_pages_name_are_there() -> None:
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "CONTRIBUTING.md"))
    named = set(re.findall(r"operations/([a-z]+\.(?!py\b)[a-z_]+)|operate ([a-z]+\.[a-z_]+)", text))
    known = {one.name for one in registry.all_operations()} | {"process.grace"}
    assert named and {first or second for first, second in named} <= known


def test_the_settings_that_the_readme_names_are_read_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## In production") :]
    named = set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE))
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "portal").rglob("*.py"))
    assert len(named) > 6 and not {one for one in named if f'"{one}"' not in code}


def _hint() -> str:
    return "Run .venv/bin/python docs/make_tables.py and commit what it writes."
