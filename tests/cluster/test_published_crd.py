"""CloneSets as OpenKruise publishes them: its own schema takes what is rendered, in each version that it serves.

The definition is not part of this repository; where it does not lie beside it, there is nothing to compare with.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import config
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import DynamicApiError

from apps_mgmt.rendering import CLONESET_ALPHA, CLONESET_BETA, GATEWAY_API, render
from tests.cluster.planes import beside, end_cluster, real_cluster
from tests.cluster.waiting import eventually
from tests.pure.golden.specs import facts, rich

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = (CLONESET_ALPHA, CLONESET_BETA)

Manifest = dict[str, Any]


def rendered() -> list[tuple[str, Manifest]]:
    """Every CloneSet of the golden files, and those that are rendered for each version."""
    files = sorted((ROOT / "tests/pure/golden").glob("*.yaml"))
    golden = [(path.stem, one) for path in files for one in yaml.safe_load_all(path.read_text())]
    made = [
        (version, one)
        for version in VERSIONS
        for one in render(rich(), facts(capabilities=frozenset({GATEWAY_API, version}))).manifests
    ]
    return [(where, one) for where, one in [*golden, *made] if one.get("kind") == "CloneSet"]


@pytest.fixture(scope="module")
def kruise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DynamicClient]:
    """A control plane of its own with the published definition in the place of the one that tests usually have."""
    definition = beside("../shared/crds/apps.kruise.io_clonesets.yaml", what="the published definition of CloneSets")
    try:
        loader = config.new_client_from_config(config_file=str(real_cluster("kruise")))
        client = DynamicClient(loader, cache_file=str(tmp_path_factory.mktemp("discovery") / "resources.json"))
        crds = client.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
        wanted = yaml.safe_load(definition)
        live = crds.get(name=wanted["metadata"]["name"])
        wanted["metadata"]["resourceVersion"] = live.metadata.resourceVersion
        crds.replace(wanted)
        eventually(lambda: "nonsense" in refusal(client, nonsense()), what="the published definition counts")
        yield client
    finally:
        end_cluster("kruise")


def nonsense() -> Manifest:
    """What any definition refuses that knows its fields."""
    _where, one = rendered()[0]
    return {**one, "spec": {**one["spec"], "nonsense": True}}


def refusal(client: DynamicClient, manifest: Manifest) -> str:
    """What the API server has against it, tried strictly and without effect; "" for nothing."""
    body = copy.deepcopy(manifest)
    body["metadata"]["namespace"] = "default"
    resource = client.resources.get(api_version=body["apiVersion"], kind="CloneSet")
    strict = [("dryRun", "All"), ("fieldValidation", "Strict")]
    try:
        resource.create(body, namespace="default", query_params=strict)
    except DynamicApiError as error:
        return str(error.summary())
    return ""


def test_there_is_one_of_each_version_to_try() -> None:
    assert {one["apiVersion"] for _where, one in rendered()} == set(VERSIONS)


def test_the_published_definition_takes_every_one_that_is_rendered(kruise: DynamicClient) -> None:
    said = {f"{where} {one['apiVersion']} {one['metadata']['name']}": refusal(kruise, one) for where, one in rendered()}
    assert said and not {name: why for name, why in said.items() if why}
