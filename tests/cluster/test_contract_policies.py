"""ValidatingAdmissionPolicies: expressions on the cluster that guard it, the fence of a release among others."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.admission import policies, policy, refusal_of, rule
from tests.cluster.manifests import config_map, deployment, manifest
from tests.cluster.refusals import status_of
from tests.cluster.waiting import condition, until

MERGE = "application/merge-patch+json"
FENCE = "slipway.dev/fence"


@pytest.fixture
def maps(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="ConfigMap")


def _fenced(number: int) -> dict[str, Any]:
    body = config_map()
    body["metadata"]["annotations"] = {FENCE: str(number)}
    return body


def test_a_policy_refuses_a_lower_fence(client: DynamicClient, namespace: str, maps: Resource) -> None:
    """The optional net under the gateway's own check: whoever writes, an older release never wins."""
    fence = f"'{FENCE}' in {{0}}.metadata.?annotations.orValue({{{{}}}})"
    number = f"int({{0}}.metadata.annotations['{FENCE}'])"
    old, new = (fence.format(name) for name in ("oldObject", "object"))
    expression = f"!({old}) || ({new} && {number.format('object')} >= {number.format('oldObject')})"
    updates = rule("configmaps", operations=("UPDATE",))
    with policies(
        client, namespace, policy(namespace, expression, of=updates, message="A newer release has taken over.")
    ):
        maps.create(_fenced(5), namespace=namespace)
        maps.patch(_fenced(6), name="settings", namespace=namespace, content_type=MERGE)
        with pytest.raises(ApiException) as refusal:
            maps.patch(_fenced(3), name="settings", namespace=namespace, content_type=MERGE)
        assert "A newer release has taken over." in status_of(refusal.value)["message"]
        assert maps.get(name="settings", namespace=namespace).metadata.annotations[FENCE] == "6"
        maps.patch(_fenced(7), name="settings", namespace=namespace, content_type=MERGE)


def test_a_refusal_is_a_status_that_names_policy_and_binding(client: DynamicClient, namespace: str) -> None:
    with policies(client, namespace, policy(namespace, "object.data.COLOUR != 'blue'", message="Not blue.")):
        status = refusal_of(client, config_map(), namespace=namespace)
    words = f"ValidatingAdmissionPolicy '{namespace}' with binding '{namespace}' denied request: Not blue."
    assert status == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f'configmaps "settings" is forbidden: {words}',
        "reason": "Invalid",
        "details": {"name": "settings", "kind": "configmaps", "causes": [{"message": words}]},
        "code": 422,
    }


SAID: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "bare": ("object.data.COLOUR == 'red' ", {}, {}, "failed expression: object.data.COLOUR == 'red'"),
    "computed": (
        "object.data.COLOUR == 'red'",
        {"message": "no", "messageExpression": "'Not ' + object.data.COLOUR"},
        {},
        "Not blue",
    ),
    "uncomputed": ("false", {"message": "no", "messageExpression": "'Not ' + object.data.SHAPE"}, {}, "no"),
    "missing": (
        "object.data.SHAPE == 'round'",
        {},
        {},
        "expression 'object.data.SHAPE == 'round'' resulted in error: no such key: SHAPE",
    ),
    "number": (
        "int(object.data.COLOUR) > 3",
        {},
        {},
        "expression 'int(object.data.COLOUR) > 3' resulted in error: type conversion error from 'string' to 'int'",
    ),
    "condition": (
        "true",
        {},
        {"matchConditions": [{"name": "round", "expression": "object.data.SHAPE == 'round'"}]},
        "expression 'object.data.SHAPE == 'round'' resulted in error: no such key: SHAPE",
    ),
    "variable": (
        "variables.colour == 'red'",
        {"messageExpression": "'It is ' + variables.colour"},
        {"variables": [{"name": "colour", "expression": "object.data.COLOUR"}]},
        "It is blue",
    ),
    "request": (
        "request.operation == 'DELETE'",
        {
            "messageExpression": "[request.operation, request.name, request.resource.resource, request.kind.kind, "
            "string(request.dryRun)].join(' ') + (request.namespace == object.metadata.namespace ? '' : '?') + "
            "('system:masters' in request.userInfo.groups ? ' by an admin' : '')"
        },
        {},
        "CREATE request configmaps ConfigMap true by an admin",
    ),
    "place": ("namespaceObject.metadata.name != object.metadata.namespace", {"message": "here"}, {}, "here"),
    "new": ("oldObject != null", {"message": "It is new."}, {}, "It is new."),
}
LET_IN: dict[str, tuple[str, dict[str, Any]]] = {
    "ignored": ("object.data.SHAPE == 'round'", {"failurePolicy": "Ignore"}),
    "conditional": ("false", {"matchConditions": [{"name": "red", "expression": "object.data.COLOUR == 'red'"}]}),
    "doubtful": (
        "false",
        {
            "matchConditions": [
                {"name": "round", "expression": "object.data.SHAPE == 'round'"},
                {"name": "red", "expression": "object.data.COLOUR == 'red'"},
            ]
        },
    ),
    "identified": ("has(object.metadata.uid) && has(object.metadata.managedFields)", {}),
}


