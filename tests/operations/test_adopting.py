"""What is taken over, and what is refused before anything is written."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.replaying import Step, replay
from apps_mgmt.spec import AppSpec, digest, load
from portal.access import permissions
from portal.access.roles import OPERATOR
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases.models import Release, Target
from tenants import clusters, roles
from tenants.models import Cluster
from tenants.values import Role
from tests import cast, east
from tests.cluster.manifests import container, deployment
from tests.operations.stage import open_shop

DEPLOYMENTS = "/apis/apps/v1/namespaces/{space}/deployments"


class Legacy:
    """A namespace of its own on `east` that was given to the tenant, and the shop, which never ran."""

    def __init__(self) -> None:
        self.shop = open_shop()
        self.space = f"legacy-{uuid.uuid4().hex[:8]}"
        east.with_legacy(self.space)
        clusters.grant(self.shop.people.boutique, east.registered(), namespace=self.space)

    def has(self, name: str = "frontend", *, labels: dict[str, str] | None = None, **fields: Any) -> None:
        """The Deployment of that name, made anew."""
        path = DEPLOYMENTS.format(space=self.space)
        east.simulator().request("DELETE", f"{path}/{name}")
        body = deployment(name, replicas=3)
        body["metadata"] |= {"labels": labels or {}, **fields.pop("meta", {})}
        body["spec"]["template"]["spec"] |= fields
        answer = east.simulator().request("POST", path, body)
        assert answer.code == 201, answer.body

    def until(self, **status: int) -> None:
        """The Deployment tells these numbers."""
        path, limit = f"{DEPLOYMENTS.format(space=self.space)}/frontend", time.monotonic() + 120
        while not status.items() <= (told := east.simulator().request("GET", path).body["status"]).items():
            assert time.monotonic() < limit, told
            threading.Event().wait(0.1)

    def adopt(self, **data: str) -> Outcome:
        return self.shop.do("app.adopt", **self.asked(data))

    def shown(self, **data: str) -> Outcome:
        return self.shop.preview("app.adopt", **self.asked(data))

    def asked(self, data: dict[str, str]) -> dict[str, str]:
        return {"cluster": "east", "workload": "frontend", "process": "web"} | data

    def spec(self) -> AppSpec:
        return drafts.spec_of(self.shop.again())


@pytest.fixture
def legacy(db: None) -> Legacy:
    return Legacy()


def refused(legacy: Legacy, **data: str) -> Refused:
    """Why it is not taken over; nothing was written."""
    before = (Release.objects.count(), OutboxRow.objects.count(), legacy.shop.again().version)
    with pytest.raises(Refused) as caught:
        legacy.adopt(**data)
    assert (Release.objects.count(), OutboxRow.objects.count(), legacy.shop.again().version) == before
    return caught.value


def test_the_app_is_what_the_workload_is_and_a_release_takes_it_there(legacy: Legacy) -> None:
    outcome = legacy.adopt()
    process = legacy.spec().process("web")
    assert (process.image, process.replicas, process.adopted[0].workload) == (container()["image"], 3, "frontend")
    assert [row.cluster for row in legacy.spec().placement.targets] == ["east"]
    target = Target.objects.get(release__number=outcome.result["release"])
    assert target.workloads == [
        {
            "kind": "Deployment",
            "name": "frontend",
            "process": "web",
            "replicas": 3,
            "autoscaled": False,
            "surge": "25%",
            "unavailable": "25%",
            "adopted": True,
        }
    ]


def test_while_a_release_is_under_way_that_is_what_is_said(legacy: Legacy) -> None:
    """Also of the draft that it has yet to bring."""
    legacy.adopt()
    Release.objects.update(state="running")
    Deployed.objects.create(
        app=legacy.shop.again(),
        cluster_id=Cluster.objects.get(name="east").pk,
        cluster_name="east",
        revision=Revision.objects.filter(app=legacy.shop.app).earliest("number"),
    )
    with pytest.raises(Conflict, match=r"A release is under way\."):
        legacy.adopt(process="other")


def test_it_takes_the_right_to_deploy_as_it_changes_the_app_and_makes_a_release(legacy: Legacy) -> None:
    boutique = legacy.shop.people.boutique
    otto = cast.actor(cast.member("otto", tenant=boutique, role=OPERATOR))
    for dry_run in (True, False):
        with pytest.raises(Forbidden, match=r"You need the right app\.deploy "):
            perform("app.adopt", actor=otto, ref=legacy.shop.ref, data=legacy.asked({}), dry_run=dry_run)
    assert not Release.objects.exists()
    deployer = Role("deployer", "Deployer", (permissions.APP_VIEW, permissions.APP_DEPLOY, permissions.TENANT_VIEW))
    roles.define_role(boutique, deployer)
    dora = cast.actor(cast.member("dora", tenant=boutique, role="deployer"))
    assert perform("app.adopt", actor=dora, ref=legacy.shop.ref, data=legacy.asked({})).changed


def test_who_wrote_it_until_now_stands_in_the_log_and_with_the_release(legacy: Legacy) -> None:
    legacy.adopt()
    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.outcome) == ("app.adopt", "done")
    assert entry.result["taken_from"] == entry.resolved["managers"] != []
    assert f"Takes over frontend in the namespace {legacy.space} on east" in Release.objects.get().note


def test_the_log_replayed_gives_the_same_spec(legacy: Legacy) -> None:
    legacy.adopt()
    legacy.shop.do("process.scale", process="web", replicas=4)
    done = AuditEntry.objects.filter(subject_id=str(legacy.shop.app.pk), outcome="done").order_by("sequence")
    steps = [Step(one.operation, one.resolved, one.version_after != one.version_before) for one in done]
    assert digest(replay(steps)) == digest(legacy.spec())


def test_only_what_runs_is_said_to_go_on(legacy: Legacy) -> None:
    legacy.has(serviceAccountName="nobody")  # so no instance can be made
    legacy.until(observedGeneration=1)
    preview = legacy.shown().preview
    assert preview is not None
    assert "No instance starts anew: the cluster was asked. None of them runs at the moment." in preview.warnings


def test_a_preview_says_that_nothing_starts_anew(legacy: Legacy) -> None:
    preview = legacy.shown().preview
    assert preview is not None
    assert "No instance starts anew: the cluster was asked. 3 of them go on as they are." in preview.warnings
    assert any("taken over on east" in str(row["after"]) for row in preview.spec)
    assert legacy.shop.again().draft is not None and not legacy.spec().process("web").adopted


def test_a_preview_says_which_labels_of_the_object_get_another_value(legacy: Legacy) -> None:
    legacy.has(labels={"app.kubernetes.io/managed-by": "Helm", "team": "shop"})
    preview = legacy.shown().preview
    assert preview is not None
    (told,) = [one for one in preview.warnings if "label" in str(one)]
    assert told == (
        "The label app.kubernetes.io/managed-by of frontend says Helm, and slipway from then on: whoever looks for it "
        "by that finds it no more."
    )


def test_a_cluster_that_the_tenant_may_not_use(legacy: Legacy) -> None:
    cast.cluster("west")
    why = refused(legacy, cluster="west")
    assert (why.field, str(why)) == (
        "cluster",
        "There is no cluster west for this tenant. It may use east, north, south.",
    )


def test_a_namespace_that_the_tenant_was_not_given(legacy: Legacy) -> None:
    why = refused(legacy, namespace="kube-system")
    assert why.field == "namespace"
    assert f"The tenant has the namespace {legacy.space} on east, not kube-system." in str(why)


def test_the_namespace_it_was_given_may_be_named(legacy: Legacy) -> None:
    assert legacy.shown(namespace=legacy.space).changed


def test_a_cluster_that_does_not_answer(legacy: Legacy) -> None:
    why = refused(legacy, cluster="north")
    assert (why.field, "does not answer" in str(why)) == ("cluster", True)


def test_a_workload_that_is_not_there(legacy: Legacy) -> None:
    why = refused(legacy, workload="backend")
    assert (why.field, "There is no Deployment backend" in str(why)) == ("workload", True)


def test_one_that_is_slipways_already(legacy: Legacy) -> None:
    legacy.has(labels={"app.kubernetes.io/managed-by": "slipway"})
    assert "is Slipway's already" in str(refused(legacy))


def test_one_that_belongs_to_something_else(legacy: Legacy) -> None:
    owner = {"apiVersion": "x/v1", "kind": "Operator", "name": "shop", "uid": "u-1", "controller": True}
    legacy.has(meta={"ownerReferences": [owner]})
    assert "belongs to Operator shop, which would write over it" in str(refused(legacy))


def test_one_in_the_middle_of_a_rollout(legacy: Legacy) -> None:
    legacy.has()
    legacy.until(availableReplicas=3)
    path = f"{DEPLOYMENTS.format(space=legacy.space)}/frontend"
    container_of = {"name": "web", "image": "registry.example.com/shop:stall"}
    patch = {"spec": {"template": {"spec": {"containers": [container_of]}}}}
    merge = {"Content-Type": "application/strategic-merge-patch+json"}
    assert east.simulator().request("PATCH", path, patch, headers=merge).code == 200
    legacy.until(replicas=4, updatedReplicas=1)
    why = refused(legacy)
    assert (why.field, "1 of 4 instances have its newest template" in str(why)) == ("workload", True)


def test_what_a_spec_cannot_say_is_named(legacy: Legacy) -> None:
    legacy.has(hostNetwork=True)
    assert "spec.template.spec.hostNetwork" in str(refused(legacy))


def test_a_process_that_runs_already(legacy: Legacy) -> None:
    legacy.shop.runs()
    why = refused(legacy)
    assert (why.field, "web runs already" in str(why)) == ("process", True)


def test_changes_that_are_not_deployed_do_not_come_along(legacy: Legacy) -> None:
    legacy.shop.runs()
    legacy.shop.do("process.scale", process="web", replicas=5)
    assert "There are changes that are not deployed yet" in str(refused(legacy, process="legacy"))


def test_while_a_release_is_under_way_there_is_no_other(legacy: Legacy) -> None:
    legacy.shop.do("release.start")
    with pytest.raises(Conflict, match="A release is under way"):
        legacy.adopt()


def test_an_app_that_changed_while_the_workload_was_looked_at(legacy: Legacy, monkeypatch: pytest.MonkeyPatch) -> None:
    from releases import adopting

    look = adopting.look

    def slow(app: App, *given: Any, **named: Any) -> dict[str, Any]:
        found = look(app, *given, **named)
        legacy.shop.do("process.scale", process="web", replicas=7)
        return found

    monkeypatch.setattr(adopting, "look", slow)
    with pytest.raises(Conflict, match="The app changed while the workload was looked at"):
        legacy.adopt()


def test_beside_a_process_that_runs_the_others_stay_as_they_are(legacy: Legacy) -> None:
    legacy.shop.do("placement.targets", targets=[{"cluster": "east"}, {"cluster": "north"}])
    legacy.shop.runs()
    before = legacy.spec().process("web")
    legacy.adopt(process="legacy")
    assert legacy.spec().process("web") == before
    assert [row.replicas for row in legacy.spec().placement.overrides[0].replicas] == [3]
    revision = Release.objects.get().revision
    assert load(revision.spec) == legacy.spec()
    assert Deployed.objects.count() == 2
