"""The command line: what an operation is done on is named, and nothing else is; so is what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps_mgmt.models import App
from tests.operations.stage import Shop
from tests.operations.test_command_line import ON_SHOP, refused


def test_an_option_that_means_nothing_for_an_operation_is_refused(shop: Shop) -> None:
    said = refused("operate", "app.create", *ON_SHOP, "name=foo2", "image=nginx:1")

    assert said == "--app means nothing here: this is done on the tenant, named with --tenant."
    assert not App.objects.filter(name="foo2").exists()


@pytest.mark.parametrize("option", ["--release=1", "--cluster=north"])
def test_an_operation_on_an_app_takes_no_release_and_no_cluster(shop: Shop, option: str) -> None:
    said = refused("operate", "process.scale", *ON_SHOP, option, "process=web", "replicas=3")

    assert said.startswith(option.partition("=")[0] + " means nothing here")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("replicas:={", "replicas:= is not valid JSON (Expecting property name enclosed in double quotes, line 1)."),
        ("replicas:=three", "Text that is meant as it stands goes with replicas=…"),
        ("replicas:=", "replicas:= is not valid JSON (there is nothing behind it)."),
        ("replicas:=NaN", "replicas: NaN is not a JSON number."),
        ('replicas:={"a": 1, "a": 2}', "replicas: The key a is given twice."),
    ],
)
def test_what_is_no_json_says_which_key_it_stands_behind(shop: Shop, value: str, words: str) -> None:
    said = refused("operate", "process.scale", "process=web", value, *ON_SHOP)
    assert words in said and "body" not in said


def test_a_file_that_is_no_json_is_no_body_either(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "input.json"
    file.write_text("{")
    said = refused("operate", "process.scale", *ON_SHOP, "--file", str(file))
    assert "The file is not valid JSON" in said and "body" not in said
