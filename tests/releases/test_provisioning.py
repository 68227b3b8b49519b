"""Provision releases: what makes a cluster ready for a tenant, and how Slipway signs in there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from portal.access.ref import CLUSTER, Ref
from portal.audit.models import AuditEntry
from portal.operations.performing import perform
from portal.outbox import hurry
from portal.outbox.running import drain
from releases.gateway import minting, open_gateway
from releases.models import Provision
from releases.provisioning.runner import Provisioner
from releases.provisioning.showing import readiness
from tenants import clusters
from tenants.clusters import DEPLOYER, PROVISIONER, preparing
from tenants.clusters.credentials import Credential
from tenants.models import QuotaLimit
from tenants.quota.limits import set_limits
from tests import cast, east
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NAMESPACE = "slipway-boutique"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    minting._tokens.clear()
    simulator = Simulator("north", tmp_path)
    with at_work():
        yield Live([simulator])
    simulator.stop()


def ready(**which: Any) -> Provision:
    """The newest provision release, once it has ended well."""

    def found() -> Provision | None:
        newest = Provision.objects.filter(**which).order_by("-id").first()
        return newest if newest and newest.state == Provision.State.SUCCEEDED else None

    made: Provision = wait_for(
        found, what=lambda: str(list(Provision.objects.values_list("namespace", "state", "reason")))
    )
    return made


def outsider(live: Live) -> Outsider:
    connection = clusters.connection(live.clusters["north"].pk, PROVISIONER)
    return Outsider(connection, namespace=NAMESPACE)


def test_a_tenant_that_may_use_a_cluster_gets_its_namespace_there(live: Live) -> None:
    made = ready(tenant=live.tenant)
    assert (made.namespace, made.cause) == (NAMESPACE, "granted")
    assert outsider(live).get("v1/resourcequotas", "slipway")["spec"]["hard"]["pods"] == "160"
    entry = AuditEntry.objects.get(operation="provision.ended", tenant_id=live.tenant.pk)
    assert entry.outcome == AuditEntry.DONE


def test_the_first_release_waits_for_it_and_every_write_is_the_deployers(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    deployment = outsider(live).get("apps/v1/deployments", "shop--web")
    assert deployment["status"]["readyReplicas"] == 4
    # Only accounts that were made ready can have written and watched: no other credential is there.
    assert set(live.clusters["north"].credentials) == {PROVISIONER}


def test_new_limits_reach_the_namespace(live: Live) -> None:
    ready(tenant=live.tenant)
    set_limits(live.tenant.pk, limits={"instances": 200})
    wait_for(
        lambda: outsider(live).get("v1/resourcequotas", "slipway")["spec"]["hard"]["pods"] == "310",
        what=lambda: "the old quota stands there",
    )
    assert ready(tenant=live.tenant, cause="quota").cause == "quota"


def pods(live: Live) -> set[str]:
    """Those that are ready, by their names."""
    found = outsider(live).get("v1/pods")["items"]
    ready = {"type": "Ready", "status": "True"}
    return {
        one["metadata"]["name"]
        for one in found
        if any(ready.items() <= each.items() for each in one["status"].get("conditions", []))
    }


def pods_allowed(live: Live) -> str:
    return str(outsider(live).get("v1/resourcequotas", "slipway")["spec"]["hard"]["pods"])


def test_what_runs_comes_back_after_the_end_of_a_raise_and_the_stop_follows_it_down(live: Live) -> None:
    live.on_app("process.scale", process="web", replicas=20)
    live.until(live.deploy(), "succeeded")
    raised = [{"amount": 100, "until": "2020-01-01"}]
    QuotaLimit.objects.update_or_create(
        tenant=live.tenant, dimension="instances", defaults={"amount": 2, "raises": raised}
    )
    with transaction.atomic():
        preparing.prepare_everywhere(live.tenant.pk, cause=preparing.QUOTA)
    wait_for(lambda: pods_allowed(live) == "40", what=lambda: pods_allowed(live))
    lost = min(pods(live))
    outsider(live).delete("v1/pods", lost)
    wait_for(lambda: len(pods(live) - {lost}) == 20, what=lambda: f"{lost} does not come back: {sorted(pods(live))}")

    live.on_app("process.scale", process="web", replicas=1)
    live.until(live.deploy(), "succeeded")
    wait_for(lambda: pods_allowed(live) == "13", what=lambda: pods_allowed(live))


def test_a_token_that_the_cluster_takes_no_more_is_asked_for_anew(live: Live) -> None:
    ready(tenant=live.tenant)
    north = live.clusters["north"].pk
    with open_gateway(north, role=DEPLOYER, tenant=live.tenant) as gateway:
        gateway.list_app("1")
    outsider(live).delete("v1/serviceaccounts", "slipway-deployer")
    perform(
        "cluster.prepare",
        actor=cast.actor(cast.present().olga),
        ref=Ref(CLUSTER, cluster="north"),
        data={"tenant": "boutique"},
    )
    ready(tenant=live.tenant, cause="asked")
    live.until(live.deploy(), "succeeded")


def test_what_was_made_ready_is_made_again_only_when_somebody_asks(live: Live) -> None:
    first = ready(tenant=live.tenant)
    payload = {"cluster": str(first.cluster_id), "tenant": str(live.tenant.pk), "cause": preparing.QUOTA, "actor": ""}
    assert Provisioner().run(payload) == {}
    assert Provisioner().run({**payload, "cause": preparing.ASKED}) != {}


def test_an_account_with_too_few_rights_is_told_and_better_ones_mend_it() -> None:
    people = cast.everyone()
    cluster = east.registered(own=(PROVISIONER,))
    simulator = east.simulator()
    weak = Credential(token=east.token_of_viewer())
    clusters.register(east.NAME, title="East", server=simulator.url, credentials={PROVISIONER: weak})
    clusters.grant(people.boutique, cluster)
    drain(seconds=60)
    waits = readiness(cluster)[people.boutique.pk]
    assert waits.state == "running" and "Its account there needs the right" in waits.why

    east.registered(own=(PROVISIONER,))
    hurry(str(cluster.pk))
    drain(seconds=60)
    assert readiness(cluster)[people.boutique.pk].state == "succeeded"


def test_a_namespace_whose_grant_was_taken_back_before_a_worker_came_is_not_made_later() -> None:
    people = cast.everyone()
    cluster = east.registered(own=(PROVISIONER,))
    Provision.objects.create(cluster=cluster, tenant=people.boutique, namespace="left-behind", cause="granted")
    clusters.grant(people.boutique, cluster)
    drain(seconds=60)
    newest = Provision.objects.filter(tenant=people.boutique).order_by("-id").first()
    assert newest is not None and (newest.namespace, newest.state) == (NAMESPACE, "succeeded")
