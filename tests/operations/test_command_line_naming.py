"""The command line: what an operation is done on is named, and nothing else is."""

from __future__ import annotations

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
