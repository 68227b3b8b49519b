"""Where variables come from, the ports of nodes, and amounts that have to be whole: the same on both."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cluster.manifests import Manifest, config_map, container, deployment, manifest, stateful_set
from tests.cluster.outsider import Outsider
from tests.cluster.test_contract_doubles import warned

PODS, QUOTAS, CLAIMS = "v1/pods", "v1/resourcequotas", "v1/persistentvolumeclaims"
FROM = "spec.containers[0].env[0].valueFrom"
KEY, SECRET, AMOUNT = f"{FROM}.configMapKeyRef", f"{FROM}.secretKeyRef", f"{FROM}.resourceFieldRef"
NO_NAME = 'Invalid value: "": a lowercase RFC 1123 subdomain must consist of'
NO_KEY = "a valid config key must consist of"
AMOUNTS = (
    'supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", '
    '"requests.ephemeral-storage", "requests.memory"'
)
UNITS = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"

Causes = list[tuple[str, str]]


def pod(*containers: Manifest, **spec: Any) -> Manifest:
    return manifest("v1", "Pod", "web", spec={"containers": list(containers), **spec})


def causes_of(said: str) -> Causes:
    return [(row["field"], row["message"]) for row in json.loads(said)["details"]["causes"]] if said else []


def amount(resource: str, divisor: str = "") -> dict[str, Any]:
    return {"resourceFieldRef": {"resource": resource, **({"divisor": divisor} if divisor else {})}}


SOURCES: list[tuple[dict[str, Any], Causes]] = [
    (amount("limits.cpu"), []),
    (amount("limits.cpu", "1m"), []),
    (amount("limits.memory", "1Mi"), []),
    (amount("requests.hugepages-2Mi"), []),
    (amount("limits.foo"), [(f"{AMOUNT}.resource", f'Unsupported value: "limits.foo": {AMOUNTS}')]),
    (amount(""), [(f"{AMOUNT}.resource", "Required value")]),
    (
        amount("limits.cpu", "5"),
        [
            (
                f"{AMOUNT}.divisor",
                'Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
            )
        ],
    ),
    *[
        (
            amount(name, "3"),
            [
                (
                    f"{AMOUNT}.divisor",
                    f'Invalid value: "{name}": only divisor\'s values {UNITS} are supported with the {called} resource',
                )
            ],
        )
        for name, called in (
            ("limits.memory", "memory"),
            ("requests.ephemeral-storage", "local ephemeral storage"),
            ("requests.hugepages-2Mi", "hugepages"),
        )
    ],
    ({"configMapKeyRef": {"name": "a", "key": "b"}}, []),
    ({"configMapKeyRef": {"key": "b"}}, [(f"{KEY}.name", NO_NAME)]),
    ({"configMapKeyRef": {"name": "a", "key": "b/c"}}, [(f"{KEY}.key", f'Invalid value: "b/c": {NO_KEY}')]),
    ({"configMapKeyRef": {"name": "a", "key": ".."}}, [(f"{KEY}.key", "Invalid value: \"..\": must not be '..'")]),
    ({"secretKeyRef": {}}, [(f"{SECRET}.name", NO_NAME), (f"{SECRET}.key", "Required value")]),
    (
        {"configMapKeyRef": {"name": "a", "key": "b"}, "secretKeyRef": {"name": "a", "key": "b"}},
        [(FROM, 'Invalid value: "": may not have more than one field specified at a time')],
    ),
]


@pytest.mark.parametrize(("source", "causes"), SOURCES)
def test_a_variable_comes_from_something_that_can_be(
    outsider: Outsider, source: dict[str, Any], causes: Causes
) -> None:
    found = causes_of(outsider.refusal(PODS, pod(container(env=[{"name": "A", "valueFrom": source}]))))
    assert [field for field, _words in found] == [field for field, _words in causes]
    assert all(words.startswith(start) for (_, words), (_, start) in zip(found, causes, strict=True))


def test_an_amount_is_told_in_a_unit(outsider: Outsider) -> None:
    made = outsider.create(PODS, pod(container(env=[{"name": "A", "valueFrom": amount("limits.cpu")}])))
    source = made["spec"]["containers"][0]["env"][0]["valueFrom"]
    assert source == {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}


def test_a_key_goes_nowhere_up(outsider: Outsider) -> None:
    found = causes_of(outsider.refusal("v1/configmaps", config_map(data={"..": "x", "..a": "y", ".": "z"})))
    assert sorted(found) == [
        ("data[..]", "Invalid value: \"..\": must not be '..'"),
        ("data[..a]", "Invalid value: \"..a\": must not start with '..'"),
        ("data[.]", "Invalid value: \".\": must not be '.'"),
    ]


def on(*ports: dict[str, Any], name: str = "web") -> Manifest:
    return container(name=name, ports=list(ports))


PORT = {"containerPort": 80, "hostPort": 80}
ELSEWHERE = [{**PORT, "protocol": "UDP"}, {**PORT, "hostIP": "127.0.0.1"}]
TWICE = 'Duplicate value: "TCP//80"'
NODE_PORTS: list[tuple[Manifest, Causes]] = [
    (pod(on(PORT, {**PORT, "containerPort": 81})), [("spec.containers[0].ports[1].hostPort", TWICE)]),
    (pod(on(PORT), on(PORT, name="two")), [("spec.containers[1].ports[0].hostPort", TWICE)]),
    (pod(on(PORT), on(*ELSEWHERE, name="two")), []),
    (pod(on(PORT), initContainers=[on(PORT, name="first")]), []),
    (
        pod(on({"containerPort": 80}), on({"containerPort": 80}, name="two"), hostNetwork=True),
        [("spec.containers[1].ports[0].hostPort", TWICE)],
    ),
    (
        pod(on({**PORT, "hostPort": 70000})),
        [("spec.containers[0].ports[0].hostPort", "Invalid value: 70000: must be between 1 and 65535, inclusive")],
    ),
    (
        pod(on({**PORT, "hostPort": 81}), hostNetwork=True),
        [
            (
                "spec.containers[0].ports[0].hostPort",
                "Invalid value: 81: must match `containerPort` when `hostNetwork` is true",
            )
        ],
    ),
]


@pytest.mark.parametrize(("body", "causes"), NODE_PORTS)
def test_a_port_of_a_node_is_there_once(outsider: Outsider, body: Manifest, causes: Causes) -> None:
    assert causes_of(outsider.refusal(PODS, body)) == causes


WHOLE = "must be an integer"
NOT_KNOWN = [f"must be a standard resource {words}" for words in ("for quota", "type or fully qualified")]
HARD: list[tuple[str, str, list[str]]] = [
    *[(name, "1500m", [WHOLE]) for name in ("pods", "services.nodeports", "count/deployments.apps", "example.com/gpu")],
    *[(name, "1500m", []) for name in ("cpu", "requests.memory", "requests.example.com/gpu", "hugepages-2Mi")],
    ("pods", "-1", ["must be greater than or equal to 0"]),
    ("deployments", "1", NOT_KNOWN),
    ("requests.foo", "1", NOT_KNOWN),
    ("storage", "1", NOT_KNOWN[:1]),
]


@pytest.mark.parametrize(("name", "most", "faults"), HARD)
def test_what_is_counted_is_whole(outsider: Outsider, name: str, most: str, faults: list[str]) -> None:
    said = outsider.refusal(QUOTAS, manifest("v1", "ResourceQuota", "most", spec={"hard": {name: most}}))
    found = causes_of(said)
    assert {field for field, _words in found} == ({f"spec.hard[{name}]"} if faults else set())
    assert sorted(words.rpartition('": ')[2] for _field, words in found) == faults


HALF = {"limits": {"memory": "100m", "ephemeral-storage": "1500m"}, "requests": {"cpu": "100m", "memory": "100m"}}
STORAGE = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1.5"}}}
LIMITED = deployment(replicas=0)
LIMITED["spec"]["template"]["spec"]["containers"] = [container(resources=HALF)]
BROKEN: list[tuple[str, Manifest, list[str]]] = [
    (
        "apps/v1/deployments",
        LIMITED,
        [
            f'spec.template.spec.containers[0].resources.{part}: fractional byte value "{value}"'
            for part, value in (
                ("limits[memory]", "100m"),
                ("requests[memory]", "100m"),
                ("limits[ephemeral-storage]", "1500m"),
            )
        ],
    ),
    (
        CLAIMS,
        manifest("v1", "PersistentVolumeClaim", "data", spec=STORAGE),
        ['spec.resources.requests[storage]: fractional byte value "1500m"'],
    ),
    (
        "apps/v1/statefulsets",
        stateful_set(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": STORAGE}]),
        ['spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "1500m"'],
    ),
]


@pytest.mark.parametrize(("resource", "body", "said"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_byte_is_taken_with_a_warning(
    outsider: Outsider, resource: str, body: Manifest, said: list[str]
) -> None:
    assert warned(outsider, resource, body) == [f"{words} is invalid, must be an integer" for words in said]
