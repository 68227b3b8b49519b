"""The log is complete: its operations, applied again from nothing, give the app as it is."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps_mgmt import drafts
from apps_mgmt.models import App
from apps_mgmt.replaying import Step, replay
from apps_mgmt.spec import digest
from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.errors import Refused, UserError
from portal.operations.performing import perform
from releases import demo
from tenants.models import TenantCluster
from tests.operations.audit_stage import TABLE, behind_its_back
from tests.operations.stage import Shop
from tests.releases.stage import Stage


def log_of(app: App) -> list[Step]:
    done = AuditEntry.objects.filter(subject_id=str(app.pk), outcome="done").order_by("sequence")
    return [Step(one.operation, one.resolved, one.version_after != one.version_before) for one in done]


def replayed(app: App) -> bool:
    return digest(replay(log_of(app))) == digest(drafts.spec_of(App.objects.get(pk=app.pk)))


def test_every_edit_is_found_again_in_the_log(shop: Shop) -> None:
    edits: list[tuple[str, dict[str, Any]]] = [
        ("image.set", {"process": "web", "image": "registry.example.com/shop:2"}),
        ("process.scale", {"process": "web", "replicas": 7}),
        ("env.set", {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}], "process": "web"}),
        ("env.set", {"env": [{"name": "C", "value": " spaced "}]}),
        ("env.unset", {"names": ["A"]}),
        ("secret.set", {"name": "KEY", "value": "first"}),
        ("secret.set", {"name": "KEY", "value": "second", "process": "web"}),
        ("port.add", {"process": "web", "name": "metrics", "port": 9090}),
        ("probe.path", {"process": "web", "path": "/healthz"}),
        ("placement.targets", {"targets": [{"cluster": "south", "own": 2}, {"cluster": "north"}]}),
        ("app.describe", {"title": "Shop"}),
        ("draft.undo", {}),
        ("process.scale", {"process": "web", "replicas": 9}),
    ]
    for operation, data in edits:
        shop.do(operation, **data)
        assert replayed(shop.app), operation


def test_what_was_refused_is_no_part_of_it(shop: Shop) -> None:
    shop.do("app.lock", reason="audit")
    with pytest.raises(UserError):
        shop.do("process.scale", process="web", replicas=5)
    shop.do("app.unlock")
    shop.do("process.scale", process="web", replicas=4)

    assert replayed(shop.app)


def test_a_cluster_that_came_later_does_not_change_the_past(shop: Shop) -> None:
    TenantCluster.objects.filter(tenant=shop.people.boutique, cluster__name="south").delete()
    shop.create("later", image="registry.example.com/later:1")

    later = App.objects.get(name="later")
    assert [one.cluster for one in drafts.spec_of(later).placement.targets] == ["north"]
    assert replayed(later) and replayed(shop.app)


@pytest.mark.django_db
def test_releases_leave_their_part_in_the_log_too() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("process.restart", process="web")
    assert not drafts.spec_of(App.objects.get(pk=stage.app.pk)).process("web").restarted_at
    assert replayed(stage.app)

    stage.on_app("process.scale", process="web", replicas=6)
    perform("draft.discard", actor=stage.bob, ref=Ref("app", "boutique", "shop"), data={})
    assert replayed(stage.app)


def test_a_changed_log_gives_another_app(shop: Shop) -> None:
    shop.do("process.scale", process="web", replicas=7)
    steps = log_of(shop.app)

    assert digest(replay(steps[:-1])) != digest(drafts.spec_of(shop.again()))


TUESDAYS = {"kind": "window", "name": "day", "begin": "09:00", "end": "17:00", "days": "Tues, Thur"}
WITH_AN_IMAGE = {"kind": "job", "name": "migrate", "process": "web", "command": "bin/migrate", "image": "tools:1"}
TAKEN_ONCE: list[tuple[str, dict[str, Any], str]] = [
    ("placement.targets", {"targets": [{"cluster": "south", "weight": 1, "own": 50}]}, '"own": 50'),
    (
        "release.strategy",
        {"kind": "canary", "steps": [TUESDAYS, {"kind": "batch", "name": "all", "replicas": "100%"}]},
        '"days": ["tue", "thu"]',
    ),
    ("release.hooks", {"before": [WITH_AN_IMAGE], "after": []}, '"name": "migrate"'),
]


@pytest.mark.parametrize(("operation", "resolved", "part"), TAKEN_ONCE, ids=[one for one, *_ in TAKEN_ONCE])
def test_what_was_once_taken_replays_though_it_is_refused_now(
    shop: Shop, operation: str, resolved: dict[str, Any], part: str
) -> None:
    with pytest.raises(Refused):
        shop.do(operation, **resolved)
    spec = replay([*log_of(shop.app), Step(operation, resolved)])
    assert part in json.dumps(spec.model_dump(mode="json"))


def command(**options: str) -> tuple[str, str]:
    """What `manage.py audit replay` says, and its complaint."""
    out, err = StringIO(), StringIO()
    try:
        call_command("audit", "replay", stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}"
    return out.getvalue(), err.getvalue()


def test_the_command_rebuilds_every_app(shop: Shop) -> None:
    shop.do("process.scale", process="web", replicas=7)
    shop.create("other", image="registry.example.com/other:1")

    said, wrong = command()
    assert "boutique/other: 1 entries give what is there" in said
    assert "boutique/shop: 2 entries give what is there" in said and not wrong
    assert command(tenant="harbor") == ("", "")
    assert "There is no tenant nowhere" in command(tenant="nowhere")[1]


def test_the_command_names_what_is_not_as_the_log_says(shop: Shop) -> None:
    shop.do("process.scale", process="web", replicas=7)
    draft = shop.again().draft
    assert draft is not None
    spec = dict(draft.spec)
    spec["processes"][0]["replicas"] = 70
    type(draft).objects.filter(pk=draft.pk).update(spec=spec)

    said, wrong = command(tenant="boutique")
    assert "boutique/shop: 2 entries give something else" in wrong and not said
    assert "by the log “7”, in the app “70”" in wrong and "does not lead to what is there" in wrong


def test_the_command_names_an_entry_that_does_not_fit(shop: Shop) -> None:
    shop.do("process.scale", process="web", replicas=7)
    behind_its_back(f"UPDATE {TABLE} SET resolved = '{{}}' WHERE operation = 'process.scale'")

    assert "entry 2 (process.scale) cannot be applied" in command()[1]


def test_an_app_that_cannot_be_read_is_named_and_the_others_are_compared(shop: Shop) -> None:
    shop.create("zoo", image="registry.example.com/zoo:1")
    draft = shop.again().draft
    assert draft is not None
    type(draft).objects.filter(pk=draft.pk).update(spec={"processes": "none"})

    said, wrong = command()
    assert "boutique/shop: 1 entries give something else" in wrong and "cannot be read" in wrong
    assert "boutique/zoo: 1 entries give what is there" in said


def test_the_apps_of_the_demo_are_rebuilt_as_well(shop: Shop) -> None:
    began = list(demo.add_apps(on=["north", "south"]))

    said, wrong = command()
    assert not wrong and all(f"boutique/{name}: 2 entries give what is there" in said for name in began) and began
