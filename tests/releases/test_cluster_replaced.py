"""A cluster that was made anew at its address is gone: what ran there is forgotten, and the new one is added."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import CLUSTER, PLATFORM
from portal.audit.models import AuditEntry
from portal.errors import Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from releases.clusters import regular
from releases.gateway import open_gateway
from releases.gateway.errors import AnotherCluster
from releases.provisioning import runner
from tenants import clusters
from tenants.clusters import preparing
from tenants.models import Cluster
from tests import cast, east
from tests.cluster.outsider import connection_by
from tests.cluster.planes import real_cluster
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
REFUSED = "Cluster south does not accept Slipway's credentials."
GONE: dict[str, Any] = {"confirm": "south", "gone": True, "reason": "Its store was lost."}


@pytest.fixture
def stage() -> Stage:
    """The shop runs on south, at whose address another cluster stands by now, which does not know Slipway."""
    made = Stage()
    made.deployed()
    at = Cluster.objects.filter(name="south")
    at.update(server=east.simulator().url, ca_pem="", capabilities={"uid": "what-it-was"})
    clusters.mark(made.south.pk, state="blind", reason=REFUSED)
    return made


def operate(stage: Stage, operation: str, *, on: str = "south", **data: Any) -> Outcome:
    ref = Ref(CLUSTER, cluster=on) if on else Ref(PLATFORM)
    return perform(operation, actor=cast.actor(stage.people.olga), ref=ref, data=data)


def refused(stage: Stage, operation: str, **data: Any) -> str:
    with pytest.raises(Refused) as caught:
        operate(stage, operation, **data)
    return str(caught.value)


def test_each_refusal_leads_to_the_way_that_works(stage: Stage) -> None:
    renewed = refused(stage, "cluster.renew", kubeconfig=east.kubeconfig())
    assert "another cluster by now than south, on which 1 app runs by the records: boutique/shop." in renewed
    assert "Remove south as gone, with this kubeconfig (cluster.remove), and add this one (cluster.add)" in renewed
    assert "(gone)" in refused(stage, "cluster.remove", confirm="south")
    said = refused(stage, "cluster.remove", **GONE)
    assert "does not let Slipway in" in said and "give a kubeconfig of that one here" in said

    operate(stage, "cluster.remove", **GONE, kubeconfig=east.kubeconfig())
    operate(stage, "cluster.add", on="", name="south", kubeconfig=east.kubeconfig())
    operate(stage, "cluster.grant", tenant="boutique")
    assert stage.on_app("release.start").result["release"]


def test_one_that_was_added_at_the_same_address_shows_it_too(stage: Stage) -> None:
    operate(stage, "cluster.add", on="", name="south-new", kubeconfig=east.kubeconfig())
    operate(stage, "cluster.remove", **GONE)
    assert not Cluster.objects.filter(name="south").exists()


def test_one_that_lets_slipway_in_and_is_another_is_gone(stage: Stage) -> None:
    here = east.registered()
    Cluster.objects.filter(pk=here.pk).update(capabilities={"uid": "what-it-was"})
    clusters.mark(here.pk, state="blind", reason="The account is gone.")
    operate(stage, "cluster.remove", on="east", **GONE | {"confirm": "east"})
    assert not Cluster.objects.filter(name="east").exists()


@pytest.mark.parametrize("what", ["elsewhere", "itself"])
def test_a_kubeconfig_that_shows_nothing_is_refused(stage: Stage, what: str) -> None:
    there = east.simulator().request("GET", "/api/v1/namespaces/kube-system").body["metadata"]["uid"]
    other_way = {"server": east.simulator().url.replace("127.0.0.1", "localhost")}
    Cluster.objects.filter(name="south").update(
        **{"elsewhere": other_way, "itself": {"capabilities": {"uid": there}}}[what]
    )
    said = refused(stage, "cluster.remove", **GONE, kubeconfig=east.kubeconfig())
    assert "does not show that another cluster stands at" in said
    assert "renew its access with it (cluster.renew)" in said


@pytest.fixture
def anew(stage: Stage) -> Cluster:
    """A cluster `east` that lets Slipway in, and is another one than it was."""
    here = east.registered()
    clusters.mark(here.pk, state="ready", capabilities={"uid": "what-it-was", "server_version": "v1.2"})
    return Cluster.objects.get(pk=here.pk)


def as_olga(operation: str, *, ref: Ref | None = None, dry_run: bool = False, **data: Any) -> Outcome:
    ref = ref or Ref(CLUSTER, cluster="east")
    return perform(operation, actor=cast.actor(cast.present().olga), ref=ref, data=data, dry_run=dry_run)


def by_the_clock(cluster: Cluster) -> None:
    checker, row = regular.Checker(), {"cluster": str(cluster.pk)}
    checker.finish(row, checker.run(row))


def by_a_person(cluster: Cluster) -> None:
    as_olga("cluster.check")


def by_making_it_ready(cluster: Cluster) -> None:
    with pytest.raises(AnotherCluster):
        runner.Provisioner().run({"cluster": str(cluster.pk), "tenant": "", "cause": preparing.ASKED, "actor": "olga"})


def by_its_agent(cluster: Cluster) -> None:
    uid = east.simulator().request("GET", "/api/v1/namespaces/kube-system").body["metadata"]["uid"]
    clusters.mark(cluster.pk, capabilities={"uid": uid, "server_version": "v1.34"})


@pytest.mark.parametrize("found", [by_the_clock, by_a_person, by_making_it_ready, by_its_agent])
def test_whoever_finds_another_one_there_keeps_the_record_of_the_one_before(
    anew: Cluster, found: Callable[[Cluster], None]
) -> None:
    found(anew)
    told = f"At {anew.server} there is another cluster by now than east. Remove east as gone"
    now = Cluster.objects.get(pk=anew.pk)
    assert now.capabilities["uid"] == "what-it-was" and now.capabilities["server_version"] == "v1.2"
    assert now.standing.state == "blind" and told in now.standing.why
    clusters.mark(anew.pk, state="ready")
    assert told in Cluster.objects.get(pk=anew.pk).standing.why, "an agent that is let in is no proof"
    with pytest.raises(Refused, match="leads to another cluster than east"):
        as_olga("cluster.renew", kubeconfig=east.kubeconfig())
    as_olga("cluster.remove", **GONE | {"confirm": "east"})
    as_olga("cluster.add", ref=Ref(PLATFORM), name="east", kubeconfig=east.kubeconfig())


def test_a_check_says_so_before_and_after(anew: Cluster) -> None:
    said = "there is another cluster by now than east"
    preview = as_olga("cluster.check", dry_run=True).preview
    assert preview is not None and said in preview.warnings[0]
    assert said in as_olga("cluster.check").result["warnings"][0]


def test_nothing_is_made_or_released_there_until_the_one_before_is_back(stage: Stage, anew: Cluster) -> None:
    by_the_clock(anew)
    clusters.grant(stage.people.boutique, anew)
    with pytest.raises(AnotherCluster, match="Remove east as gone"):
        open_gateway(anew.pk, role="deployer", tenant="boutique")
    clusters.mark(anew.pk, state="ready", capabilities={"uid": "what-it-was"})
    assert Cluster.objects.get(pk=anew.pk).standing.state == "ready"
    with open_gateway(anew.pk, role="deployer", tenant="boutique"):
        pass


def test_one_that_was_not_known_by_its_uid_is_known_from_now_on(stage: Stage) -> None:
    here = east.registered()
    by_the_clock(here)
    assert Cluster.objects.get(pk=here.pk).capabilities["uid"]
    assert Cluster.objects.get(pk=here.pk).state == "ready"


def test_the_kubeconfig_is_not_kept(stage: Stage) -> None:
    operate(stage, "cluster.remove", **GONE, kubeconfig=east.kubeconfig())
    entry = AuditEntry.objects.filter(operation="cluster.remove").latest("pk")
    assert east.simulator().token not in str(vars(entry))


def test_whom_it_does_not_let_in_is_told_so(stage: Stage) -> None:
    west = cast.cluster("west", tenants=[stage.people.boutique])
    clusters.mark(west.pk, state="ready")
    with pytest.raises(Refused) as caught:
        stage.on_app("placement.move", **{"from": "south", "to": "west"})
    assert str(caught.value) == f"Nothing can be moved from or to south at the moment: {REFUSED}"


def test_a_real_control_plane_shows_it_as_well(stage: Stage) -> None:
    file = real_cluster("real")
    there = connection_by(file)
    Cluster.objects.filter(name="south").update(server=there.server, ca_pem=there.ca_pem)
    text = Path(file).read_text(encoding="utf-8")
    assert f"At {there.server} there is another cluster by now than south" in refused(
        stage, "cluster.renew", kubeconfig=text
    )
    assert "does not let Slipway in" in refused(stage, "cluster.remove", **GONE)
    operate(stage, "cluster.remove", **GONE, kubeconfig=text)
    assert not Cluster.objects.filter(name="south").exists()


def test_a_check_of_a_real_control_plane_keeps_the_record_of_the_one_before(stage: Stage) -> None:
    here = cast.cluster_at(connection_by(real_cluster("real")), name="real")
    clusters.mark(here.pk, state="ready", capabilities={"uid": "what-it-was"})
    by_the_clock(here)
    now = Cluster.objects.get(pk=here.pk)
    assert (now.state, now.capabilities["uid"]) == ("blind", "what-it-was")
    assert "there is another cluster by now than real" in now.standing.why
    by_making_it_ready(now)
    clusters.mark(here.pk, capabilities={"uid": now.capabilities["another"]})
    assert Cluster.objects.get(pk=here.pk).state == "blind"