def _named(name: str) -> dict[str, Any]:
    return rule("configmaps", resourceNames=[name])


def test_what_policies_say(client: DynamicClient, namespace: str, maps: Resource) -> None:
    bodies = [
        policy(f"{namespace}-{name}", expression, of=_named(name), more=more, **words)
        for name, (expression, words, more, _said) in SAID.items()
    ]
    bodies += [
        policy(f"{namespace}-{name}", expression, of=_named(name), more=more)
        for name, (expression, more) in LET_IN.items()
    ]
    with policies(client, namespace, *bodies):
        found = {name: refusal_of(client, config_map(name), namespace=namespace)["message"] for name in SAID}
        for name in LET_IN:
            maps.create(config_map(name), namespace=namespace, dry_run="All")
    assert {name: words.split(" denied request: ")[1] for name, words in found.items()} == {
        name: said for name, (_expression, _words, _more, said) in SAID.items()
    }


def test_a_policy_chooses_how_it_refuses(client: DynamicClient, namespace: str) -> None:
    names = {"rude": "Forbidden", "large": "RequestEntityTooLarge"}
    bodies = [policy(f"{namespace}-{name}", "false", of=_named(name), reason=reason) for name, reason in names.items()]
    with policies(client, namespace, *bodies):
        found = [refusal_of(client, config_map(name), namespace=namespace) for name in names]
    assert [(one["code"], one["reason"]) for one in found] == [(403, "Forbidden"), (413, "RequestEntityTooLarge")]


def test_a_binding_may_only_warn(client: DynamicClient, namespace: str, maps: Resource) -> None:
    with policies(client, namespace, policy(namespace, "false", message="Not nice."), action="Warn"):
        made = maps.create(config_map(), namespace=namespace, dry_run="All", serialize=False)
    words = f"Validation failed for ValidatingAdmissionPolicy '{namespace}' with binding '{namespace}': Not nice."
    assert made.headers["Warning"].replace("\\", "") == f'299 - "{words}"'


def test_a_deletion_and_a_change_that_changes_nothing_are_judged(
    client: DynamicClient, namespace: str, maps: Resource
) -> None:
    maps.create(config_map(), namespace=namespace)
    deletes = policy(f"{namespace}-delete", "object != null", of=rule("configmaps", operations=("DELETE",)))
    updates = policy(f"{namespace}-update", "false", of=rule("configmaps", operations=("UPDATE",)))
    with policies(client, namespace, deletes, updates):
        with pytest.raises(ApiException) as refusal:
            maps.delete(name="settings", namespace=namespace)
        assert "failed expression: object != null" in status_of(refusal.value)["message"]
        with pytest.raises(ApiException, match="422"):
            maps.patch({"data": {"COLOUR": "blue"}}, name="settings", namespace=namespace, content_type=MERGE)


def test_a_subresource_is_named_by_itself(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(deployment(replicas=0), namespace=namespace)
    scaling = rule("deployments/scale", group="apps")
    with policies(client, namespace, policy(namespace, "object.spec.replicas <= 2", of=scaling, message="Too many.")):
        deployments.patch({"spec": {"replicas": 3}}, name="web", namespace=namespace, content_type=MERGE, dry_run="All")
        scale = deployments.subresources["scale"]
        with pytest.raises(ApiException) as refusal:
            scale.patch({"spec": {"replicas": 3}}, name="web", namespace=namespace, content_type=MERGE, dry_run="All")
        status = status_of(refusal.value)
    assert status["message"].startswith('deployments.apps "web" is forbidden: ValidatingAdmissionPolicy')
    assert status["details"]["group"] == "apps"


def test_instances_are_judged_too(client: DynamicClient, namespace: str) -> None:
    sets = client.resources.get(api_version="apps/v1", kind="ReplicaSet")
    maker = "request.userInfo.username"
    judged = policy(
        namespace, "false", of=rule("pods", operations=("CREATE",)), messageExpression=f"'Not by ' + {maker}"
    )
    with policies(client, namespace, judged):
        body = manifest("apps/v1", "ReplicaSet", "web", spec=deployment(replicas=1)["spec"])
        sets.create(body, namespace=namespace)
        made = until(sets, namespace, lambda it: bool(condition(it, "ReplicaFailure")))
    assert (
        "Not by system:serviceaccount:kube-system:replicaset-controller" in condition(made, "ReplicaFailure")["message"]
    )
