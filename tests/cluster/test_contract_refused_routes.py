"""What an API server refuses of autoscalers and routes, by the field that is wrong: the same on both."""

from __future__ import annotations

import json
from typing import Any

from tests.cluster.outsider import Outsider

AUTOSCALERS = "autoscaling/v2/horizontalpodautoscalers"
ROUTES = "gateway.networking.k8s.io/v1/httproutes"


def scaler(**spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": target, "maxReplicas": 3, **spec},
    }


def cpu(kind: str = "Utilization", **target: Any) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": "cpu", "target": {"type": kind, **target}}}


def by(*metrics: dict[str, Any]) -> dict[str, Any]:
    return scaler(metrics=list(metrics))


def down(*policies: dict[str, Any], **rules: Any) -> dict[str, Any]:
    return scaler(behavior={"scaleDown": {**rules, **({"policies": list(policies)} if policies else {})}})


def route(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web"},
        "spec": {"parentRefs": [{"name": "gateway"}], **spec},
    }


def to(path: str, kind: str = "PathPrefix") -> dict[str, Any]:
    return {"matches": [{"path": {"type": kind, "value": path}}]}


def asking(*headers: str) -> dict[str, Any]:
    return {"matches": [{"headers": [{"name": name, "value": "x"} for name in headers]}]}


def ruled(*rules: dict[str, Any]) -> dict[str, Any]:
    return route(rules=list(rules))


HALF = {"averageUtilization": 50}
PODS = {"metric": {"name": "a"}, "target": {"type": "AverageValue", "averageValue": "1"}}
POLICY = {"type": "Pods", "value": 1, "periodSeconds": 60}
METRIC, DOWN = "spec.metrics[0]", "spec.behavior.scaleDown"
UTILIZATION, WINDOW = f"{METRIC}.resource.target.averageUtilization", f"{DOWN}.stabilizationWindowSeconds"
NO_SOURCE = "Required value: must populate information for the given metric source"
KINDS = '"ContainerResource", "External", "Object", "Pods", "Resource"'
SCALERS: list[tuple[dict[str, Any], str, str]] = [
    (by(cpu(averageUtilization=0)), UTILIZATION, "Invalid value: 0: must be greater than 0"),
    (by(cpu()), UTILIZATION, "Required value: must set either a target raw value or a target utilization"),
    (by({"type": "Guess"}), f"{METRIC}.type", f'Unsupported value: "Guess": supported values: {KINDS}'),
    (by({"type": "Resource"}), f"{METRIC}.resource", NO_SOURCE),
    (by({**cpu(**HALF), "type": "Pods"}), f"{METRIC}.pods", NO_SOURCE),
    (by({**cpu(**HALF), "pods": PODS}), f"{METRIC}.pods", "Forbidden: must populate the given metric source only"),
    (
        by(cpu("Guess", **HALF)),
        f"{METRIC}.resource.target.type",
        'Invalid value: "Guess": must be either Utilization, Value, or AverageValue',
    ),
    (
        by({"type": "Resource", "resource": {"target": {"type": "Utilization", **HALF}}}),
        f"{METRIC}.resource.name",
        "Required value: must specify a resource name",
    ),
    (
        down(stabilizationWindowSeconds=3601),
        WINDOW,
        "Invalid value: 3601: must be less than or equal to 3600",
    ),
    (
        down(stabilizationWindowSeconds=-1),
        WINDOW,
        "Invalid value: -1: must be greater than or equal to zero",
    ),
    (
        down(POLICY, selectPolicy="Guess"),
        f"{DOWN}.selectPolicy",
        'Unsupported value: "Guess": supported values: "Disabled", "Max", "Min"',
    ),
    (
        down({**POLICY, "type": "Guess"}),
        f"{DOWN}.policies[0].type",
        'Unsupported value: "Guess": supported values: "Percent", "Pods"',
    ),
    (
        scaler(behavior={"scaleDown": {"policies": []}}),
        f"{DOWN}.policies",
        "Required value: must specify at least one Policy",
    ),
    (
        scaler(behavior={"scaleUp": {"policies": [], "selectPolicy": "Max"}}),
        "spec.behavior.scaleUp.policies",
        "Required value: must specify at least one Policy",
    ),
    (down({**POLICY, "value": 0}), f"{DOWN}.policies[0].value", "Invalid value: 0: must be greater than zero"),
    (
        down({**POLICY, "periodSeconds": 1801}),
        f"{DOWN}.policies[0].periodSeconds",
        "Invalid value: 1801: must be less than or equal to 1800",
    ),
]

