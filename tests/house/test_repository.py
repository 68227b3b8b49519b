"""What a fresh clone needs: pinned dependencies, the two commands, no binaries, complete migrations."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from django.core.management import call_command

from tests.house.tree import ROOT, files

LOCKS = ["requirements.txt", "requirements-dev.txt"]
LARGEST = 200_000


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_dependency_has_its_hash(lock: str) -> None:
    assert not _without_hash((ROOT / lock).read_text(encoding="utf-8"))


def test_a_requirement_without_version_or_hash_is_seen() -> None:
    assert _without_hash("django==5.2.1 \\\n    --hash=sha256:" + "0" * 64 + "\nredis==8.0\n") == ["redis==8.0"]
    assert _without_hash("django>=5 \\\n    --hash=sha256:" + "0" * 64) == ["django>=5"]


@pytest.mark.parametrize("lock", [*LOCKS, "requirements.in", "requirements-dev.in"])
def test_dependencies_come_from_whatever_index_pip_is_set_to(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.findall(r"--(?:extra-)?index-url.*|--find-links.*|--trusted-host.*|^.*(?:://|git\+).*$", text, re.M)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_what_is_asked_for_is_locked(name: str) -> None:
    asked = _names((ROOT / f"{name}.in").read_text(encoding="utf-8"))
    locked = _names("".join((ROOT / lock).read_text(encoding="utf-8") for lock in LOCKS))
    assert asked and asked <= locked


def test_the_readme_names_both_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in text and "make test" in text


def test_contributing_opens_with_adding_an_operation() -> None:
    lines = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    sections = [line for line in lines if line.startswith("## ")]
    assert sections[0] == "## Add an operation in ten minutes"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_files_a_page_links_to_are_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    linked = [one for one in re.findall(r"\]\(([^)#\s]+)", text) if not one.startswith(("http:", "https:"))]
    assert linked and not [one for one in linked if not (ROOT / one).exists()]


def test_every_command_of_the_makefile_that_pages_name_is_there() -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    pages = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "CONTRIBUTING.md"))
    assert set(re.findall(r"`make ([a-z-]+)", pages)) <= made


def test_the_check_that_runs_everywhere_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make check" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_there_are_no_binaries_and_no_heaps_of_data() -> None:
    heavy, binary = [], []
    for one in files():
        content = (ROOT / one.path).read_bytes()
        if b"\0" in content:
            binary.append(one.path)
        if len(content) > LARGEST and one.path not in LOCKS:
            heavy.append(one.path)
    assert (binary, heavy) == ([], [])


def test_no_key_or_token_is_committed() -> None:
    marks = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{20}|\bgh[pousr]_[A-Za-z0-9]{30}|\bAKIA[0-9A-Z]{16}"
    )
    assert not [one.path for one in files() if one.suffix != ".svg" and marks.search(one.text)]


def test_the_files_of_make_are_ignored_by_git() -> None:
    asked = [".slipway/env", ".venv/bin/python", ".slipway-other/env"]
    if (ROOT / ".git").exists():
        answer = subprocess.run(["git", "check-ignore", *asked], cwd=ROOT, capture_output=True, text=True)
        assert answer.stdout.split() == asked


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def _without_hash(lock: str) -> list[str]:
    """The first line of each requirement that is not pinned to one version or has no hash."""
    wanted = re.split(r"\n(?=\S)", "\n".join(line for line in lock.splitlines() if not line.lstrip().startswith("#")))
    pinned = re.compile(r"[A-Za-z0-9._\[\],-]+==\S+( ; .+?)? \\\n\s+--hash=sha256:[0-9a-f]{64}")
    return [one.splitlines()[0].rstrip(" \\") for one in wanted if one.strip() and not pinned.match(one)]


def _names(text: str) -> set[str]:
    """The packages that lines of a requirements file ask for, in one spelling."""
    found = re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", text, re.M)
    return {re.sub(r"[-_.]+", "-", one).lower() for one in found}
