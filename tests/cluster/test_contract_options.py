"""How writes and watches may be asked for, and what is told where they are asked for wrongly: the same on both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster.manifests import config_map, container, deployment, manifest
from tests.cluster.outsider import Outsider
from tests.cluster.refusals import refused

MAPS, DEPLOYMENTS = "v1/configmaps", "apps/v1/deployments"
BOTH = "orphanDependents and deletionPropagation cannot be both set"
POLICIES = 'supported values: "Foreground", "Background", "Orphan", "nil"'
KINDS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions", "DELETE": "DeleteOptions"}
WRONG = [
    ({"dryRun": "x"}, 'dryRun: Unsupported value: ["x"]: supported values: "All"'),
    ({"dryRun": ""}, 'dryRun: Unsupported value: [""]: supported values: "All"'),
    (
        {"fieldValidation": "x"},
        'fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"',
    ),
    ({"fieldManager": "a" * 129}, "fieldManager: Too long: may not be more than 128 bytes"),
    ({"fieldManager": "a\x01b"}, 'fieldManager: Invalid value: "a\\x01b": invalid character U+0001 (at position 1)'),
]


def send(outsider: Outsider, method: str, path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
    kinds = {"PATCH": "application/merge-patch+json"}
    return outsider._send(method, path, query, body, kinds.get(method, "application/json"))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(("query", "said"), WRONG)
def test_a_write_that_is_asked_for_wrongly(outsider: Outsider, method: str, query: dict[str, str], said: str) -> None:
    outsider.create(MAPS, config_map())
    path = outsider._path(MAPS, "" if method == "POST" else "settings")
    status = refused(lambda: send(outsider, method, path, query, config_map()))
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"] == f'{KINDS[method]}.meta.k8s.io "" is invalid: {said}'
    assert status["details"]["causes"][0]["field"] == next(iter(query))


def test_all_that_is_wrong_is_told_at_once(outsider: Outsider) -> None:
    query = {"dryRun": "x", "fieldValidation": "x", "fieldManager": "a" * 129}
    path = outsider._path(MAPS, "")
    status = refused(lambda: send(outsider, "POST", path, query, config_map()))
    assert [row["field"] for row in status["details"]["causes"]] == ["fieldManager", "dryRun", "fieldValidation"]


def test_force_belongs_to_an_apply(outsider: Outsider) -> None:
    outsider.create(MAPS, config_map())
    path = outsider._path(MAPS, "settings")
    status = refused(lambda: send(outsider, "PATCH", path, {"force": "true"}, {}))
    said = "force: Forbidden: may not be specified for non-apply patch"
    assert (status["code"], status["message"]) == (422, f'PatchOptions.meta.k8s.io "" is invalid: {said}')
    assert status["details"]["causes"][0]["field"] == "force"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"orphanDependents": False, "propagationPolicy": "Background"},
            f'propagationPolicy: Invalid value: "Background": {BOTH}',
        ),
        ({"propagationPolicy": "X"}, f'propagationPolicy: Unsupported value: "X": {POLICIES}'),
        (
            {"propagationPolicy": "X", "orphanDependents": True},
            f'[propagationPolicy: Invalid value: "X": {BOTH}, propagationPolicy: Unsupported value: "X": {POLICIES}]',
        ),
        ({"dryRun": ["x"]}, 'dryRun: Unsupported value: ["x"]: supported values: "All"'),
    ],
)
@pytest.mark.parametrize("name", ["settings", "nowhere", ""])
def test_a_deletion_that_is_asked_for_wrongly(
    outsider: Outsider, options: dict[str, Any], said: str, name: str
) -> None:
    outsider.create(MAPS, config_map())
    status = refused(lambda: outsider.delete(MAPS, name, **options))
    assert (status["code"], status["message"]) == (422, f'DeleteOptions.meta.k8s.io "" is invalid: {said}')
    assert outsider.exists(MAPS, "settings")


PLAIN = "name is neither a standard finalizer name nor is it fully qualified"
FINALIZERS: list[tuple[list[str], str]] = [
    (["x", "example.com/y", "z"], f'[metadata.finalizers[0]: Invalid value: "x": {PLAIN}, '),
    (["/y"], 'metadata.finalizers: Invalid value: "/y": prefix part must be non-empty'),
    (
        ["foregroundDeletion", "orphan"],
        'metadata.finalizers: Invalid value: ["foregroundDeletion","orphan"]: finalizer',
    ),
    (["example.com/y", "orphan"], ""),
]


@pytest.mark.parametrize(("finalizers", "said"), FINALIZERS)
def test_a_finalizer_has_a_domain(outsider: Outsider, finalizers: list[str], said: str) -> None:
    body = config_map()
    body["metadata"]["finalizers"] = finalizers
    message = outsider.refusal(MAPS, body).replace('\\"', '"')
    assert (f'"settings" is invalid: {said}' in message) if said else message == ""


FIELD = "spec.template.spec.containers[0].env[0].valueFrom.fieldRef"
NO_FIELD = f'{FIELD}.fieldPath: Invalid value: "{{0}}": error converting fieldPath: field label not supported: {{0}}'
PATHS = [
    ("metadata.name", ""),
    ("status.hostIPs", ""),
    ("metadata.labels['example.com/a']", ""),
    ("metadata.annotations['Example.com/a']", ""),
    ("metadata.foo", NO_FIELD.format("metadata.foo")),
    ("name", NO_FIELD.format("name")),
    ("metadata.labels", f'{FIELD}.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name"'),
    ("status.phase", f'{FIELD}.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name"'),
    ("metadata.foo['a']", "error converting fieldPath: field label does not support subscript: metadata.foo['a']"),
    ("metadata.labels['a b']", f'{FIELD}: Invalid value: "a b": name part must consist of'),
    ("", f"{FIELD}.fieldPath: Required value"),
]


@pytest.mark.parametrize(("path", "said"), PATHS)
def test_a_variable_is_set_from_what_a_pod_is(outsider: Outsider, path: str, said: str) -> None:
    body = deployment()
    variable = {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": path}}}
    body["spec"]["template"]["spec"]["containers"] = [container(env=[variable])]
    message = outsider.refusal(DEPLOYMENTS, body).replace('\\"', '"')
    assert (said in message) if said else message == ""


@pytest.mark.parametrize(
    ("resource", "patch"),
    [
        (MAPS, {"op": "add", "path": "/metadata/labels", "value": "x"}),
        (MAPS, {"op": "add", "path": "/metadata/labels", "value": {"a": 5}}),
        (MAPS, {"op": "add", "path": "/kind", "value": "Secret"}),
        (DEPLOYMENTS, {"op": "replace", "path": "/spec/replicas", "value": "x"}),
    ],
)
def test_a_patch_that_leaves_what_is_no_object_of_its_kind(
    outsider: Outsider, resource: str, patch: dict[str, Any]
) -> None:
    name = "settings" if resource == MAPS else "web"
    outsider.create(resource, config_map() if resource == MAPS else deployment(replicas=0))
    status = refused(lambda: outsider.edit(resource, name, patch))
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"].startswith(' "" is invalid: patch: Invalid value: "{')
    assert [row["field"] for row in status["details"]["causes"]] == ["patch"]


@pytest.mark.parametrize("kind", ["application/merge-patch+json", "application/strategic-merge-patch+json"])
def test_a_merge_that_leaves_what_is_no_object_of_its_kind(outsider: Outsider, kind: str) -> None:
    outsider.create(MAPS, config_map())
    path = outsider._path(MAPS, "settings")
    wrong = {"metadata": {"labels": "x"}}
    assert refused(lambda: outsider._send("PATCH", path, {}, wrong, kind))["code"] == 422
    nameless = refused(lambda: outsider._send("PATCH", path, {}, {"metadata": None}, kind))
    words = "the name of the object (settings based on URL) was undeterminable: name must be provided"
    assert (nameless["code"], nameless["message"]) == (400, words)


@pytest.mark.parametrize(
    ("version", "fault"), [("x", "invalid syntax"), ("-1", "invalid syntax"), (str(2**64), "value out of range")]
)
def test_a_version_that_is_none(outsider: Outsider, version: str, fault: str) -> None:
    said = f'resourceVersion: Invalid value: "{version}": strconv.ParseUint: parsing "{version}": {fault}'
    watched = refused(lambda: list(outsider.watch(MAPS, version)))
    assert (watched["code"], watched["message"]) == (500, said)
    listed = refused(lambda: outsider.get(MAPS, resourceVersion=version))
    assert (listed["code"], listed["message"]) == (400, f"invalid resource version: {said}")


def test_a_version_still_to_come_is_waited_for_in_silence(outsider: Outsider) -> None:
    outsider.create(MAPS, config_map())
    assert list(outsider.watch(MAPS, "999999999", timeoutSeconds="1")) == []


def test_what_is_listed_tells_its_kind_once(outsider: Outsider) -> None:
    outsider.create(MAPS, config_map())
    route = manifest("gateway.networking.k8s.io/v1", "HTTPRoute", "web", spec={"parentRefs": [{"name": "gateway"}]})
    routes = "gateway.networking.k8s.io/v1/httproutes"
    outsider.create(routes, route)
    listed, custom = outsider.get(MAPS), outsider.get(routes)
    assert (listed["kind"], listed["apiVersion"]) == ("ConfigMapList", "v1")
    assert [{"apiVersion", "kind"} & {*row} for row in listed["items"]] == [set()] * len(listed["items"])
    assert [row["kind"] for row in custom["items"]] == ["HTTPRoute"]


def test_who_scales_has_it_by_number_and_without_a_time(outsider: Outsider) -> None:
    outsider.create(DEPLOYMENTS, deployment(replicas=1), manager="first")
    path = outsider._path(DEPLOYMENTS, "web") + "/scale"
    body = manifest("autoscaling/v1", "Scale", "web", spec={"replicas": 0})
    apply = "application/apply-patch+yaml"

    def scale(force: str) -> Callable[[], dict[str, Any]]:
        return lambda: outsider._send("PATCH", path, {"fieldManager": "second", "force": force}, body, apply)

    said = 'Apply failed with 1 conflict: conflict with "first" using autoscaling/v1: .spec.replicas'
    assert refused(scale("false"))["message"] == said
    body["spec"]["replicas"] = 2
    assert scale("true")()["kind"] == "Scale"
    owner = next(
        row for row in outsider.get(DEPLOYMENTS, "web")["metadata"]["managedFields"] if row["manager"] == "second"
    )
    assert (owner["apiVersion"], owner["subresource"], owner.get("time")) == ("apps/v1", "scale", None)


def test_what_an_autoscaler_scales_is_owned_field_by_field(outsider: Outsider) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": 3}
    body = manifest("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=spec)
    made = outsider.apply("autoscaling/v2/horizontalpodautoscalers", "web", body)
    fields = made["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    assert fields["f:scaleTargetRef"] == {"f:apiVersion": {}, "f:kind": {}, "f:name": {}}
