"""What a cluster refuses in a spec, in an apply and in what it is asked for: the same words on both."""

from __future__ import annotations

import json
import urllib.error
from typing import Any

import pytest

from releases.gateway import Gateway
from releases.gateway.errors import ManifestRefused
from tests.cluster.manifests import config_map, container, deployment, manifest
from tests.cluster.outsider import Outsider
from tests.cluster.test_contract_refused_words import refusal
from tests.cluster.waiting import eventually

DEPLOYMENTS, PODS, SECRETS = "apps/v1/deployments", "v1/pods", "v1/secrets"
IDS = "must be between 0 and 2147483647, inclusive"


def pod(**spec: Any) -> dict[str, Any]:
    return manifest("v1", "Pod", "one", spec={"containers": [container()], **spec})


def applied(outsider: Outsider, resource: str, body: dict[str, Any]) -> tuple[int, str]:
    path, query = outsider._path(resource, body["metadata"]["name"]), {"fieldManager": "somebody"}
    return refusal(lambda: outsider._send("PATCH", path, query, body, "application/apply-patch+yaml"))


def box(name: str = "web", **fields: Any) -> dict[str, Any]:
    body = deployment(name)
    body["spec"]["template"]["spec"]["containers"][0] |= fields
    return body


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"env": [{"name": "A", "value": "1"}, {"name": "A"}]}, '.env: duplicate entries for key [name="A"]'),
        (
            {"ports": [{"containerPort": 80}, {"containerPort": 80, "name": "x"}]},
            '.ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
        ),
    ],
    ids=["env", "ports"],
)
def test_rows_of_one_key_cannot_be_applied(outsider: Outsider, fields: dict[str, Any], said: str) -> None:
    where = '.spec.template.spec.containers[name="web"]'
    failed = "failed to create typed patch object (/web; apps/v1, Kind=Deployment)"
    assert applied(outsider, DEPLOYMENTS, box(**fields)) == (500, f"{failed}: {where}{said}")


def test_nor_ports_of_a_service_or_containers(outsider: Outsider) -> None:
    service = manifest("v1", "Service", "web", spec={"ports": [{"port": 80}, {"port": 80}]})
    failed = "failed to create typed patch object (/web; /v1, Kind=Service)"
    said = '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]'
    assert applied(outsider, "v1/services", service) == (500, f"{failed}: {said}")
    body = deployment()
    body["spec"]["template"]["spec"]["containers"] *= 2
    code, message = applied(outsider, DEPLOYMENTS, body)
    assert (code, message.endswith('.containers: duplicate entries for key [name="web"]')) == (500, True)


def test_who_deploys_such_a_thing_is_told_and_does_not_wait(gateway: Gateway) -> None:
    ours = {"slipway.dev/app-id": "a", "app.kubernetes.io/managed-by": "slipway"}
    good, bad = box(), box(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])
    for body in (good, bad):
        body["metadata"]["labels"] = ours
    gateway.apply(good, fence=1, release="1", replicas=1)
    with pytest.raises(ManifestRefused, match="duplicate entries for key"):
        gateway.apply(bad, fence=2, release="2", replicas=1)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "value": "x"}]},
            "tolerations[0].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'",
        ),
        (
            {"tolerations": [{"operator": "Equal", "value": "x"}]},
            'tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means '
            '"match all values and all keys"',
        ),
        (
            {"tolerations": [{"key": "a", "operator": "Nope"}]},
            'tolerations[0].operator: Unsupported value: "Nope": supported values: "Equal", "Exists"',
        ),
        (
            {
                "topologySpreadConstraints": [
                    {"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
                ]
            },
            "topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        ),
        (
            {"hostAliases": [{"ip": "300.1.1.1", "hostnames": ["a.b"]}]},
            'hostAliases[0].ip: Invalid value: "300.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or '
            "2001:db8::ffff)",
        ),
        ({"securityContext": {"runAsUser": -1}}, f"securityContext.runAsUser: Invalid value: -1: {IDS}"),
        (
            {"containers": [container(securityContext={"runAsGroup": -2})]},
            f"containers[0].securityContext.runAsGroup: Invalid value: -2: {IDS}",
        ),
    ],
    ids=["exists", "no key", "operator", "skew", "alias", "user", "group"],
)
def test_a_spec_is_refused_in_a_pod_and_in_a_template(outsider: Outsider, spec: dict[str, Any], said: str) -> None:
    body = deployment()
    body["spec"]["template"]["spec"] |= spec
    for resource, one, where in ((PODS, pod(**spec), "spec"), (DEPLOYMENTS, body, "spec.template.spec")):
        message = json.loads(outsider.refusal(resource, one))["message"]
        assert message.endswith(f" is invalid: {where}.{said}")


