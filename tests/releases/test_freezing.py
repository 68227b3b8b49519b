"""What is written down before anything happens: quota, plan, secrets, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps_mgmt import drafts
from apps_mgmt.deleting import APP_DELETED
from apps_mgmt.models import App
from portal import outbox
from portal.access import Ref
from portal.access.ref import APP
from portal.audit.models import AuditEntry
from portal.errors import Conflict, QuotaExceeded, Refused
from portal.operations.performing import perform
from portal.operations.subject import Preview
from portal.outbox.models import OutboxRow
from portal.outbox.running import drain
from releases.deleting import DeletedApp
from releases.filling import filled
from releases.loading import snapshot_of
from releases.models import Release, Step, Target
from releases.states import RollbackCause
from tenants.models import Reservation
from tenants.quota.limits import set_limits
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def reserved(stage: Stage, source: str) -> dict[str, int]:
    rows = Reservation.objects.filter(app_id=stage.app.pk, source__startswith=source)
    return dict(rows.values_list("dimension", "amount"))


def test_instances_are_divided_over_the_clusters_and_kept_apart_from_the_manifests(stage: Stage) -> None:
    stage.on_app("release.start")
    for target in Target.objects.all():
        assert [row["replicas"] for row in target.workloads] == [2]
        assert all("replicas" not in m.get("spec", {}) for m in target.manifests if m["kind"] == "Deployment")


def test_the_plan_has_a_way_out_and_a_way_back(stage: Stage) -> None:
    stage.on_app("release.start")
    kinds = [step.kind for step in Step.objects.filter(back=False)]
    assert kinds == ["apply", "apply", "set_replicas", "wait_ready", "apply", "prune"]
    assert Step.objects.filter(back=True).count() == len(kinds)


def test_no_secret_value_is_frozen_but_the_worker_fills_it_in(stage: Stage) -> None:
    stage.on_app("secret.set", name="KEY", value="canary-7f3a", process="web")
    stage.on_app("release.start")
    target = Target.objects.get(cluster_name="north")
    assert "canary-7f3a" not in json.dumps(target.manifests)
    secrets = [m for m in filled(target.manifests, app_id=stage.app.pk) if m["kind"] == "Secret"]
    assert [list(one["data"].values()) for one in secrets] == [["Y2FuYXJ5LTdmM2E="]]


def test_the_peak_is_reserved_while_it_rolls_and_given_back_after(stage: Stage) -> None:
    stage.deployed()
    drain()
    stage.on_app("image.set", image="registry.example.com/shop:2")
    stage.deployed(image="registry.example.com/shop:2")
    assert reserved(stage, "release:")["instances"] > 4
    drain()
    assert reserved(stage, "release:") == {}
    assert reserved(stage, "deployed")["instances"] == 4


def test_a_deploy_that_does_not_fit_starts_nothing(stage: Stage) -> None:
    stage.deployed()
    drain()
    stage.on_app("image.set", image="registry.example.com/shop:2")
    set_limits(stage.people.boutique.pk, limits={"instances": 4})
    with pytest.raises(QuotaExceeded):
        stage.on_app("release.start")
    assert Release.objects.count() == 1
    assert not stage.sent()


def test_a_first_deploy_needs_no_room_for_instances_beside_the_old_ones(stage: Stage) -> None:
    set_limits(stage.people.boutique.pk, limits={"instances": 4})
    stage.on_app("release.start")
    assert reserved(stage, "release:")["instances"] == 4


def test_going_back_to_what_ran_is_never_refused_for_quota(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)
    drain()
    set_limits(stage.people.boutique.pk, limits={"releases": 0})
    with pytest.raises(QuotaExceeded):
        stage.on_app("release.start")
    preview = perform(
        "release.rollback", actor=stage.bob, ref=Ref("app", "boutique", "shop"), data={}, dry_run=True
    ).preview
    assert preview is not None and any("let through all the same" in one for one in preview.warnings)
    assert stage.on_app("release.rollback").result["state"] == "running"


@pytest.mark.parametrize("operation", ["release.rollback", "release.redeploy"])
def test_what_is_let_through_over_the_quota_says_so_in_the_answer_and_in_the_log(stage: Stage, operation: str) -> None:
    stage.deployed()
    failed_half_way(stage)
    drain()
    set_limits(stage.people.boutique.pk, limits={"releases": 0})
    told = stage.on_app(operation, release=1)

    assert "let through over the quota (Releases at once: 1 of 0)" in told.message
    assert AuditEntry.objects.get(operation=operation).result["over_quota"] == told.result["over_quota"]


def failed_half_way(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)
    assert stage.release(2).state == "failed"


AGAIN: list[dict[str, int]] = [{}, {"release": 1}]
again = pytest.mark.parametrize("data", AGAIN, ids=["what runs", "by its number"])


@again
@pytest.mark.parametrize("limits", [{"releases": 0}, {"instances": 4}], ids=["releases at once", "instances"])
def test_what_runs_well_is_not_deployed_again_over_the_quota(
    stage: Stage, data: dict[str, int], limits: dict[str, int]
) -> None:
    stage.on_app("release.strategy", kind="blue-green")
    stage.deployed()
    assert stage.release(1).state == "succeeded"
    drain()
    set_limits(stage.people.boutique.pk, limits=limits)
    ref = Ref("app", "boutique", "shop")
    preview = perform("release.redeploy", actor=stage.bob, ref=ref, data=data, dry_run=True).preview

    with pytest.raises(QuotaExceeded):
        stage.on_app("release.redeploy", **data)
    assert preview is not None and any("short" in one for one in preview.warnings)
    assert not any("let through" in one for one in preview.warnings)
    assert Release.objects.count() == 1


@again
def test_what_takes_no_more_than_what_runs_is_deployed_again_at_the_limit(stage: Stage, data: dict[str, int]) -> None:
    stage.on_app("release.strategy", kind="recreate")
    stage.deployed()
    drain()
    set_limits(stage.people.boutique.pk, limits={"instances": 4})
    told = stage.on_app("release.redeploy", **data)

    assert told.result["state"] == "running" and "over_quota" not in told.result


def test_going_back_within_the_quota_says_nothing_of_it(stage: Stage) -> None:
    stage.deployed()
    told = stage.on_app("release.rollback", release=1)

    assert told.message.endswith("to go back to release 1.") and "over_quota" not in told.result


def test_a_locked_app_is_not_deployed(stage: Stage) -> None:
    stage.on_app("app.lock", reason="audit")
    with pytest.raises(Conflict, match="audit"):
        stage.on_app("release.start")


def test_only_the_chosen_clusters_are_touched(stage: Stage) -> None:
    stage.on_app("release.start", targets=["south"])
    assert [t.cluster_name for t in Target.objects.all()] == ["south"]


def test_a_cluster_it_is_not_placed_on_is_refused_by_name(stage: Stage) -> None:
    with pytest.raises(Refused, match="north, south"):
        stage.on_app("release.start", targets=["east"])


def asks_for(stage: Stage, **release: Any) -> None:
    """The draft with another release policy, for which there are no operations yet."""
    app = App.objects.get(pk=stage.app.pk)
    spec = drafts.spec_of(app).with_release(**release)
    drafts.add_revision(app, spec, operation="env.set", input={}, actor_name="bob")
    app.version += 1
    app.save()


STRANGE = {"kind": "blue-green", "steps": [{"kind": "apply", "name": "write"}]}
HOOKS = {"before": [{"kind": "http-call", "name": "tell", "request": {"url": "https://ci.example.com/"}}]}


def test_what_no_release_can_do_yet_is_refused_and_said_before(stage: Stage) -> None:
    asks_for(stage, strategy=STRANGE)
    words = "these steps yet: write."
    assert any(words in warning for warning in previewed(stage).warnings)
    with pytest.raises(Refused, match=words):
        stage.on_app("release.start")
    assert not Release.objects.exists()


def test_hooks_are_lines_of_the_plan_of_what_is_new_and_of_nothing_else(stage: Stage) -> None:
    asks_for(stage, hooks=HOOKS)
    stage.deployed()
    stage.on_app("process.restart", process="web")
    planned = [[step.kind for step in one.steps.all()].count("http_call") for one in Release.objects.order_by("number")]
    assert planned == [1, 0]


def test_an_app_that_no_release_can_roll_yet_can_still_be_deleted(stage: Stage) -> None:
    stage.deployed()
    asks_for(stage, strategy=STRANGE)
    alice = cast.actor(stage.people.alice)
    perform("app.delete", actor=alice, ref=Ref(APP, "boutique", "shop"), data={"confirm": "shop"})
    DeletedApp().finish(OutboxRow.objects.get(kind=APP_DELETED).payload, {})
    assert Release.objects.get(kind="delete").state == "running"


def test_the_causes_to_go_back_on_are_frozen(stage: Stage) -> None:
    asks_for(stage, auto_rollback={"causes": ["crash-loop", "deadline"]})
    stage.on_app("release.start")
    asks_for(stage, auto_rollback={"on": False})
    snapshot = snapshot_of(stage.release(1))
    assert snapshot.rollback_on == {RollbackCause.CRASH_LOOP, RollbackCause.DEADLINE}


def test_the_order_of_waves_is_the_order_of_the_clusters(stage: Stage) -> None:
    asks_for(stage, waves={"order": [{"clusters": ["south"]}]})
    stage.on_app("release.start")
    assert [target.cluster_name for target in Target.objects.order_by("position")] == ["south", "north"]


def test_numbers_count_per_app(stage: Stage) -> None:
    assert stage.deployed() == 1
    assert stage.deployed() == 2
    assert App.objects.get().fence == 2
    assert outbox.counts()["poison"] == 0


def previewed(stage: Stage, **data: Any) -> Preview:
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.start", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview


def instances_after(preview: Preview) -> int:
    return next(row["after"] for row in preview.quota if row["dimension"] == "instances")


def test_the_preview_counts_the_instances_that_come_on_top_only_where_old_ones_run(stage: Stage) -> None:
    assert instances_after(previewed(stage)) == 4
    stage.deployed()
    stage.on_app("image.set", image="registry.example.com/shop:2")
    assert instances_after(previewed(stage)) == 6


def test_the_preview_names_the_release_under_way_and_only_then_the_form_offers_to_queue(stage: Stage) -> None:
    client = cast.signed_in(stage.people.bob)
    form = "/t/boutique/apps/shop/do/release.start/"
    assert not previewed(stage).warnings and 'name="wait"' not in client.get(form).text

    stage.on_app("release.start")

    assert "Release 1, started by bob, is still under way" in previewed(stage).warnings[0]
    assert 'name="wait"' in client.get(form).text


def test_what_stops_another_release_is_told_so(stage: Stage) -> None:
    stage.on_app("release.start")

    (stop,) = previewed(stage, supersede=True).warnings[:1]
    assert "Release 1, started by bob, is stopped where it is" in stop


def test_the_form_offers_only_clusters_that_the_app_is_placed_on(stage: Stage) -> None:
    client = cast.signed_in(stage.people.bob)
    form = "/t/boutique/apps/shop/do/release.start/"
    assert 'value="south"' in client.get(form).text

    stage.on_app("placement.targets", targets=[{"cluster": "north"}])

    assert 'name="targets"' not in client.get(form).text
