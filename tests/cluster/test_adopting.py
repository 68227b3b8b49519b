"""A Deployment that somebody else made becomes a process of Slipway: no instance starts anew, and later ones roll."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from apps_mgmt.adopting import Adoption, adopted_spec, joined
from apps_mgmt.rendering import Facts, render
from apps_mgmt.spec import AppSpec
from releases import reading
from releases.gateway import FenceLost, FieldConflict, Gateway, TemplateChanges
from releases.gateway.trimming import trim
from tests.cluster.manifests import deployment
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, before_next_write, container_of, owners
from tests.cluster.waiting import LIMIT_SECONDS
from tests.pure.adoptable import boutique, odd, replaced_at_once

APP_ID, WRITER = "7", "kubectl-client-side-apply"
Raw = dict[str, Any]
THEIRS = {"app": "frontend", "team": "web"}


class Legacy:
    """The Deployment `frontend` of somebody else, running, and what Slipway makes of it."""

    def __init__(self, gateway: Gateway, outsider: Outsider, body: Raw, *, labels: Raw | None = None) -> None:
        self.gateway, self.outsider = gateway, outsider
        body = {**body, "metadata": {**body["metadata"], "labels": THEIRS if labels is None else labels}}
        outsider.create(DEPLOYMENTS, body, manager=WRITER)
        self.until_ready()
        self.spec = self.described()

    def live(self) -> Raw:
        return self.outsider.get(DEPLOYMENTS, "frontend")

    def described(self) -> AppSpec:
        live = self.live()
        asked = Adoption("web", "north", "frontend", live["metadata"]["uid"], live["spec"])
        asked = replace(asked, written=joined(adopted_spec(AppSpec(), asked), asked, self.facts))
        return adopted_spec(AppSpec(), asked)

    @property
    def facts(self) -> Facts:
        space = self.gateway.namespace
        return Facts(app="shop", app_id=APP_ID, tenant="boutique", namespace=space, cluster="north")

    def manifest(self, spec: AppSpec | None = None) -> Raw:
        rows = render(spec or self.spec, self.facts).manifests
        return next(row for row in rows if row["kind"] == "Deployment")

    def take(self, spec: AppSpec | None = None, *, fence: int = 1) -> tuple[str, ...]:
        """As a release does: the manifest, then the number of instances. Who lost fields."""
        done = self.gateway.apply(self.manifest(spec), fence=fence, release=str(fence), replicas=2)
        self.gateway.set_replicas("Deployment", "frontend", replicas=2, fence=fence)
        return done.taken_from

    def pods(self) -> dict[str, str]:
        """uid → image of the instances that stay."""
        rows = self.outsider.get("v1/pods", labelSelector="app=frontend")["items"]
        return {
            row["metadata"]["uid"]: row["spec"]["containers"][0]["image"]
            for row in rows
            if "deletionTimestamp" not in row["metadata"]
        }

    def sets(self) -> set[str]:
        rows = self.outsider.get("apps/v1/replicasets", labelSelector="app=frontend")["items"]
        return {row["metadata"]["uid"] for row in rows}

    def left_as_it_was(self, act: Callable[[], object]) -> bool:
        """Whether `act` writes nothing; it is tried again while the cluster's own controllers still write."""
        for _ in range(20):
            before = self.live()["metadata"]["resourceVersion"]
            act()
            if self.live()["metadata"]["resourceVersion"] == before:
                return True
        return False

    def until_ready(self, *, image: str = "") -> None:
        limit = time.monotonic() + LIMIT_SECONDS
        while True:
            live = self.live()
            status, wanted = live.get("status", {}), live["spec"]["replicas"]
            counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
            seen = status.get("observedGeneration") == live["metadata"]["generation"]
            rolled = not image or set(self.pods().values()) == {image}
            if counts == [wanted] * 3 and seen and rolled:
                return
            assert time.monotonic() < limit, f"{status} {self.pods()}"


@pytest.fixture
def legacy(gateway: Gateway, outsider: Outsider) -> Legacy:
    return Legacy(gateway, outsider, deployment("frontend", image="registry.example.com/shop:1"))


@pytest.mark.parametrize("live", [boutique, odd, replaced_at_once])
def test_a_rehearsal_finds_that_nothing_of_the_template_changes(
    gateway: Gateway, outsider: Outsider, live: Any
) -> None:
    spec = live()
    spec["replicas"] = 0
    spec["template"]["spec"].pop("priorityClassName", None)
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "frontend"}, "spec": spec}
    legacy = Legacy(gateway, outsider, body)
    found = gateway.rehearse(legacy.manifest())
    assert (found.differs, found.managers) == ((), ("kubectl-client-side-apply",))


