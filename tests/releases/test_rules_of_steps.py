"""Rules of the platform for images that steps of a release name: they hold like those of a process, wherever it is."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import AfterValidator, BaseModel

from apps_mgmt.drafts import spec_of
from apps_mgmt.models import App
from apps_mgmt.ruling import broken
from apps_mgmt.spec import AppSpec, load
from apps_mgmt.spec.image import ImageText
from apps_mgmt.spec.images import images_of
from portal.access import Ref
from portal.access.ref import APP, PLATFORM, TENANT
from portal.errors import Refused
from portal.operations.performing import perform
from releases import ready
from tenants.rules import PlatformRules
from tests import cast
from tests.releases.stage import Stage

EVIL = "evil.example.net/builder"
RULES = PlatformRules(registries=("registry.example.com",), tagged=True)
BUILD: dict[str, Any] = {"kind": "build", "name": "make", "processes": ["web"], "image": EVIL, "command": ["make"]}
ROW = {**BUILD, "processes": "web", "command": "make"}
NEEDS = {"kind": "apply", "name": "begin", "part": "needs"}
APPLY = {"kind": "apply", "name": "write"}
NOTE = {"kind": "note", "name": "look", "text": "Look."}
BESIDE = {
    "kind": "parallel",
    "name": "both",
    "branches": [{"name": "a", "steps": [BUILD]}, {"name": "b", "steps": [NOTE]}],
}
WEB: dict[str, Any] = {"name": "web", "image": "registry.example.com/shop:1"}
# Every model of a spec that names an image, with a spec where it names one that breaks two rules. A new one comes here.
PLACES: dict[str, dict[str, Any]] = {
    "Process": {"processes": [{**WEB, "image": EVIL}]},
    "Init": {"processes": [{**WEB, "inits": [{"name": "first", "image": EVIL}]}]},
    "Sidecar": {"processes": [{**WEB, "sidecars": [{"name": "proxy", "image": EVIL}]}]},
    "BuildStep": {"processes": [WEB], "release": {"strategy": {"steps": [BUILD, APPLY]}}},
}


def models(kind: Any, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """Every model that can be in a spec, found by the annotations of their fields: so all kinds of steps, too."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
        seen.add(kind)
        yield kind
        for hint in typing.get_type_hints(kind, include_extras=True).values():
            yield from models(hint, seen)
    for inner in typing.get_args(kind):
        yield from models(inner, seen)


def names_image(hint: Any) -> bool:
    (validator,) = ImageText.__metadata__
    mine = isinstance(validator, AfterValidator) and validator in getattr(hint, "__metadata__", ())
    return mine or any(names_image(inner) for inner in typing.get_args(hint))


def test_every_kind_that_can_name_an_image_is_tried_here() -> None:
    found = {
        one.__name__
        for one in models(AppSpec, set())
        if any(names_image(hint) for hint in typing.get_type_hints(one, include_extras=True).values())
    }
    assert found == set(PLACES)


@pytest.mark.parametrize("kind", PLACES)
def test_an_image_breaks_the_rules_wherever_it_is_named(kind: str) -> None:
    sentences = " ".join(one.sentence for one in broken(load(PLACES[kind]), RULES))
    assert "images need a version" in sentences and "allowed registries" in sentences


def test_a_build_beside_other_steps_is_found_and_a_call_names_no_image() -> None:
    call = {"kind": "build", "name": "ask", "processes": ["web"], "request": {"url": "https://ci.example.com/"}}
    spec = load({"processes": [WEB], "release": {"strategy": {"steps": [BESIDE, call, APPLY]}}})
    assert [(one.name, one.image) for one in images_of(spec)] == [("web", WEB["image"]), ("make", EVIL)]


def test_a_builder_is_taken_from_where_it_says_on_every_cluster() -> None:
    placement = {
        "targets": [{"cluster": "south"}],
        "overrides": [{"cluster": "south", "registry": "mirror.example.com"}],
    }
    strategy = {"steps": [{**BUILD, "image": "registry.example.com/builder:1"}, APPLY]}
    spec = load({"processes": [WEB], "placement": placement, "release": {"strategy": strategy}})
    rules = PlatformRules(registries=("registry.example.com", "mirror.example.com"))
    assert not broken(spec, rules)
    assert [one.image for one in images_of(spec) if one.name == "make"] == ["registry.example.com/builder:1"]


def rule(stage: Stage) -> None:
    data = {"registries": "registry.example.com", "tagged": True}
    perform("platform.rules", actor=cast.actor(stage.people.olga), ref=Ref(PLATFORM), data=data)


def save(stage: Stage, name: str = "made", **data: Any) -> None:
    given = {"name": name, "title": "Made", "kind": "rolling", "steps": [NEEDS, ROW, APPLY], **data}
    perform("strategy.save", actor=cast.actor(stage.people.alice), ref=Ref(TENANT, "boutique"), data=given)


@pytest.mark.django_db
def test_no_edit_puts_it_into_a_strategy() -> None:
    stage = Stage()
    rule(stage)
    beside = [{**ROW, "beside": "both/a"}, {**NOTE, "beside": "both/b"}]
    for steps in ([NEEDS, ROW, APPLY], [NEEDS, *beside, APPLY]):
        for dry_run in (True, False):
            with pytest.raises(Refused, match="Rule “allowed registries”: make uses evil") as refusal:
                ref, data = Ref(APP, "boutique", "shop"), {"kind": "rolling", "steps": steps}
                perform("release.strategy", actor=stage.bob, ref=ref, data=data, dry_run=dry_run)
            assert refusal.value.code == "rule"
    assert not spec_of(stage.app).release.strategy.steps


@pytest.mark.django_db
def test_none_is_saved_for_all_apps_and_one_that_was_is_not_taken() -> None:
    stage = Stage()
    save(stage)
    rule(stage)
    with pytest.raises(Refused, match="Rule “images need a version”: make uses evil") as refusal:
        save(stage, "other")
    assert (refusal.value.code, refusal.value.field) == ("rule", "steps")
    with pytest.raises(Refused, match="allowed registries"):
        stage.on_app("release.strategy", saved="made")
    with pytest.raises(Refused, match="allowed registries"):
        image = "registry.example.com/other:1"
        stage.on_tenant("app.create", name="other", image=image, strategy="made")
    save(stage, title="Made well", steps=[NEEDS, {**ROW, "image": "registry.example.com/builder:1"}, APPLY])
    assert stage.on_app("release.strategy", saved="made").changed


@pytest.mark.django_db
def test_what_was_in_the_draft_is_named_before_and_refused_at_the_start() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("release.strategy", kind="rolling", steps=[NEEDS, ROW, APPLY])
    rule(stage)
    found = dict(ready.checks(App.objects.get(name="shop"), actor=stage.bob))
    assert "make uses evil.example.net/builder" in found["Rules of the platform"]
    ref = Ref(APP, "boutique", "shop")
    shown = perform("process.scale", actor=stage.bob, ref=ref, data={"process": "web", "replicas": 2}, dry_run=True)
    assert shown.preview and any("make uses evil" in one for one in shown.preview.warnings)
    with pytest.raises(Refused, match="allowed registries”: make uses evil"):
        stage.on_app("release.start")