BACKEND = {"name": "web", "port": 80}
REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}
MANY, PATH = "Too many: 17: must have at most 16 items", "spec.rules[0].matches[0].path"
PATHS = [
    ("/a//b", "must not contain '//' when type one of ['Exact', 'PathPrefix']"),
    ("/a#b", "must not contain '#' when type one of ['Exact', 'PathPrefix']"),
    ("/a/../b", "must not contain '/../' when type one of ['Exact', 'PathPrefix']"),
    ("/a%2fb", "must not contain '%2f' when type one of ['Exact', 'PathPrefix']"),
    ("/a/..", "must not end with '/..' when type one of ['Exact', 'PathPrefix']"),
    ("/a/.", "must not end with '/.' when type one of ['Exact', 'PathPrefix']"),
    (
        "/a b",
        "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for "
        "types ['Exact', 'PathPrefix']",
    ),
]
ROUTED: list[tuple[dict[str, Any], str, str]] = [
    (ruled(*[{"backendRefs": [BACKEND]}] * 17), "spec.rules", MANY),
    (route(hostnames=[f"a{number}.example.com" for number in range(17)]), "spec.hostnames", MANY),
    (ruled({"backendRefs": [BACKEND] * 17}), "spec.rules[0].backendRefs", MANY),
    (
        ruled({"matches": [{"path": {"type": "Exact", "value": f"/{number}"}} for number in range(65)]}),
        "spec.rules[0].matches",
        "Too many: 65: must have at most 64 items",
    ),
    (
        ruled({"filters": [REDIRECT], "backendRefs": [BACKEND]}),
        "spec.rules[0]",
        'Invalid value: "object": RequestRedirect filter must not be used together with backendRefs',
    ),
    (
        ruled({"filters": [REDIRECT, REDIRECT]}),
        "spec.rules[0].filters",
        'Invalid value: "array": RequestRedirect filter cannot be repeated',
    ),
    (
        ruled({"filters": [{"type": "RequestRedirect"}]}),
        "spec.rules[0].filters[0]",
        'Invalid value: "object": filter.requestRedirect must be specified for RequestRedirect filter.type',
    ),
    (ruled(asking("a", "a")), "spec.rules[0].matches[0].headers[1]", 'Duplicate value: {"name":"a"}'),
    (ruled(to("/" + "a" * 1024)), f"{PATH}.value", "Too long: may not be more than 1024 bytes"),
    *[
        (ruled(to(path, kind)), PATH, f'Invalid value: "object": {words}')
        for path, words in PATHS
        for kind in ("Exact", "PathPrefix")
    ],
]


def first_cause(said: str) -> tuple[str, str]:
    cause = json.loads(said)["details"]["causes"][0]
    return cause["field"], cause["message"]


def test_an_autoscaler_that_is_wrong_is_refused(outsider: Outsider) -> None:
    for body, field, words in SCALERS:
        assert first_cause(outsider.refusal(AUTOSCALERS, body)) == (field, words)


def test_a_route_that_is_wrong_is_refused(outsider: Outsider) -> None:
    for body, field, words in ROUTED:
        assert first_cause(outsider.refusal(ROUTES, body)) == (field, words)


def test_what_is_right_is_taken(outsider: Outsider) -> None:
    right = down(POLICY, stabilizationWindowSeconds=0, selectPolicy="Min")
    right["spec"]["metrics"] = [cpu(**HALF), cpu("AverageValue", averageValue="100m")]
    assert outsider.refusal(AUTOSCALERS, right) == ""
    for rules in ({}, {"policies": None}, {"stabilizationWindowSeconds": 5}):
        defaulted = scaler(behavior={"scaleDown": rules, "scaleUp": rules})
        assert outsider.refusal(AUTOSCALERS, defaulted) == ""
    odd = [to("/a%20b/c.d/..e"), to("/a//b", "RegularExpression"), asking("a", "A"), {"filters": [REDIRECT]}]
    assert outsider.refusal(ROUTES, ruled(*odd)) == ""