def test_a_rehearsal_names_what_would_change_and_changes_nothing(legacy: Legacy) -> None:
    changed = legacy.manifest(legacy.spec.with_process("web", image="x:9"))
    assert legacy.gateway.rehearse(changed).differs == ("spec.template.spec.containers[0].image",)
    assert legacy.left_as_it_was(lambda: legacy.gateway.rehearse(changed))


def test_no_instance_starts_anew_and_name_selector_and_template_stay(legacy: Legacy) -> None:
    before, pods, sets = legacy.live(), legacy.pods(), legacy.sets()
    taken_from = legacy.take()
    after = legacy.live()
    assert taken_from == ("kubectl-client-side-apply",)
    assert after["spec"] == before["spec"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert (legacy.pods(), legacy.sets()) == (pods, sets)


def test_it_says_whose_it_is_and_keeps_the_labels_it_had(legacy: Legacy) -> None:
    legacy.take()
    labels = legacy.live()["metadata"]["labels"]
    assert labels["app.kubernetes.io/managed-by"] == "slipway"
    assert (labels["slipway.dev/app-id"], labels["slipway.dev/release"], labels["team"]) == (APP_ID, "1", "web")


def test_what_slipway_writes_is_its_own_from_then_on(legacy: Legacy) -> None:
    legacy.take()
    entries = {row["manager"]: row for row in legacy.live()["metadata"]["managedFields"] if "subresource" not in row}
    assert "f:spec" not in entries["kubectl-client-side-apply"]["fieldsV1"]
    assert entries["slipway-replicas"]["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    assert {("slipway", "Apply"), ("slipway-replicas", "Apply")} <= owners(legacy.live())


def test_nothing_of_what_slipway_writes_is_missing_there(legacy: Legacy) -> None:
    for fence in (1, 2):
        legacy.take(fence=fence)
        told = trim(legacy.live(), kind="Deployment").get("foreign", ())
        assert not [field for one in told for field in one["fields"] if field.get("gone")]


def test_doing_it_again_writes_nothing(legacy: Legacy) -> None:
    legacy.take()
    assert legacy.left_as_it_was(legacy.take)


def test_a_new_image_rolls_it_and_the_old_spec_takes_it_back(legacy: Legacy) -> None:
    pods = legacy.pods()
    legacy.take()
    legacy.take(legacy.spec.with_process("web", image="registry.example.com/shop:2"), fence=2)
    legacy.until_ready(image="registry.example.com/shop:2")
    assert not set(pods) & set(legacy.pods())
    legacy.take(fence=3)
    legacy.until_ready(image="registry.example.com/shop:1")
    assert legacy.live()["metadata"]["name"] == "frontend"


def test_a_workload_of_which_nothing_is_left_to_others_is_slipways_alone(gateway: Gateway, outsider: Outsider) -> None:
    legacy = Legacy(gateway, outsider, deployment("frontend", image="registry.example.com/shop:1"), labels={})
    legacy.take()
    managers = {row["manager"] for row in legacy.live()["metadata"]["managedFields"] if "subresource" not in row}
    assert managers <= {"slipway", "slipway-replicas", "kube-controller-manager"}
    legacy.take(legacy.spec.with_process("web", image="registry.example.com/shop:2"), fence=2)
    legacy.until_ready(image="registry.example.com/shop:2")


def test_a_number_that_somebody_scaled_to_is_slipways_from_then_on(legacy: Legacy) -> None:
    legacy.outsider.scale("frontend", 3, manager="kubectl-scale")
    legacy.until_ready()
    legacy.take()
    assert legacy.live()["spec"]["replicas"] == 2


def test_what_is_given_back_runs_on_and_is_nobodys_of_slipway(legacy: Legacy) -> None:
    before, pods = legacy.live(), legacy.pods()
    legacy.take()
    assert legacy.gateway.let_go("Deployment", "frontend", app_id=APP_ID, fence=1)
    after = legacy.live()
    assert (after["spec"], after["metadata"]["labels"]) == (before["spec"], before["metadata"]["labels"])
    assert not any(key.startswith("slipway.dev/") for key in after["metadata"].get("annotations") or {})
    assert not any(manager.startswith("slipway") for manager, _operation in owners(after))
    assert legacy.pods() == pods
    assert not legacy.gateway.let_go("Deployment", "frontend", app_id=APP_ID, fence=1)


def test_a_late_writer_cannot_give_it_back_nor_take_it_over_again(legacy: Legacy) -> None:
    legacy.take(fence=3)
    with pytest.raises(FenceLost):
        legacy.gateway.let_go("Deployment", "frontend", app_id=APP_ID, fence=2)
    legacy.gateway.let_go("Deployment", "frontend", app_id=APP_ID, fence=3)
    for late in ("outranked", "overtaken"):
        with pytest.raises(FenceLost):
            legacy.gateway.apply(legacy.manifest(), fence=2, release="2", **{late: lambda: True})
    assert legacy.live()["metadata"]["labels"] == THEIRS


def test_it_is_scaled_without_asking_who_did_so_before(legacy: Legacy) -> None:
    legacy.take()
    legacy.gateway.set_replicas("Deployment", "frontend", replicas=3, fence=1)
    assert legacy.live()["spec"]["replicas"] == 3


def test_its_instances_are_found_by_who_owns_them(legacy: Legacy) -> None:
    legacy.take()
    stray = {"containers": [{"name": "x", "image": "registry.example.com/shop:1"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stray", "labels": {"app": "other"}}, "spec": stray}
    legacy.outsider.create("v1/pods", pod)
    seen = reading.read(legacy.gateway.list_app(APP_ID))
    workload = seen.workload("Deployment", "frontend")
    assert workload is not None and seen.orphans == 0
    assert {one.uid for one in workload.instances} == set(legacy.pods())
    assert all(one.current for one in workload.instances)


def test_what_was_changed_since_it_was_looked_at_is_not_taken_over(legacy: Legacy) -> None:
    container = {"name": "web", "image": "hotfix:9"}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    legacy.outsider.merge(DEPLOYMENTS, "frontend", patch)
    with pytest.raises(TemplateChanges, match=r"would change spec\.template\.spec\.containers\[0\]\.image"):
        legacy.take()
    live = legacy.live()
    assert container_of(live)["image"] == "hotfix:9"
    assert "slipway.dev/app-id" not in live["metadata"]["labels"]


def test_what_changes_while_it_is_taken_over_is_looked_at_again(
    legacy: Legacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "hotfix:9"}]}}}}
    before_next_write(monkeypatch, lambda: legacy.outsider.merge(DEPLOYMENTS, "frontend", patch))
    with pytest.raises(TemplateChanges, match="image"):
        legacy.take()


