"""Levels of pod security: what a label on a namespace refuses, and whom it warns."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, UnprocessibleEntityError
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import container, deployment, manifest
from tests.cluster.refusals import status_of
from tests.cluster.waiting import condition, eventually, until

MERGE = "application/merge-patch+json"
ENFORCE = "pod-security.kubernetes.io/enforce"
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
UNHARDENED = (
    'allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), '
    'unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), '
    'runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true), '
    'seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
    '"Localhost")'
)
ROOT = {"securityContext": {"runAsNonRoot": False, "runAsUser": 0}}


@pytest.fixture
def pods(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="Pod")


def _hold(client: DynamicClient, namespace: str, level: str) -> None:
    """Put the level on, and wait until admission, which hears of it by a watch, goes by it."""
    namespaces = client.resources.get(api_version="v1", kind="Namespace")
    namespaces.patch({"metadata": {"labels": {ENFORCE: level}}}, name=namespace, content_type=MERGE)
    pods = client.resources.get(api_version="v1", kind="Pod")

    def refused() -> bool:
        try:
            _pod(pods, namespace, {"hostNetwork": True})
        except ForbiddenError:
            return True
        return False

    eventually(refused, what=f"something is refused at the level {level}")


def _pod(pods: Resource, namespace: str, spec: dict[str, Any], **fields: Any) -> None:
    body = manifest("v1", "Pod", "one", spec={"containers": [container(**fields)], **spec})
    pods.create(body, namespace=namespace, dry_run="All")


@pytest.mark.parametrize(
    ("spec", "fields", "words"),
    [
        (
            {"hostNetwork": True, "hostPID": True},
            {},
            "host namespaces (hostNetwork=true, hostPID=true)",
        ),
        ({"volumes": [{"name": "etc", "hostPath": {"path": "/etc"}}]}, {}, 'hostPath volumes (volume "etc")'),
        ({}, {"ports": [{"containerPort": 80, "hostPort": 80}]}, 'hostPort (container "web" uses hostPort 80)'),
        (
            {},
            {"securityContext": {"capabilities": {"add": ["SYS_ADMIN", "CHOWN", "NET_ADMIN"]}}},
            'non-default capabilities (container "web" must not include "NET_ADMIN", "SYS_ADMIN" in '
            "securityContext.capabilities.add)",
        ),
        (
            {},
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            'seccompProfile (container "web" must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
            {},
            "forbidden sysctls (kernel.msgmax)",
        ),
    ],
)
def test_baseline_refuses_the_ways_out_of_a_container(
    client: DynamicClient, pods: Resource, namespace: str, spec: Any, fields: Any, words: str
) -> None:
    _hold(client, namespace, "baseline")
    _pod(pods, namespace, {})
    with pytest.raises(ForbiddenError) as refusal:
        _pod(pods, namespace, spec, **fields)
    said = f'pods "one" is forbidden: violates PodSecurity "baseline:latest": {words}'
    assert status_of(refusal.value)["message"] == said


@pytest.mark.parametrize(
    ("spec", "security", "words"),
    [
        ({}, {}, UNHARDENED),
        (
            ROOT,
            HARDENED,
            "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), "
            "runAsUser=0 (pod must not set runAsUser=0)",
        ),
        (
            {"volumes": [{"name": "old", "nfs": {"server": "files", "path": "/old"}}]},
            HARDENED,
            'restricted volume types (volume "old" uses restricted volume type "nfs")',
        ),
    ],
)
def test_restricted_wants_to_be_told_that_a_pod_is_hardened(
    client: DynamicClient, pods: Resource, namespace: str, spec: Any, security: Any, words: str
) -> None:
    _hold(client, namespace, "restricted")
    _pod(pods, namespace, {}, securityContext=HARDENED)
    with pytest.raises(ForbiddenError) as refusal:
        _pod(pods, namespace, spec, securityContext=security)
    said = f'pods "one" is forbidden: violates PodSecurity "restricted:latest": {words}'
    assert status_of(refusal.value)["message"] == said


def test_a_deployment_is_taken_but_warned_and_its_pods_refused(client: DynamicClient, namespace: str) -> None:
    _hold(client, namespace, "restricted")
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    made = client.request("post", path, body=deployment(), serialize=False)
    assert (
        made.headers["Warning"].replace("\\", "")
        == f'299 - "would violate PodSecurity "restricted:latest": {UNHARDENED}"'
    )
    failed = until(deployments, namespace, lambda obj: bool(condition(obj, "ReplicaFailure")))
    assert 'violates PodSecurity "restricted:latest"' in condition(failed, "ReplicaFailure")["message"]


def test_a_level_that_is_none_is_refused(client: DynamicClient, namespace: str) -> None:
    with pytest.raises(UnprocessibleEntityError) as refusal:
        _hold(client, namespace, "strict")
    words = 'Invalid value: "strict": must be one of privileged, baseline, restricted'
    assert words in status_of(refusal.value)["message"]


def test_who_holds_a_namespace_to_a_level_is_told_which_pods_break_it(client: DynamicClient, namespace: str) -> None:
    pods = client.resources.get(api_version="v1", kind="Pod")
    open_to_all = {"hostNetwork": True, "volumes": [{"name": "etc", "hostPath": {"path": "/etc"}}]}
    for name, spec in (("two", open_to_all), ("one", open_to_all), ("ports", {"hostPID": True}), ("good", {})):
        body = manifest("v1", "Pod", name, spec={"containers": [container()], **spec})
        pods.create(body, namespace=namespace)

    def said(level: str, **query: str) -> list[str]:
        labels = {"metadata": {"labels": {ENFORCE: level}}}
        answer = client.request(
            "patch", f"/api/v1/namespaces/{namespace}", body=labels, content_type=MERGE, serialize=False,
            query_params=list(query.items()),
        )  # fmt: skip
        return [one.replace("\\", "") for one in answer.headers.getlist("Warning")]

    told = [
        f'299 - "existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "baseline:latest""',
        '299 - "one (and 1 other pod): host namespaces, hostPath volumes"',
        '299 - "ports: host namespaces"',
    ]
    # Admission hears of pods by a watch, as it does of levels.
    eventually(lambda: said("baseline", dryRun="All") == told, what="every pod that breaks the level is named")
    # It was only asked.
    assert said("baseline") == told
    assert said("baseline") == said("privileged") == []
