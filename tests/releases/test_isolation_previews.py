"""What stands was made under the isolation of then: a preview shows what a release brings of the one of now."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, TENANT
from portal.audit.models import AuditEntry
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases.models import Release
from releases.pages import compare_figures, release_figures
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NODES: dict[str, Any] = {"level": "nodes", "key": "example.com/tenant", "value": "boutique"}
ENV: dict[str, Any] = {"env": [{"name": "A", "value": "1"}]}
SELECTOR, TOLERATION = "nodeSelector:", "tolerations:"


@pytest.fixture
def stage() -> Stage:
    """Release 1 runs on both clusters, and the tenant got nodes of its own since."""
    stage = Stage()
    stage.deployed()
    isolate(stage, **NODES)
    return stage


def isolate(stage: Stage, **data: Any) -> None:
    perform("tenant.isolate", actor=cast.actor(stage.people.olga), ref=Ref(TENANT, "boutique"), data=data)


def shown(stage: Stage, operation: str, **data: Any) -> Preview:
    ref = Ref(APP, "boutique", "shop")
    preview = perform(operation, actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview


def lines(preview: Preview, kind: str) -> dict[str, list[str]]:
    """Cluster → the lines of its Deployment of this kind, `add` or `del`."""
    rows = [one for one in preview.manifests if one["kind"] == "Deployment"]
    return {row["cluster"]: [line["text"].strip() for line in row["lines"] if line["kind"] == kind] for row in rows}


@pytest.mark.parametrize(
    ("operation", "data"),
    [("release.start", {}), ("release.redeploy", {}), ("release.rollback", {"release": 1}), ("env.set", ENV)],
)
def test_it_shows_the_nodes_that_a_release_would_bring(stage: Stage, operation: str, data: dict[str, Any]) -> None:
    found = lines(shown(stage, operation, **data), "add")

    assert {"north", "south"} == {name for name, new in found.items() if SELECTOR in new and TOLERATION in new}


@pytest.mark.parametrize(("operation", "data"), [("release.start", {}), ("env.set", ENV), ("process.restart", {})])
def test_it_says_that_every_instance_is_made_anew(stage: Stage, operation: str, data: dict[str, Any]) -> None:
    said = (
        "The isolation of the tenant was changed: Nodes of its own (example.com/tenant=boutique). When this is "
        "deployed, every instance on north, south is made anew under it."
    )
    assert said in shown(stage, operation, **data).warnings


FROM, TO = "A namespace of its own, with a network policy", "Nodes of its own (example.com/tenant=boutique)"


def difference(label: str = "Isolation of the tenant", *, before: str = FROM, after: str = TO) -> dict[str, str]:
    return {"path": "isolation", "label": label, "before": before, "after": after, "kind": "changed"}


@pytest.mark.parametrize(
    ("operation", "data"), [("release.start", {}), ("release.redeploy", {}), ("release.rollback", {"release": 1})]
)
def test_a_release_that_brings_nothing_else_says_from_which_isolation_to_which(
    stage: Stage, operation: str, data: dict[str, Any]
) -> None:
    assert list(shown(stage, operation, **data).spec) == [difference()]


def test_its_page_and_its_entry_in_the_log_say_so_too_and_the_next_ones_do_not(stage: Stage) -> None:
    for operation in ("release.redeploy", "release.start"):
        stage.on_app(operation)
        stage.finish()
    again, after = (release_figures.full(Release.objects.get(app=stage.app, number=number)) for number in (2, 3))
    entries = AuditEntry.objects.filter(operation__in=("release.redeploy", "release.start")).order_by("pk")

    assert (again["groups"], after["groups"]) == ([difference()], [])
    assert [one.diff for one in entries][-2:] == [[difference()], []]
    assert TO in " ".join(cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/releases/2/").text.split())
    pairs = ((1, 2, [difference()]), (2, 3, []), (2, 1, [difference(before=TO, after=FROM)]))
    for old, new, rows in pairs:
        two = (Release.objects.get(app=stage.app, number=number) for number in (old, new))
        assert compare_figures.compared(*two)["groups"] == rows


def test_an_edit_says_nothing_of_it_among_its_own_rows(stage: Stage) -> None:
    assert [row["path"] for row in shown(stage, "env.set", **ENV).spec] == ["env.A"]


def test_what_is_taken_back_reads_the_other_way(stage: Stage) -> None:
    stage.deployed()
    isolate(stage, level="cluster")

    assert list(shown(stage, "release.redeploy").spec) == [difference(before=TO, after="Clusters of its own")]


def test_a_cluster_that_was_made_under_it_is_not_named(stage: Stage) -> None:
    stage.on_app("release.start", targets=["north"])
    stage.work()
    stage.ready(stage.north)
    stage.work()

    assert list(shown(stage, "release.start").spec) == [difference("Isolation of the tenant (south)")]


def test_nothing_is_not_what_it_says_of_it(stage: Stage) -> None:
    assert shown(stage, "release.start").happens == ""


def test_nothing_differs_once_it_was_released(stage: Stage) -> None:
    stage.deployed()

    assert shown(stage, "release.start").happens == "Nothing differs from what runs: it is deployed again as it is."
    assert not any("isolation" in one for one in shown(stage, "env.set", **ENV).warnings)


def test_only_the_cluster_that_runs_without_it_is_shown(stage: Stage) -> None:
    stage.on_app("release.start", targets=["north"])
    stage.work()
    stage.ready(stage.north)
    stage.work()

    assert set(lines(shown(stage, "release.start"), "add")) == {"south"}


def test_what_an_isolation_that_was_taken_back_has_left_is_shown_to_go(stage: Stage) -> None:
    stage.deployed()
    isolate(stage, level="namespace")

    assert SELECTOR in lines(shown(stage, "release.start"), "del")["north"]


def test_a_release_that_ended_half_way_stands_under_its_own_isolation(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.work()
    stage.on_release("release.abort", 2, after="hold")
    stage.work()

    found = lines(shown(stage, "release.start"), "add")
    assert SELECTOR not in found.get("north", []) and SELECTOR in found["south"]


def test_a_stopped_app_is_not_taken_for_one_that_runs_under_it(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()

    assert SELECTOR in lines(shown(stage, "release.start"), "add")["north"]
    assert (
        "What runs here follows with the next release"
        in cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/").text
    )