def test_a_time_to_end_may_be_negative(outsider: Outsider) -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = -1
    made = outsider.create(DEPLOYMENTS, body)
    assert made["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == -1
    eventually(lambda: len(outsider.get(PODS)["items"]) == 2, what="it is so")
    outsider.delete(DEPLOYMENTS, "web")
    eventually(lambda: not outsider.get(PODS)["items"], what="it is so")


@pytest.mark.parametrize(
    ("type_", "data", "said"),
    [
        ("kubernetes.io/tls", {}, "[data[tls.crt]: Required value, data[tls.key]: Required value]"),
        ("kubernetes.io/tls", {"tls.crt": ""}, "data[tls.key]: Required value"),
        ("kubernetes.io/dockerconfigjson", {}, "data[.dockerconfigjson]: Required value"),
    ],
)
def test_a_secret_has_what_its_type_asks_for(outsider: Outsider, type_: str, data: dict[str, str], said: str) -> None:
    body = manifest("v1", "Secret", "one", type=type_, data=data)
    assert json.loads(outsider.refusal(SECRETS, body))["message"] == f'Secret "one" is invalid: {said}'


def test_what_is_being_deleted_gets_no_finalizer_more(outsider: Outsider) -> None:
    body = config_map()
    body["metadata"]["finalizers"] = ["example.com/a"]
    outsider.create("v1/configmaps", body)
    outsider.delete("v1/configmaps", "settings")
    more = {"metadata": {"finalizers": ["example.com/a", "example.com/b"]}}
    with pytest.raises(urllib.error.HTTPError) as caught:
        outsider.merge("v1/configmaps", "settings", more)
    answer = json.loads(caught.value.read())
    assert (answer["code"], len(answer["details"]["causes"])) == (422, 2)
    assert answer["message"] == (
        'ConfigMap "settings" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object '
        'is being deleted, found new finalizers []string{"example.com/b"}'
    )
    outsider.merge("v1/configmaps", "settings", {"metadata": {"finalizers": None}})
    assert not outsider.exists("v1/configmaps", "settings")


def progress(outsider: Outsider) -> tuple[str, str, str]:
    rows = outsider.get(DEPLOYMENTS, "web").get("status", {}).get("conditions", ())
    found = next((one for one in rows if one["type"] == "Progressing"), {})
    return found.get("status", ""), found.get("reason", ""), found.get("message", "")


def test_a_paused_deployment_says_so(outsider: Outsider) -> None:
    paused = ("Unknown", "DeploymentPaused", "Deployment is paused")
    outsider.create(DEPLOYMENTS, deployment(paused=True))
    eventually(lambda: progress(outsider) == paused, what="it is so")
    outsider.merge(DEPLOYMENTS, "web", {"spec": {"paused": False}})
    eventually(lambda: progress(outsider)[:2] == ("True", "NewReplicaSetAvailable"), what="it is so")
    outsider.merge(DEPLOYMENTS, "web", {"spec": {"paused": True}})
    eventually(lambda: progress(outsider) == paused, what="it is so")
    outsider.merge(DEPLOYMENTS, "web", {"spec": {"paused": False}})
    eventually(lambda: progress(outsider)[:2] == ("True", "NewReplicaSetAvailable"), what="it is so")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"tailLines": "-1"}, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ({"limitBytes": "0"}, "limitBytes: Invalid value: 0: must be greater than 0"),
        ({"sinceSeconds": "0"}, "sinceSeconds: Invalid value: 0: must be greater than 0"),
    ],
)
def test_a_log_is_asked_for_by_numbers_that_can_be(outsider: Outsider, query: dict[str, str], said: str) -> None:
    outsider.create(PODS, pod())
    path = outsider._path(PODS, "one") + "/log"
    assert refusal(lambda: outsider._open("GET", path, query)) == (422, f'PodLogOptions "one" is invalid: {said}')
