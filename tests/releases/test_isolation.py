"""How far a tenant is kept from the others: who chooses, what it takes, and when apps follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps_mgmt.app_subject import lock_app
from apps_mgmt.rules import check_platform_rules
from apps_mgmt.spec import load
from portal.access import Ref
from portal.access.ref import CLUSTER, TENANT
from portal.errors import Forbidden, NotFound, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases.models import Target
from tenants import clusters
from tenants.clusters import dedicated
from tenants.clusters.preparing import PROVISION
from tenants.models import Tenant
from tests import cast, east
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NODES: dict[str, Any] = {"level": "nodes", "key": "example.com/tenant", "value": "boutique"}
APP = "/t/boutique/apps/shop/"
WAITS = "What runs here follows with the next release"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def isolate(stage: Stage, *, tenant: str = "boutique", dry_run: bool = False, **data: Any) -> Outcome:
    actor = cast.actor(stage.people.olga)
    return perform("tenant.isolate", actor=actor, ref=Ref(TENANT, tenant), data=data, dry_run=dry_run)


def grant(stage: Stage, cluster: str, tenant: str) -> Outcome:
    actor = cast.actor(stage.people.olga)
    return perform("cluster.grant", actor=actor, ref=Ref(CLUSTER, cluster=cluster), data={"tenant": tenant})


def pod_on(stage: Stage, number: int) -> dict[str, Any]:
    """The spec of the instances that a release brings to north."""
    target = Target.objects.get(release__app=stage.app, release__number=number, cluster_name="north")
    found: dict[str, Any] = next(one for one in target.manifests if one["kind"] == "Deployment")
    pod: dict[str, Any] = found["spec"]["template"]["spec"]
    return pod


def test_the_next_release_is_held_to_the_nodes(stage: Stage) -> None:
    isolate(stage, **NODES)
    stage.on_app("release.start")
    assert pod_on(stage, 1)["nodeSelector"] == {"example.com/tenant": "boutique"}


def test_the_preview_says_when_it_takes_effect(stage: Stage) -> None:
    stage.deployed()
    shown = isolate(stage, dry_run=True, **NODES).preview
    assert shown is not None
    said = "It takes effect with the next release of each app; 1 app runs on as it does until then."
    assert shown.warnings[0] == said
    assert shown.spec[0]["after"] == "Nodes of its own (example.com/tenant=boutique)"


def test_the_page_of_an_app_says_that_it_waits_until_it_was_released(stage: Stage) -> None:
    client = cast.signed_in(stage.people.bob)
    stage.deployed()
    assert WAITS not in client.get(APP).text
    isolate(stage, **NODES)
    assert WAITS in client.get(APP).text
    stage.deployed()
    assert WAITS not in client.get(APP).text


def test_the_namespaces_are_made_ready_again(stage: Stage) -> None:
    isolate(stage, **NODES)
    causes = {row.payload["cause"] for row in OutboxRow.objects.filter(kind=PROVISION)}
    assert causes == {"isolated"}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"level": "nodes", "value": "boutique"}, "key"),
        ({"level": "nodes", "key": "example.com/tenant"}, "value"),
        ({"level": "nodes", "key": "no key!", "value": "boutique"}, "key"),
        ({"level": "nodes", "key": "example.com/tenant", "value": "no value!"}, "value"),
        ({"level": "sandbox"}, "runtime_class"),
    ],
)
def test_what_a_level_needs_is_asked_for(stage: Stage, data: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        isolate(stage, **data)
    assert refusal.value.field == field


def test_a_cluster_that_cannot_be_asked_for_the_runtime_is_named(stage: Stage) -> None:
    with pytest.raises(Refused, match=r"Whether north has the RuntimeClass gvisor cannot be asked \("):
        isolate(stage, level="sandbox", runtime_class="gvisor")


def test_a_tenant_on_a_cluster_that_others_use_cannot_have_it_alone(stage: Stage) -> None:
    grant(stage, "south", "harbor")
    with pytest.raises(Refused, match="boutique is to have clusters of its own, but harbor may use south, too"):
        isolate(stage, level="cluster")


def test_nobody_else_is_let_in_where_a_tenant_has_the_cluster_alone(stage: Stage) -> None:
    isolate(stage, level="cluster")
    with pytest.raises(Refused, match="boutique is to have clusters of its own, but harbor may use south, too"):
        grant(stage, "south", "harbor")


def test_a_tenant_with_clusters_of_its_own_comes_to_none_that_others_use(stage: Stage) -> None:
    isolate(stage, tenant="harbor", level="cluster")
    with pytest.raises(Refused, match="harbor is to have clusters of its own, but boutique may use south, too"):
        grant(stage, "south", "harbor")


def test_a_cluster_that_nobody_uses_is_given_to_one_tenant_alone(stage: Stage) -> None:
    isolate(stage, tenant="harbor", level="cluster")
    cast.cluster("hall")
    assert grant(stage, "hall", "harbor").changed


def test_two_changes_that_only_together_share_a_cluster_are_found_out(stage: Stage) -> None:
    Tenant.objects.filter(name="boutique").update(isolation={"level": "cluster"})
    clusters.grant(stage.people.harbor, stage.south)
    with pytest.raises(Refused, match="clusters of its own"):
        dedicated.check()


def test_nobody_tolerates_the_taint_of_another_tenants_nodes(stage: Stage) -> None:
    isolate(stage, tenant="harbor", level="nodes", key="example.com/tenant", value="harbor")
    app = lock_app(stage.app.pk, tenant_id=stage.app.tenant_id)
    process = {"name": "web", "image": "registry.example.com/shop:1"}
    ours = {"key": "example.com/tenant", "value": "us"}
    for taint in ({"key": "example.com/tenant", "value": "harbor"}, {"operator": "Exists"}):
        spec = load({"processes": [process], "placement": {"tolerations": [taint]}})
        with pytest.raises(Refused, match="onto nodes of another tenant"):
            check_platform_rules(app, spec)
    check_platform_rules(app, load({"processes": [process], "placement": {"tolerations": [ours]}}))


def test_members_cannot_choose_it_and_strangers_do_not_see_it(stage: Stage) -> None:
    ref = Ref(TENANT, "boutique")
    with pytest.raises(Forbidden, match=r"platform\.tenants"):
        perform("tenant.isolate", actor=cast.actor(stage.people.alice), ref=ref, data=dict(NODES))
    with pytest.raises(NotFound):
        perform("tenant.isolate", actor=cast.actor(stage.people.charlie), ref=ref, data=dict(NODES))


def test_the_runtime_is_looked_for_on_every_cluster_of_the_tenant(stage: Stage) -> None:
    east.registered()
    clusters.grant(stage.people.harbor, east.registered())
    with pytest.raises(Refused, match="There is no RuntimeClass gvisor on east"):
        isolate(stage, tenant="harbor", level="sandbox", runtime_class="gvisor")
    path = "/apis/node.k8s.io/v1/runtimeclasses"
    made = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "gvisor"}, "handler": "runsc"}
    east.simulator().request("POST", path, made)
    try:
        assert isolate(stage, tenant="harbor", level="sandbox", runtime_class="gvisor").changed
    finally:
        east.simulator().request("DELETE", f"{path}/gvisor")


def test_a_label_that_no_node_has_is_warned_of(stage: Stage) -> None:
    clusters.grant(stage.people.harbor, east.registered())
    data = {"level": "nodes", "key": "example.com/tenant", "value": "harbor"}
    shown = isolate(stage, tenant="harbor", dry_run=True, **data).preview

    waits = "No node of east has the label example.com/tenant=harbor: whatever is released there waits"
    assert shown is not None and shown.warnings[-1].startswith(waits)
    assert isolate(stage, tenant="harbor", **data).result["warnings"] == [shown.warnings[-1]]


@contextmanager
def node_of(tenant: str, *effects: str) -> Iterator[str]:
    """A node of the cluster that has the tenant's label, and taints of these effects; gives its name."""
    name = east.simulator().request("GET", "/api/v1/nodes").body["items"][0]["metadata"]["name"]

    def patch(label: str | None, taints: list[dict[str, str]] | None) -> None:
        body = {"metadata": {"labels": {"example.com/tenant": label}}, "spec": {"taints": taints}}
        headers = {"Content-Type": "application/merge-patch+json"}
        east.simulator().request("PATCH", f"/api/v1/nodes/{name}", body, headers=headers)

    patch(tenant, [{"key": "example.com/tenant", "value": tenant, "effect": effect} for effect in effects])
    try:
        yield name
    finally:
        patch(None, None)


