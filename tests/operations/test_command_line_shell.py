"""The command line in a shell: its ways to write a list, a version, a pipe that ends early."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.operations.stage import Shop
from tests.operations.test_command_line import ON_SHOP, ROOT, refused, run


@pytest.mark.parametrize(
    ("operation", "given", "shown"),
    [
        ("placement.targets", "targets=mars", """targets:='[{"cluster": "north", "weight": 2}"""),
        ("release.start", "targets=north", """targets:='["north"]'"""),
        ("release.start", """targets=["north"]""", """targets:='["north"]'"""),
    ],
)
def test_a_list_that_is_given_as_text_is_shown_as_it_has_to_be(
    shop: Shop, operation: str, given: str, shown: str
) -> None:
    assert shown in refused("operate", operation, *ON_SHOP, given)


def test_a_version_is_that_of_the_app_by_either_name(shop: Shop) -> None:
    for name in ("--version", "--if-version"):
        said = refused("operate", "process.scale", *ON_SHOP, "process=web", "replicas=3", name, "0")
        assert "it is at version 1 now" in said
    run("operate", "process.scale", *ON_SHOP, "process=web", "replicas=3", "--version", "1")


def test_what_to_do_about_a_release_that_runs_is_named_by_field(shop: Shop) -> None:
    run("operate", "release.start", *ON_SHOP)
    said = refused("operate", "release.start", *ON_SHOP)

    assert "\n  wait: Queue" in said and "\n  supersede: Stop" in said


def test_whoever_asks_to_stop_it_and_to_queue_behind_it_has_to_choose(shop: Shop) -> None:
    run("operate", "release.start", *ON_SHOP)
    for more in ([], ["--dry-run"]):
        said = refused("operate", "release.start", *ON_SHOP, "wait=true", "supersede=true", *more)
        assert "A release cannot stop the one under way and queue behind it. Choose one of the two." in said


def test_a_kubeconfig_that_is_not_there_is_named(db: None) -> None:
    with pytest.raises(CommandError, match=r"^The kubeconfig /nope cannot be read: No such file or directory\.$"):
        call_command("cluster", "add", "mars", "--kubeconfig", "/nope")


def test_a_reader_that_has_enough_is_no_fault() -> None:
    end, begin = os.pipe()
    os.close(end)
    with open(begin, "wb") as output:
        done = subprocess.run(
            [sys.executable, "manage.py", "operations", "--json"], cwd=ROOT, stdout=output, stderr=subprocess.PIPE
        )

    assert (done.stderr, done.returncode) == (b"", 141)
