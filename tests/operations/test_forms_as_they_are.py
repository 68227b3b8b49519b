"""A form is filled with what is so, of whatever it is opened for: saved unchanged, it changes nothing."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from apps_mgmt.operations.configuration.env import SetEnv
from apps_mgmt.operations.image.set import SetImage
from portal import access
from portal.access import Ref
from portal.errors import Invalid
from portal.operations import registry
from portal.operations.kinds import RECORD, SPEC
from portal.operations.operation import Operation
from portal.operations.performing import perform
from portal.operations.subject import adapter_of
from releases.asking import ReleaseFacts
from releases.operations.release.weight import WeighRouteOperation
from releases.states import ReleaseKind, ReleaseState
from tests import cast
from tests.operations.scenes import FROZEN, named, ref_of, who
from tests.operations.stage import Shop

SAVED = {"name": "careful", "title": "Careful", "kind": "batches", "batch": "25%"}
OWN_ROLE = {"name": "release-manager", "title": "Release manager", "rights": ["app.view", "tenant.view"]}
KEYS = {"process": ["web", "worker"], "user": ["bob", "vera"], "dimension": ["memory", "apps"]}
"""The fields that say which of several a form is about, and what there is of each."""
NAMES = {"env.set": "LOG_LEVEL", "freeze.set": "Year end", "strategy.save": "careful", "role.define": "release-manager"}
MAKES_OR_ENDS = ("app.create", "env.unset", "port.add", "release.forbid", "secret.set")
"""What these are for cannot be so already, so that something is always left to fill in."""
FILLED = [
    one
    for one in registry.all_operations()
    if one.fills and one.kind in (SPEC, RECORD) and one.subject in ("app", "tenant")
]
NOTHING = "Nothing: it is already so."


def named_keys(operation: type[Operation]) -> list[dict[str, str]]:
    """Everything that a link to its form may name."""
    keys = [{key: one} for key, ones in KEYS.items() if key in operation.Input().fields for one in ones]
    return [{}, *keys, *([{"name": NAMES[operation.name]}] if operation.name in NAMES else [])]


@pytest.fixture(name="full")
def _full(shop: Shop) -> Shop:
    """The shop with a second process that is unlike the first in everything."""
    revision = shop.again().draft
    assert revision is not None
    worker = {
        "name": "worker",
        "image": "registry.example.com/jobs:7",
        "replicas": 1,
        "ports": [{"name": "admin", "port": 9000}],
    }
    revision.spec["processes"].append(worker)
    revision.save()
    shop.do("probe.path", process="web", path="/healthz")
    shop.do("probe.path", process="worker", path="/alive")
    shop.do("env.set", env=[{"name": "LOG_LEVEL", "value": "info"}, {"name": "BOTH", "value": "everywhere"}])
    shop.do("env.set", env=[{"name": "ONLY_WEB", "value": "precious\nvalue"}], process="web")
    shop.do("env.set", env=[{"name": "BOTH", "value": "of the worker"}], process="worker")
    for name, data in [
        ("role.define", OWN_ROLE),
        ("strategy.save", SAVED),
        ("freeze.set", {"name": "Year end", **FROZEN}),
    ]:
        perform(name, actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    return shop


@pytest.mark.parametrize("operation", FILLED, ids=named)
def test_what_a_form_is_filled_with_changes_nothing(full: Shop, operation: type[Operation]) -> None:
    adapter, doing, actor = adapter_of(operation.subject), operation(), who(full, operation)
    value = adapter.value(access.get(actor, ref_of(operation), operation.permission), operation.kind)
    fields = operation.Input().fields
    checked = 0
    for chosen in named_keys(operation):
        given = {name: one for name, one in {**doing.initial(value, chosen), **chosen}.items() if name in fields}
        try:
            found = perform(operation.name, actor=actor, ref=ref_of(operation), data=given, dry_run=True)
        except Invalid:
            continue  # something has to be filled in yet, or there is no such thing
        assert found.preview is not None and [*found.preview.spec] == [], chosen
        checked += 1
    assert (checked == 0) == (operation.name in MAKES_OR_ENDS)


def test_every_pencil_of_an_app_opens_what_its_line_says(full: Shop) -> None:
    bob = cast.signed_in(full.people.bob)
    page = bob.get("/t/boutique/apps/shop/configure/")
    links = [html.unescape(one) for one in re.findall(r'class="pencil"\s+href="([^"]*/do/[^"]*)"', page.text)]

    assert len(links) > 12
    assert [one for one in links if NOTHING not in bob.get(one).text] == []


def test_a_variable_of_a_process_comes_with_its_own_value(full: Shop) -> None:
    spec: Any = adapter_of("app").value(full.again(), SPEC)

    def held(**chosen: str) -> str:
        (row,) = SetEnv().initial(spec, chosen)["env"]
        return str(row["value"])

    assert held(name="ONLY_WEB", process="web") == "precious\nvalue"
    assert held(name="BOTH", process="worker") == "of the worker"
    assert held(name="BOTH") == held(name="BOTH", process="web") == "everywhere"


def test_images_that_differ_are_not_filled_in_for_all(full: Shop) -> None:
    spec: Any = adapter_of("app").value(full.again(), SPEC)
    assert SetImage().initial(spec, {})["image"] == ""
    assert SetImage().initial(spec, {"process": "worker"})["image"] == "registry.example.com/jobs:7"


def test_the_share_is_that_of_the_host_that_is_named() -> None:
    weighed = (("one.example.com", 20), ("two.example.com", 70))
    facts = ReleaseFacts("shop", 2, ReleaseKind.DEPLOY, ReleaseState.WAITING, weighed=weighed)
    filled = [WeighRouteOperation().initial(facts, {"host": host}) for host, _share in weighed]
    assert [(one["host"], one["canary"]) for one in filled] == [*weighed]