def test_a_node_that_has_label_and_taint_is_not_warned_of(stage: Stage) -> None:
    clusters.grant(stage.people.harbor, east.registered())
    with node_of("harbor", "NoSchedule"):
        assert "warnings" not in isolate(stage, tenant="harbor", **NODES | {"value": "harbor"}).result


@pytest.mark.parametrize("effects", [(), ("PreferNoSchedule",)])
def test_a_node_that_has_the_label_and_lets_others_in_is_warned_of(stage: Stage, effects: tuple[str, ...]) -> None:
    clusters.grant(stage.people.harbor, east.registered())
    with node_of("harbor", *effects) as name:
        shown = isolate(stage, tenant="harbor", dry_run=True, **NODES | {"value": "harbor"}).preview
    said = f"Nodes of east with the label example.com/tenant=harbor have no such taint: {name}."
    assert shown is not None and shown.warnings[-1].startswith(said)


def test_nodes_are_those_of_one_tenant_alone(stage: Stage) -> None:
    isolate(stage, **NODES)
    for dry_run in (True, False):
        with pytest.raises(Refused, match=r"example\.com/tenant=boutique are those of boutique alone") as refusal:
            isolate(stage, tenant="harbor", dry_run=dry_run, **NODES)
        assert refusal.value.field == "value"


def test_nodes_that_another_tenant_gave_back_are_free(stage: Stage) -> None:
    isolate(stage, **NODES)
    isolate(stage, level="namespace")
    assert isolate(stage, tenant="harbor", **NODES).changed


def test_a_cluster_that_cannot_be_asked_for_nodes_is_named(stage: Stage) -> None:
    result = isolate(stage, **NODES).result

    assert result["warnings"][0].startswith("Whether north has nodes with the label example.com/tenant=boutique cannot")


def test_a_cluster_without_the_runtime_is_not_granted_to_a_tenant_that_needs_it(stage: Stage) -> None:
    Tenant.objects.filter(name="harbor").update(isolation={"level": "sandbox", "runtime_class": "gvisor"})
    east.registered()
    with pytest.raises(Refused, match="There is no RuntimeClass gvisor on east"):
        grant(stage, "east", "harbor")