def test_another_one_of_the_same_name_is_somebody_elses(legacy: Legacy) -> None:
    legacy.outsider.delete(DEPLOYMENTS, "frontend", propagationPolicy="Background")
    legacy.outsider.create(DEPLOYMENTS, deployment("frontend", image="registry.example.com/shop:1"))
    with pytest.raises(FieldConflict, match="is not the one that was taken over: that was deleted"):
        legacy.take()


def test_an_autoscaler_of_somebody_else_is_found(legacy: Legacy) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "frontend"}
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "frontend-scaler"},
        "spec": {"scaleTargetRef": target, "maxReplicas": 5},
    }
    assert legacy.gateway.scaled_by("Deployment", "frontend") == ""
    legacy.outsider.create("autoscaling/v2/horizontalpodautoscalers", scaler)
    assert legacy.gateway.scaled_by("Deployment", "frontend") == "frontend-scaler"


def made_anew(legacy: Legacy) -> str:
    """The uid of what Slipway made in place of the one that was taken over and deleted."""
    legacy.take()
    legacy.outsider.delete(DEPLOYMENTS, "frontend", propagationPolicy="Background")
    legacy.take(fence=2)
    assert legacy.live()["metadata"]["uid"] != legacy.spec.process("web").adopted[0].uid
    return str(legacy.live()["metadata"]["uid"])


def test_what_slipway_made_in_its_place_is_known_again_once_it_was_let_go(legacy: Legacy) -> None:
    uid = made_anew(legacy)
    for fence in (3, 5):
        assert legacy.gateway.let_go("Deployment", "frontend", app_id=APP_ID, fence=fence)
        live = legacy.live()
        assert not [one for one in live["metadata"].get("managedFields") or () if "slipway" in one["manager"]]
        assert not any(key.startswith("slipway.dev/") for key in live["metadata"].get("labels") or {})
        legacy.gateway.try_apply(legacy.manifest(), fence=fence + 1, release="4", force=False, left={})
        assert legacy.gateway.rehearse(legacy.manifest()).differs == ()
        legacy.take(fence=fence + 1)
        assert legacy.live()["metadata"]["uid"] == uid
        assert legacy.live()["metadata"]["labels"]["slipway.dev/app-id"] == APP_ID
    assert legacy.left_as_it_was(lambda: legacy.take(fence=6))


def test_a_copy_of_what_slipway_made_is_somebody_elses(legacy: Legacy) -> None:
    made_anew(legacy)
    legacy.gateway.let_go("Deployment", "frontend", app_id=APP_ID, fence=3)
    live = legacy.live()
    kept = {key: live["metadata"].get(key) or {} for key in ("name", "labels", "annotations")}
    legacy.outsider.delete(DEPLOYMENTS, "frontend", propagationPolicy="Background")
    legacy.outsider.create(DEPLOYMENTS, {**live, "metadata": kept, "status": {}})
    with pytest.raises(FieldConflict, match="is not the one that was taken over: that was deleted"):
        legacy.take(fence=4)
