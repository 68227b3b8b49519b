"""What Slipway renders, judged by the API server: it takes everything, and refuses what `immutable` says it does."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import DynamicApiError, UnprocessibleEntityError

from apps_mgmt.rendering import CLONESET_ALPHA, GATEWAY_API, render
from apps_mgmt.rendering.immutable import FIELDS, must_recreate
from tests.cluster.manifests import container, job
from tests.cluster.refusals import said
from tests.pure.golden.specs import facts, rich

Manifest = dict[str, Any]
RENDERED: list[Manifest] = list(render(rich(), facts(capabilities=frozenset({GATEWAY_API, CLONESET_ALPHA}))).manifests)
OTHER: dict[tuple[str, tuple[str, ...]], Any] = {
    ("Deployment", ("spec", "selector")): {"matchLabels": {"slipway.dev/app": "another"}},
    ("StatefulSet", ("spec", "selector")): {"matchLabels": {"slipway.dev/app": "another"}},
    ("StatefulSet", ("spec", "serviceName")): "another",
    ("StatefulSet", ("spec", "podManagementPolicy")): "Parallel",
    ("StatefulSet", ("spec", "volumeClaimTemplates")): [
        {
            "metadata": {"name": "another"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
    ],
    ("PersistentVolumeClaim", ("spec", "accessModes")): ["ReadOnlyMany"],
    ("PersistentVolumeClaim", ("spec", "storageClassName")): "another",
    ("ConfigMap", ("data",)): {"ANOTHER": "value"},
    ("ConfigMap", ("binaryData",)): {"ANOTHER": "dmFsdWU="},
    ("ConfigMap", ("immutable",)): False,
    ("Secret", ("data",)): {"ANOTHER": "dmFsdWU="},
    ("Secret", ("immutable",)): False,
    ("Secret", ("type",)): "kubernetes.io/basic-auth",
    ("Service", ("spec", "clusterIP")): "10.96.0.99",
    ("Service", ("spec", "clusterIPs")): ["10.96.0.99"],
    ("Job", ("spec", "selector")): {"matchLabels": {"slipway.dev/app": "another"}},
    ("Job", ("spec", "template")): {"spec": {"restartPolicy": "Never", "containers": [container(name="another")]}},
    ("Job", ("spec", "completionMode")): "Indexed",
}
"""What to put in the place of a field, to see that it cannot be changed."""
NOT_SEEN = {("CloneSet", ("spec", "selector"))}
"""OpenKruise refuses it (its webhook, `validateCloneSetUpdate`); an API server without OpenKruise has no opinion."""
# How an API server says of each kind that it is the change it does not like, rather than the value.
IMMUTABLE = re.compile("immutable|may not change once set|updates to statefulset spec for fields other than")


def first_of(kind: str) -> Manifest:
    if kind == "Job":
        return job()  # Slipway renders none itself so far
    return copy.deepcopy(next(one for one in RENDERED if one["kind"] == kind))


def create(client: DynamicClient, manifest: Manifest, namespace: str) -> Manifest:
    """Created in the namespace of the test, as the gateway would; the object as the API server has it."""
    body = copy.deepcopy(manifest)
    body["metadata"] = {**body["metadata"], "namespace": namespace}
    resource = client.resources.get(api_version=body["apiVersion"], kind=body["kind"])
    made: Manifest = resource.create(body, namespace=namespace).to_dict()
    return made


def replace(client: DynamicClient, changed: Manifest, namespace: str) -> None:
    """Over whatever is there: controllers write to it meanwhile."""
    changed["metadata"].pop("resourceVersion")
    resource = client.resources.get(api_version=changed["apiVersion"], kind=changed["kind"])
    resource.replace(changed, namespace=namespace)


def put(manifest: Manifest, path: tuple[str, ...], value: Any) -> Manifest:
    changed = copy.deepcopy(manifest)
    at = changed
    for part in path[:-1]:
        at = at.setdefault(part, {})
    at[path[-1]] = value
    return changed


def test_the_api_server_takes_everything_that_is_rendered(client: DynamicClient, namespace: str) -> None:
    refused = []
    for manifest in RENDERED:
        try:
            create(client, manifest, namespace)
        except DynamicApiError as error:
            refused.append(f"{manifest['kind']} {manifest['metadata']['name']}: {error.summary()}")
    assert refused == []
    assert {one["kind"] for one in RENDERED} >= {"Deployment", "CloneSet", "StatefulSet", "CronJob", "NetworkPolicy"}


@pytest.mark.parametrize(
    ("kind", "path"), OTHER, ids=lambda value: value if isinstance(value, str) else ".".join(value)
)
def test_a_field_that_is_said_to_be_immutable_is_one(
    client: DynamicClient, namespace: str, kind: str, path: tuple[str, ...]
) -> None:
    made = create(client, first_of(kind), namespace)
    changed = put(made, path, OTHER[kind, path])
    assert must_recreate(made, changed)
    if path[-1] == "clusterIPs":
        # Of the two, one that disagrees with the other would be refused for that.
        changed["spec"]["clusterIP"] = changed["spec"]["clusterIPs"][0]
    with pytest.raises(UnprocessibleEntityError) as refusal:
        replace(client, changed, namespace)
    assert IMMUTABLE.search(said(refusal.value))


@pytest.mark.parametrize("kind", sorted({kind for kind, _path in OTHER} - {"ConfigMap", "Secret", "Job"}))
def test_what_is_not_said_to_be_immutable_can_be_changed(client: DynamicClient, namespace: str, kind: str) -> None:
    made = create(client, first_of(kind), namespace)
    changed = put(made, ("metadata", "labels"), {**made["metadata"]["labels"], "team": "another"})
    if "template" in made["spec"]:
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/another:1"
        changed["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 7
    if kind == "Service":
        changed["spec"]["ports"][0]["port"] += 1
    assert not must_recreate(made, changed)
    replace(client, changed, namespace)


def test_a_volume_does_not_shrink(client: DynamicClient, namespace: str) -> None:
    made = create(client, first_of("PersistentVolumeClaim"), namespace)
    smaller = put(made, ("spec", "resources", "requests", "storage"), "1Mi")
    assert must_recreate(made, smaller)
    with pytest.raises(UnprocessibleEntityError):
        replace(client, smaller, namespace)


def test_every_field_of_the_list_is_tried_or_named_as_not_seen() -> None:
    told = {(kind, path) for kind, paths in FIELDS.items() for path in paths}
    assert told == set(OTHER) | NOT_SEEN
