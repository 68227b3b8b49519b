"""What somebody set to the very value that Slipway did: told quietly, before a release of another value is refused."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.errors import Refused
from portal.operations.performing import perform
from releases import observing
from releases.drift.looking import drifts
from releases.models import Target
from releases.reasons import Reason
from tests import cast
from tests.releases.stage import IMAGE, Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

APP, KEY, REF = "/t/boutique/apps/shop/", "Deployment/shop--web", Ref("app", "boutique", "shop")
CHANGED = "Changed outside Slipway on cluster north"
ONE, TWO = "registry.example.com/shop:1", "registry.example.com/shop:2"
MEETS = "A release that sets"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def preview(stage: Stage, operation: str, **data: Any) -> Any:
    shown = perform(operation, actor=stage.bob, ref=REF, data=data, dry_run=True).preview
    assert shown is not None
    return shown


def meets(stage: Stage, operation: str = "release.start", **data: Any) -> list[str]:
    return [one for one in preview(stage, operation, **data).warnings if MEETS in one]


def conflict(stage: Stage) -> int:
    stage.on_app("image.set", process="web", image=TWO)
    number = int(stage.on_app("release.start").result["release"])
    values = {"cluster": "north", "words": "kubectl-set changed it", "code": "field_conflict", "object": KEY}
    stage.refuses(KEY, Reason("refused", {**values, "owners": {IMAGE: "kubectl-set"}}))
    assert stage.release(number).state == "failed"
    return number


@pytest.mark.parametrize("shared", [True, False], ids=["owned together", "theirs alone"])
def test_it_is_told_quietly_with_both_choices(stage: Stage, shared: bool) -> None:
    stage.put_back(stage.north, shared=shared)
    said = said_on(APP, stage.people.bob)
    assert CHANGED not in said and drifts(stage.app) == []
    assert f"shop--web on north: kubectl-set set the image of web too, to {ONE} as Slipway did" in said
    assert "Take over… Leave…" in said and "Take over…" not in said_on(APP, stage.people.vera)
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    answer = cast.browser().get("/api/v1/tenants/boutique/apps/shop", headers=headers).json()
    (told,) = answer["shared"]
    assert (
        answer["drift"] == []
        and told["since"]
        and told
        == {
            **{"cluster": "north", "object": KEY, "field": IMAGE, "manager": "kubectl-set"},
            **{"value": ONE, "left": False, "since": told["since"]},
        }
    )


def test_a_value_that_is_not_shown_is_told_without_it(stage: Stage) -> None:
    stage.put_back(stage.north, value=None)
    assert drifts(stage.app) == []
    assert "kubectl-set set the image of web too, to the value that Slipway set" in said_on(APP, stage.people.bob)
    stage.on_app("image.set", process="web", image=TWO)
    (told,) = meets(stage)
    assert "A release that sets another value there is refused" in told and TWO not in told


@pytest.mark.parametrize("shared", [True, False], ids=["owned together", "theirs alone"])
def test_a_release_that_changes_it_warns_before_it_is_refused(stage: Stage, shared: bool) -> None:
    stage.put_back(stage.north, shared=shared)
    assert meets(stage) == []
    stage.on_app("process.scale", process="web", replicas=6)
    assert meets(stage) == []
    assert meets(stage, "env.set", process="web", env=[{"name": "LOG", "value": "debug"}]) == []
    (edited,) = meets(stage, "image.set", process="web", image=TWO)
    stage.on_app("image.set", process="web", image=TWO)
    (told,) = meets(stage)
    assert told == edited
    assert told == (
        f"kubectl-set set the image of web of shop--web on north too, to {ONE}, as Slipway did. A release that sets "
        f"{TWO} there is refused: take it over (drift.take_over) or leave it (drift.leave) first."
    )
    assert meets(stage, targets=["south"]) == []
    stage.on_app("drift.leave", cluster="north", object=KEY)
    assert meets(stage) == []


def test_a_number_that_was_put_back_warns_where_it_changes_or_is_changed_on_the_way(stage: Stage) -> None:
    stage.put_back(stage.north, field=".spec.replicas", value=2, shared=False)
    stage.on_app("image.set", process="web", image=TWO)
    assert meets(stage) == []
    stage.on_app("release.strategy", kind="recreate")
    (on_the_way,) = meets(stage)
    assert "A release that sets another value there is refused" in on_the_way
    stage.on_app("release.strategy", kind="rolling")
    stage.on_app("process.scale", process="web", replicas=6)
    (told,) = meets(stage)
    assert "set the number of instances of shop--web on north too, to 2, as Slipway did. A release that sets 3" in told


def test_what_a_release_drops_and_somebody_set_too_is_told_to_stay(stage: Stage) -> None:
    stage.on_app("port.add", process="web", name="metrics", port=9191)
    stage.deployed()
    port = '.spec.template.spec.containers[name="web"].ports[containerPort=9191,protocol="TCP"].name'
    stage.put_back(stage.north, field=port, value=None, manager="argocd")
    stays = (
        "argocd set the port 9191 of web of shop--web on north too, as Slipway did. A release that drops it leaves it "
        "there: take it over (drift.take_over) first to have it taken out."
    )
    assert stays not in preview(stage, "release.start").warnings
    assert stays in preview(stage, "release.rollback", release=1).warnings
    stage.on_app("drift.leave", cluster="north", object=KEY)
    assert stays not in preview(stage, "release.rollback", release=1).warnings


def test_a_conflict_stays_open_while_the_other_has_the_field(stage: Stage) -> None:
    stage.put_back(stage.north)
    number = conflict(stage)
    (found,) = drifts(stage.app)
    assert (found.manager, found.live, found.ours, found.release) == ("kubectl-set", ONE, TWO, number)
    said = said_on(APP, stage.people.bob)
    assert CHANGED in said and f"Release {number} wanted {TWO}" in said and "as Slipway did" not in said
    stage.on_app("drift.take_over", cluster="north", object=KEY, of_release=number)
    again = Target.objects.get(release__number=number + 1, cluster_name="north")
    assert (again.release.revision.spec, again.forced) == (
        stage.release(number).revision.spec,
        {KEY: ["kubectl-set"]},
    )


def test_a_conflict_ends_when_the_other_gives_the_field_up(stage: Stage) -> None:
    stage.put_back(stage.north)
    conflict(stage)
    stage.ready(stage.north)
    assert drifts(stage.app) == []


def test_a_conflict_can_be_left(stage: Stage) -> None:
    stage.put_back(stage.north)
    conflict(stage)
    stage.on_app("drift.leave", cluster="north", object=KEY)
    stage.on_app("release.start")
    assert Target.objects.filter(cluster_name="north").latest("release__number").left == {KEY: {IMAGE: "kubectl-set"}}


def test_taking_over_what_runs_says_what_it_sets_not_what_was_refused(stage: Stage) -> None:
    stage.put_back(stage.north)
    number = conflict(stage)
    label = "north · shop--web: image of web"
    (row,) = preview(stage, "drift.take_over", cluster="north").spec
    assert row == {"label": label, "before": f"{ONE}, which kubectl-set set too", "after": ONE, "kind": "changed"}
    assert not [one for one in preview(stage, "drift.take_over", cluster="north").warnings if "are replaced" in one]
    row, elsewhere = preview(stage, "drift.take_over", cluster="north", of_release=number).spec
    assert (elsewhere["before"], elsewhere["after"]) == (ONE, TWO)
    assert row == {"label": label, "before": ONE, "after": TWO, "kind": "changed"}
    stage.on_app("drift.take_over", cluster="north")
    target = Target.objects.get(release__number=number + 1)
    assert (target.cluster_name, target.forced) == ("north", {KEY: ["kubectl-set"]})


def test_leaving_what_was_changed_leaves_nothing_that_has_the_same_value(stage: Stage) -> None:
    said = stage.says(stage.north, image=ONE, count=2)
    rows = [
        {"path": IMAGE, "value": ONE, "shown": True, "shared": True},
        {"path": ".spec.replicas", "value": 5, "shown": True},
    ]
    said["workloads"][0]["foreign"] = [{"manager": "kubectl", "operation": "Update", "at": "", "fields": rows}]
    observing.observe(stage.north.pk, stage.app.pk, said)
    stage.on_app("drift.leave", cluster="north", object=KEY)
    stage.app.refresh_from_db()
    assert [one["field"] for one in stage.app.left] == [".spec.replicas"]
    stage.on_app("drift.leave", cluster="north", object=KEY, field=IMAGE)
    stage.app.refresh_from_db()
    assert {one["field"] for one in stage.app.left} == {".spec.replicas", IMAGE}
    assert "does not have it now" not in said_on(APP, stage.people.bob)
    with pytest.raises(Refused):
        stage.on_app("drift.take_over", cluster="south")


def test_what_is_not_told_of_is_counted(stage: Stage) -> None:
    said = stage.says(stage.north, image=ONE, count=2)
    rows = [{"path": f".metadata.labels.x{number:02}", "value": None, "shown": False} for number in range(40)]
    owner = {"manager": "argocd", "operation": "Apply", "at": "", "fields": rows}
    said["workloads"][0] |= {"foreign": [owner], "untold": 7}
    observing.observe(stage.north.pk, stage.app.pk, said)
    words = "shop--web on north: others have 7 fields more of what Slipway set. The first 40 are looked at."
    assert words in said_on(APP, stage.people.bob)
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    answer = cast.browser().get("/api/v1/tenants/boutique/apps/shop", headers=headers).json()
    assert answer["untold"] == [{"cluster": "north", "object": KEY, "count": 7}]
    stage.ready(stage.north)
    assert "The first 40" not in said_on(APP, stage.people.bob)


def test_more_lines_than_the_page_has_are_counted(stage: Stage) -> None:
    target = Target.objects.get(cluster_name="north")
    names = [f"x{number:02}" for number in range(14)]
    (web,) = [one for one in target.manifests if one["kind"] == "Deployment"]
    web["metadata"]["annotations"] = dict.fromkeys(names, "1")
    target.save()
    said = stage.says(stage.north, image=ONE, count=2)
    rows = [{"path": f".metadata.annotations.{name}", "value": None, "shown": False, "shared": True} for name in names]
    owner = {"manager": "argocd", "operation": "Apply", "at": "", "fields": rows}
    said["workloads"][0]["foreign"] = [owner]
    observing.observe(stage.north.pk, stage.app.pk, said)
    assert "and 2 fields more that others set too, as Slipway did" in said_on(APP, stage.people.bob)


def test_what_is_refused_is_told_before_what_stays_and_nothing_is_left_uncounted(stage: Stage) -> None:
    box = '.spec.template.spec.containers[name="web"]'
    added = [{"path": f'{box}.env[name="A{n}"]', "value": None, "shown": False} for n in range(7)]
    image = {"path": IMAGE, "value": "registry.example.com/hand:1", "shown": True}
    said = stage.says(stage.north, image="registry.example.com/hand:1", count=2)
    owner = {"manager": "ann", "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": [*added, image]}
    said["workloads"][0]["foreign"] = [owner]
    observing.observe(stage.north.pk, stage.app.pk, said)
    stage.on_app("image.set", process="web", image=TWO)
    told = [one for one in preview(stage, "release.start").warnings if "ann " in one or "more field" in one]
    assert "ann changed the image of web of shop--web on north" in told[0]
    assert all("ann added the variable" in one for one in told[1:6])
    assert told[6:] == ["2 more fields that others have on the clusters stay as they are."]


def test_what_is_refused_beyond_the_first_is_counted(stage: Stage) -> None:
    box = '.spec.template.spec.containers[name="web"]'
    names = ("image", "resources.limits.cpu", "resources.limits.memory", "resources.requests.cpu")
    names = (*names, "resources.requests.memory", "name", "imagePullPolicy")
    rows = [{"path": f"{box}.{name}", "value": "else", "shown": True} for name in names]
    said = stage.says(stage.north, image="else", count=2)
    owner = {"manager": "ann", "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": rows}
    said["workloads"][0]["foreign"] = [owner]
    observing.observe(stage.north.pk, stage.app.pk, said)
    changed = len(drifts(stage.app))
    told = [one for one in preview(stage, "release.start").warnings if "ann changed" in one or "more field" in one]
    assert changed > 5 and len(told) == 6
    number = changed - 5
    noun = "field" if number == 1 else "fields"
    assert told[5].startswith(f"{number} more {noun} that others have: a release that writes something else there")
