"""What a ValidatingAdmissionPolicy and its binding have to be like."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient

from tests.cluster.admission import ADMISSION, BINDING, POLICY, binding, policy, refusal_of, rule
from tests.cluster.manifests import manifest


def test_what_is_not_said_means_everything(client: DynamicClient, namespace: str) -> None:
    body = policy(namespace, "true", of=rule("configmaps"))
    made = client.resources.get(api_version=ADMISSION, kind=POLICY).create(body, dry_run="All").to_dict()
    assert made["metadata"]["generation"] == 1
    assert made["spec"]["failurePolicy"] == "Fail"
    constraints = made["spec"]["matchConstraints"]
    assert constraints == {
        "matchPolicy": "Equivalent",
        "namespaceSelector": {},
        "objectSelector": {},
        "resourceRules": [{**rule("configmaps"), "scope": "*"}],
    }
    bound = client.resources.get(api_version=ADMISSION, kind=BINDING)
    resources = bound.create(binding(namespace, namespace=namespace), dry_run="All").to_dict()["spec"]["matchResources"]
    assert (resources["matchPolicy"], resources["objectSelector"]) == ("Equivalent", {})


def _wrong(**spec: Any) -> dict[str, Any]:
    return policy("wrong", "true", more=spec)


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "syntax": (
        policy("wrong", "object.a."),
        [
            'spec.validations[0].expression: Invalid value: "object.a.": compilation failed: ERROR: <input>:1:10: '
            "Syntax error: no viable alternative at input '.'\n | object.a.\n | .........^"
        ],
    ),
    "unknown": (
        policy("wrong", "nope == 1"),
        [
            'spec.validations[0].expression: Invalid value: "nope == 1": compilation failed: ERROR: <input>:1:1: '
            "undeclared reference to 'nope' (in container '')\n | nope == 1\n | ^"
        ],
    ),
    "type": (
        policy("wrong", "1", messageExpression="object.data"),
        [
            'spec.validations[0].expression: Invalid value: "1": must evaluate to bool but got int',
            'spec.validations[0].messageExpression: Invalid value: "object.data": must evaluate to string but got dyn',
        ],
    ),
    "nothing": (
        manifest(ADMISSION, POLICY, "wrong", spec={}),
        [
            "spec.matchConstraints: Required value",
            "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
            "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
        ],
    ),
    "rule": (
        _wrong(matchConstraints={"resourceRules": [{}]}),
        [
            f"spec.matchConstraints.resourceRules[0].{field}: Required value"
            for field in ("operations", "apiGroups", "apiVersions", "resources")
        ],
    ),
    "words": (
        _wrong(
            failurePolicy="Maybe",
            matchConstraints={
                "matchPolicy": "Roughly",
                "resourceRules": [rule("configmaps", operations=("PATCH",), scope="Wide")],
            },
            validations=[{"expression": "true", "reason": "Odd", "message": " "}],
        ),
        [
            'spec.failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"',
            'spec.matchConstraints.matchPolicy: Unsupported value: "Roughly": supported values: "Equivalent", "Exact"',
            'spec.matchConstraints.resourceRules[0].operations[0]: Unsupported value: "PATCH": supported values: "*", '
            '"CONNECT", "CREATE", "DELETE", "UPDATE"',
            'spec.matchConstraints.resourceRules[0].scope: Unsupported value: "Wide": supported values: "*", '
            '"Cluster", "Namespaced"',
            'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
            'spec.validations[0].reason: Unsupported value: "Odd": supported values: "Forbidden", "Invalid", '
            '"RequestEntityTooLarge"',
        ],
    ),
    "conditions": (
        _wrong(matchConditions=[{"name": "a", "expression": "1"}, {"name": "b", "expression": ""}]),
        [
            'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool but got int',
            "spec.matchConditions[1].expression: Required value",
        ],
    ),
    "variables": (
        _wrong(variables=[{"name": "a b", "expression": "1"}, {"name": "c", "expression": "nope"}]),
        [
            'spec.variables[0].name: Invalid value: "a b": must be a valid CEL identifier',
            'spec.variables[1].expression: Invalid value: "nope": compilation failed: ERROR: <input>:1:1: undeclared '
            "reference to 'nope' (in container '')\n | nope\n | ^",
        ],
    ),
    "binding": (
        manifest(ADMISSION, BINDING, "wrong", spec={"policyName": "one", "validationActions": ["Deny", "Warn", "Odd"]}),
        [
            'spec.validationActions[2]: Unsupported value: "Odd": supported values: "Audit", "Deny", "Warn"',
            'spec.validationActions: Invalid value: ["Deny","Warn","Odd"]: must not contain both Deny and Warn '
            "(repeating the same validation failure information in the API response and headers serves no purpose)",
        ],
    ),
    "unbound": (
        manifest(ADMISSION, BINDING, "wrong", spec={}),
        [
            "spec.policyName: Required value",
            "spec.validationActions: Required value: at least one validation action is required",
        ],
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_policy_that_cannot_work_is_refused(client: DynamicClient, what: str) -> None:
    body, words = WRONG[what]
    status = refusal_of(client, body)
    assert [f"{row['field']}: {row['message']}" for row in status["details"]["causes"]] == words
    assert (status["code"], status["reason"], status["details"]["name"]) == (422, "Invalid", "wrong")
