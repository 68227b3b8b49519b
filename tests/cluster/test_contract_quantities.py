"""Quantities: given back in their canonical form, whatever they were written as; the same on both."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient

from tests.cluster.manifests import container, deployment, manifest

GIVEN_BACK = [
    *[
        ("1.5Gi", "1536Mi"),
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1048576Ki", "1Gi"),
        ("0.5Gi", "512Mi"),
    ],
    *[("1000Mi", "1000Mi"), ("1024", "1024"), ("1500m", "1500m"), ("2500Mi", "2500Mi"), ("1000Pi", "1000Pi")],
    *[("1000k", "1M"), ("1000000", "1M"), ("1.5M", "1500k"), ("1500M", "1500M"), ("123456789", "123456789")],
    *[("1e3", "1e3"), ("1.5e3", "1500"), ("1e2", "100"), ("1e-1", "100e-3"), ("1e20", "100e18"), ("20e-1", "2")],
    *[("0.0", "0"), ("0Gi", "0"), ("00.5", "500m"), (".5", "500m"), ("+0.5", "500m"), ("3.0", "3"), ("1.0Gi", "1Gi")],
    *[("1u", "1m"), ("1234.5m", "1235m"), ("1.0000000001", "1001m"), ("0.0000000001Gi", "108m")],
    *[("0.1Ki", "102400m"), ("1.5Ki", "1536"), ("0.3Mi", "314572800m"), ("10Ei", "9223372036854775807")],
    *[("5.", "5."), ("+1", "+1"), ("1E3", "1E3"), (1, "1"), (0.5, "500m"), (1000000, "1M"), (2.0, "2")],
]


def named(amounts: list[Any]) -> dict[str, Any]:
    return {f"example.com/r{number}": amount for number, amount in enumerate(amounts)}


def limited(name: str, amounts: dict[str, Any]) -> dict[str, Any]:
    return manifest("v1", "LimitRange", name, spec={"limits": [{"type": "Pod", "max": amounts}]})


def test_amounts_are_given_back_in_canonical_form(client: DynamicClient, namespace: str) -> None:
    ranges = client.resources.get(api_version="v1", kind="LimitRange")
    made = ranges.create(limited("all", named([given for given, _back in GIVEN_BACK])), namespace=namespace)
    found = made.to_dict()["spec"]["limits"][0]["max"]
    back = [found[name] for name in named([*GIVEN_BACK])]
    assert [(given, amount) for (given, _back), amount in zip(GIVEN_BACK, back, strict=True)] == GIVEN_BACK


def asking(amount: Any, name: str = "web") -> dict[str, Any]:
    body = deployment(name, replicas=0)
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": amount}}
    return body


def asked(found: Any) -> Any:
    return found.to_dict()["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"]


def test_the_same_amount_written_in_another_way_is_no_change(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    first = deployments.server_side_apply(body=asking("1"), namespace=namespace, field_manager="a")
    again = deployments.server_side_apply(body=asking("1000m"), namespace=namespace, field_manager="a")
    assert (asked(first), asked(again)) == ("1", "1")
    assert again.metadata.generation == first.metadata.generation == 1
    template = {"spec": {"template": {"spec": {"containers": [container(resources={"requests": {"cpu": 1.0}})]}}}}
    changed = deployments.patch(
        body=template, name="web", namespace=namespace, content_type="application/merge-patch+json"
    )
    assert asked(changed) == "1" and changed.metadata.generation == 1


def test_amounts_that_are_no_resources_may_be_smaller(client: DynamicClient, namespace: str) -> None:
    body = deployment(replicas=0)
    volumes = [{"name": name, "emptyDir": {"sizeLimit": size}} for name, size in (("a", "1.5Gi"), ("b", "0.0001"))]
    body["spec"]["template"]["spec"]["volumes"] = volumes
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    found = deployments.create(body, namespace=namespace).to_dict()["spec"]["template"]["spec"]["volumes"]
    assert [row["emptyDir"]["sizeLimit"] for row in found] == ["1536Mi", "100u"]


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (
            {"requests": {"cpu": "1.5"}, "limits": {"cpu": "1000m"}},
            'requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1',
        ),
        ({"requests": {"cpu": "-1.5"}}, 'requests[cpu]: Invalid value: "-1500m": must be greater than or equal to 0'),
    ],
)
def test_refusals_tell_the_canonical_form(
    client: DynamicClient, namespace: str, resources: dict[str, Any], said: str
) -> None:
    body = manifest("v1", "Pod", "one", spec={"containers": [container(resources=resources)]})
    with pytest.raises(Exception, match="is invalid") as refusal:
        client.resources.get(api_version="v1", kind="Pod").create(body, namespace=namespace)
    assert said in str(refusal.value.body).replace('\\"', '"')


def test_a_custom_workload_keeps_its_amounts_as_they_are(client: DynamicClient, namespace: str) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": asking("1000m")["spec"]["template"]["spec"]}
    body = manifest(
        "apps.kruise.io/v1alpha1",
        "CloneSet",
        "web",
        spec={"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": template},
    )
    sets = client.resources.get(api_version="apps.kruise.io/v1alpha1", kind="CloneSet")
    assert asked(sets.create(body, namespace=namespace)) == "1000m"
