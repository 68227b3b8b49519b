"""What a provision release makes: the stops of a namespace, and the accounts Slipway acts as."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps_mgmt.rendering import Facts, Manifest, TenancyFacts, cluster_manifests, render, tenant_manifests
from apps_mgmt.rendering.names import OWN_NETWORK
from apps_mgmt.rendering.tenancy import deployer_rules, hard, observer_rules, provisioner_rules
from apps_mgmt.spec import AppSpec, SpecError, load
from apps_mgmt.spec.containers import ServiceAccount
from apps_mgmt.spec.placing import Target
from apps_mgmt.spec.quantity import millicores
from tenants.quota.arithmetic import room

GIB = 1024**3
ROOT = Path(__file__).resolve().parents[2]
LIMITS = {"instances": 21, "cpu": 3000, "memory": 2 * GIB, "ephemeral": GIB, "storage": 5 * GIB, "gpu": 1}


def made() -> dict[str, Manifest]:
    rows = tenant_manifests(TenancyFacts("boutique", "slipway-boutique", LIMITS))
    return {row["kind"]: row for row in rows}


def test_the_quota_of_a_namespace_is_half_as_much_again_and_ten_small_instances() -> None:
    assert hard(LIMITS) == {
        "pods": "42",
        "requests.cpu": "5500m",
        "requests.memory": "4352Mi",
        "requests.ephemeral-storage": "2816Mi",
        "requests.storage": "7680Mi",
        "requests.nvidia.com/gpu": "2",
    }


@pytest.mark.parametrize("used", [21, 42, 300])
def test_what_is_in_use_above_the_limits_fits_with_as_much_again_for_what_comes_and_goes(used: int) -> None:
    more = room(LIMITS, {"instances": used, "cpu": used * 100})
    assert int(hard(more)["pods"]) >= used * 3 // 2 + 10
    assert millicores(hard(more)["requests.cpu"]) >= used * 150
    assert hard(more)["requests.memory"] == hard(LIMITS)["requests.memory"]


def test_the_namespace_comes_first_and_everything_else_is_in_it() -> None:
    first, *rest = tenant_manifests(TenancyFacts("boutique", "slipway-boutique", LIMITS))
    assert (first["kind"], first["metadata"]["name"]) == ("Namespace", "slipway-boutique")
    assert {row["metadata"]["namespace"] for row in rest} == {"slipway-boutique"}


def test_pod_security_refuses_the_worst_and_warns_of_the_rest() -> None:
    labels = made()["Namespace"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"


def test_a_namespace_is_reached_from_itself_and_from_gateways_alone() -> None:
    spec = made()["NetworkPolicy"]["spec"]
    gateways = {"namespaceSelector": {"matchLabels": {"slipway.dev/gateway": "true"}}}
    assert spec["ingress"] == [{"from": [{"podSelector": {}}, gateways]}]


def test_the_metadata_service_of_machines_is_out_of_reach() -> None:
    blocks = [row["ipBlock"] for row in made()["NetworkPolicy"]["spec"]["egress"][0]["to"] if "ipBlock" in row]
    assert {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]} in blocks
    six = [ip_network(one) for row in blocks if row["cidr"] == "::/0" for one in row["except"]]
    for address in ("fe80::a9fe:a9fe", "fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe"):
        assert any(ip_address(address) in one for one in six), address


@pytest.mark.parametrize("rules", [deployer_rules(), observer_rules()], ids=["deployer", "observer"])
def test_no_account_may_do_everything(rules: list[dict[str, Any]]) -> None:
    assert not [rule for rule in rules if "*" in (*rule["apiGroups"], *rule["resources"], *rule["verbs"])]


def test_the_observer_changes_nothing_and_sees_no_secrets() -> None:
    assert {verb for rule in observer_rules() for verb in rule["verbs"]} == {"get", "list", "watch"}
    assert not [rule for rule in observer_rules() if "secrets" in rule["resources"]]


def test_the_deployer_gives_no_rights_and_takes_no_tokens() -> None:
    resources = {resource for rule in deployer_rules() for resource in rule["resources"]}
    assert not resources & {"roles", "rolebindings", "serviceaccounts/token", "namespaces", "resourcequotas"}


def test_every_kind_that_rendering_gives_is_among_the_rights_of_the_deployer() -> None:
    from releases.gateway.kinds import PRUNED

    allowed = {(rule["apiGroups"][0], name) for rule in deployer_rules() for name in rule["resources"]}
    assert {(kind.group, kind.plural) for kind in PRUNED} <= allowed


def test_the_observer_is_bound_on_the_whole_cluster() -> None:
    binding = {row["kind"]: row for row in cluster_manifests()}["ClusterRoleBinding"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "slipway-observer", "namespace": "slipway"}]


def _template_labels(spec: AppSpec) -> dict[str, str]:
    facts = Facts(
        app="shop",
        app_id="1",
        tenant="boutique",
        namespace="slipway-boutique",
        cluster="north",
        targets=(Target(cluster="north"),),
    )
    rows = render(spec, facts).manifests
    labels: dict[str, str] = next(row for row in rows if row["kind"] == "Deployment")["spec"]["template"]["metadata"][
        "labels"
    ]
    return labels


def _app(**more: Any) -> AppSpec:
    process = {"name": "web", "image": "registry.example.com/shop:1"}
    return load({"processes": [process], **more})


def test_an_app_with_a_network_policy_of_its_own_is_out_of_the_one_of_the_namespace() -> None:
    assert OWN_NETWORK not in _template_labels(_app())
    assert _template_labels(_app(network_policy={"from_gateway": True}))[OWN_NETWORK] == "true"
    selector = made()["NetworkPolicy"]["spec"]["podSelector"]
    assert selector == {"matchExpressions": [{"key": OWN_NETWORK, "operator": "DoesNotExist"}]}


def test_no_instance_runs_as_an_account_that_slipway_deploys_with() -> None:
    with pytest.raises(SpecError, match="Slipway's own"):
        ServiceAccount(name="slipway-deployer")


def test_the_rights_of_a_provisioner_stand_in_the_documentation() -> None:
    role = yaml.safe_load((ROOT / "docs/provisioner.yaml").read_text())
    assert role["rules"] == provisioner_rules()
