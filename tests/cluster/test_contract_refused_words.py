"""What a cluster says where it cannot do as asked: the same words on both."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster.manifests import deployment
from tests.cluster.outsider import Outsider

UNKNOWN = '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"'


def refusal(act: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        act()
    return caught.value.code, str(json.loads(caught.value.read())["message"])


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("v1/pods", "field label not supported: foo"),
        ("v1/services", "field label not supported: foo"),
        ("v1/secrets", "field label not supported: foo"),
        ("v1/events", "field label not supported: foo"),
        ("batch/v1/jobs", 'field label "foo" not supported for Job'),
        ("v1/configmaps", UNKNOWN),
        ("apps/v1/deployments", UNKNOWN),
        ("apps/v1/statefulsets", UNKNOWN),
        ("networking.k8s.io/v1/networkpolicies", UNKNOWN),
    ],
)
def test_a_field_that_nothing_can_be_selected_by(outsider: Outsider, resource: str, said: str) -> None:
    assert refusal(lambda: outsider.get(resource, fieldSelector="foo=bar")) == (400, said)


@pytest.mark.parametrize(
    "path",
    [
        "/metadata/labels/none",
        "/metadata/annotations/none",
        "/spec/none/deeper",
        "/spec/template/spec/containers/7",
        "/spec/template/spec/containers/x",
    ],
)
def test_a_patch_that_removes_what_is_not_there(outsider: Outsider, path: str) -> None:
    body = deployment(replicas=0)
    body["metadata"]["labels"] = {"a": "b"}
    outsider.create("apps/v1/deployments", body)
    name = body["metadata"]["name"]
    said = "the server rejected our request due to an error in our request"
    assert refusal(lambda: outsider.edit("apps/v1/deployments", name, {"op": "remove", "path": path})) == (422, said)


def test_a_selector_that_names_no_label(outsider: Outsider) -> None:
    body = deployment(replicas=0)
    body["spec"]["selector"] = {"matchExpressions": [{}]}
    code, said = refusal(lambda: outsider.create("apps/v1/deployments", body))
    assert code == 422 and "spec.selector.matchExpressions[0].operator" in said and "matchExpressions[0].key" in said


@pytest.mark.parametrize("operator", ["Exists", "DoesNotExist"])
def test_a_selector_that_asks_for_no_value_and_names_one(outsider: Outsider, operator: str) -> None:
    body = deployment(replicas=0)
    body["spec"]["selector"]["matchExpressions"] = [{"key": "a", "operator": operator, "values": ["b"]}]
    code, said = refusal(lambda: outsider.create("apps/v1/deployments", body))
    sentence = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    assert code == 422 and f"spec.selector.matchExpressions[0].values: Forbidden: {sentence}" in said
