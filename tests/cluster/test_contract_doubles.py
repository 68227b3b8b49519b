"""Variables and ports that are there twice are taken, with a warning: the same on both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.manifests import container, deployment, job, manifest, stateful_set
from tests.cluster.outsider import Outsider

HIDES = 'hides previous definition of "A", which may be dropped when using apply'
TWICE = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]


def warned(
    outsider: Outsider, resource: str, body: dict[str, Any], *, method: str = "POST", dry: bool = True
) -> list[str]:
    name = "" if method == "POST" else "web"
    kind = "application/json" if method == "POST" else "application/merge-patch+json"
    query = {"dryRun": "All"} if dry else {}
    with outsider._open(method, outsider._path(resource, name), query, body, kind) as answer:
        rows = answer.headers.get_all("Warning") or []
    return [row.removeprefix('299 - "').removesuffix('"').replace('\\"', '"') for row in rows]


def of(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A Deployment of these containers."""
    body = deployment(replicas=0)
    body["spec"]["template"]["spec"] = {"containers": list(containers), **spec}
    return body


def variables(*rows: dict[str, Any]) -> dict[str, Any]:
    return of(container(env=list(rows)))


def ports(*rows: dict[str, Any]) -> dict[str, Any]:
    return container(ports=list(rows))


SPEC = "spec.template.spec"
ENV, PORTS = f"{SPEC}.containers[0].env", f"{SPEC}.containers[0].ports"
DOUBLED: list[tuple[dict[str, Any], list[str]]] = [
    (variables(*TWICE, {"name": "B"}, {"name": "A"}), [f"{ENV}[1]: {HIDES}", f"{ENV}[3]: {HIDES}"]),
    (variables(TWICE[0], {"name": "A", "value": "$(A)2"}), []),
    (variables(TWICE[0], {"name": "A", "value": "$(A)"}), [f"{ENV}[1]: {HIDES}"]),
    (
        of(container(), initContainers=[container(name="first", env=TWICE)]),
        [f"{SPEC}.initContainers[0].env[1]: {HIDES}"],
    ),
    (
        of(ports({"containerPort": 80}, {"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"})),
        [f"{PORTS}[1]: duplicate port definition with {PORTS}[0]"],
    ),
    (
        of(ports({"containerPort": 80}), {**ports({"containerPort": 80, "hostPort": 80}), "name": "two"}),
        [f"{SPEC}.containers[1].ports[0]: overlapping port definition with {PORTS}[0]"],
    ),
    (
        of(ports({"containerPort": 80, "name": "a"}), {**ports({"containerPort": 81, "name": "a"}), "name": "two"}),
        [
            f'{SPEC}.containers[1].ports[0]: duplicate port name "a" with {PORTS}[0], services and probes that select '
            f"ports by name will use {PORTS}[0]"
        ],
    ),
]


@pytest.mark.parametrize(("body", "said"), DOUBLED)
def test_what_is_there_twice_is_warned_of(outsider: Outsider, body: dict[str, Any], said: list[str]) -> None:
    assert warned(outsider, "apps/v1/deployments", body) == said


def test_every_kind_with_a_template_is_warned_of(outsider: Outsider) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container(env=TWICE)]}}
    once, sets = job(), stateful_set()
    once["spec"]["template"]["spec"]["containers"][0]["env"] = TWICE
    sets["spec"]["template"]["spec"]["containers"][0]["env"] = TWICE
    timed = manifest("batch/v1", "CronJob", "c", spec={"schedule": "* * * * *", "jobTemplate": {"spec": once["spec"]}})
    copies = manifest(
        "apps/v1", "ReplicaSet", "r", spec={"selector": {"matchLabels": {"a": "b"}}, "template": template}
    )
    assert warned(outsider, "batch/v1/jobs", once) == [f"{ENV}[1]: {HIDES}"]
    assert warned(outsider, "apps/v1/statefulsets", sets) == [f"{ENV}[1]: {HIDES}"]
    assert warned(outsider, "batch/v1/cronjobs", timed) == [f"spec.jobTemplate.{ENV}[1]: {HIDES}"]
    assert warned(outsider, "apps/v1/replicasets", copies) == [f"{ENV}[1]: {HIDES}"]


def test_it_is_warned_of_again_with_every_change_of_what_is_wanted(outsider: Outsider) -> None:
    warned(outsider, "apps/v1/deployments", variables(*TWICE), dry=False)
    labelled, scaled = {"metadata": {"labels": {"a": "b"}}}, {"spec": {"replicas": 1}}
    assert warned(outsider, "apps/v1/deployments", labelled, method="PATCH") == []
    assert warned(outsider, "apps/v1/deployments", scaled, method="PATCH") == [f"{ENV}[1]: {HIDES}"]
