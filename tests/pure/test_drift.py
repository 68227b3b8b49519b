"""Drift is what Slipway set and somebody else has at another value; nothing else is."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from apps_mgmt.leaving import field_title, rows
from apps_mgmt.values import Left
from portal.errors import Refused
from releases.drift import leaving
from releases.drift.comparing import Applied, Drift, compare
from releases.lanes import Lane
from releases.observation import Foreign, ForeignField, Observation, WorkloadFacts
from releases.sealing import sealed
from releases.second_track import Second

AT = datetime(2030, 1, 1, tzinfo=UTC)
WEB = '.spec.template.spec.containers[name="web"]'
IMAGE, LOG = f"{WEB}.image", f'{WEB}.env[name="LOG"].value'
KEY = "Deployment/shop--web"
CONTAINER = {"name": "web", "image": "shop:1", "env": [{"name": "LOG", "value": "debug"}]}
APPLIED = Applied(
    cluster="north", manifests={KEY: {"spec": {"template": {"spec": {"containers": [CONTAINER]}}}}}, replicas={KEY: 2}
)


def seen(*fields: ForeignField, manager: str = "kubectl-edit") -> Observation:
    owner = Foreign(manager=manager, operation="Update", at=AT, fields=fields)
    counts: dict[str, Any] = dict.fromkeys(("wanted", "total", "updated", "ready", "available"), 2)
    facts = WorkloadFacts(
        kind="Deployment",
        name="shop--web",
        process="web",
        track="stable",
        uid="u",
        resource_version="1",
        generation=1,
        observed_generation=1,
        unavailable=0,
        foreign=(owner,),
        **counts,
    )
    return Observation(workloads=(facts,))


def field(path: str, value: Any = None) -> ForeignField:
    return ForeignField(path=path, value=value, shown=value is not None)


def test_another_value_of_somebody_else_is_told_with_ours_beside_it() -> None:
    found = compare(seen(field(IMAGE, "hotfix:9")), APPLIED)
    told = {"cluster": "north", "object": KEY, "field": IMAGE, "manager": "kubectl-edit", "at": AT}
    assert found == [Drift(**told, live="hotfix:9", ours="shop:1")]


def test_what_may_not_be_shown_is_told_as_the_same_by_its_seal_alone() -> None:
    """As where somebody puts back what was there: `kubectl replace --force` with the object as it was."""
    same = [compare(seen(ForeignField(path=LOG, seal=seal)), APPLIED)[0].same for seal in (sealed("debug"), "", "else")]
    assert same == [True, False, False]


@pytest.mark.parametrize(
    "other",
    [field(".spec.paused", True), field(f"{WEB}.tty", True)],
    ids=["a field we do not set", "a field of a container we do not set"],
)
def test_what_was_never_ours_is_no_drift(other: ForeignField) -> None:
    assert compare(seen(other), APPLIED) == []


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (field(IMAGE, "shop:1"), True),
        (field(IMAGE, "shop:2"), False),
        (replace(field(LOG), shared=True), True),
        (field(LOG), False),
        (replace(field(IMAGE, "shop:1"), gone=True), False),
    ],
    ids=["seen to be so", "another one", "hidden and owned together", "hidden", "in its place"],
)
def test_what_has_the_value_that_was_applied_is_told_apart(other: ForeignField, same: bool) -> None:
    (found,) = compare(seen(other), APPLIED)
    assert (found.manager, found.same) == ("kubectl-edit", same)


def test_what_was_added_to_the_instances_is_told_with_nothing_of_ours_beside_it() -> None:
    spy, variable = '.spec.template.spec.containers[name="spy"]', f'{WEB}.env[name="MORE"]'
    found = compare(seen(field(spy, "spy:1"), field(variable)), APPLIED)
    assert [(one.field, one.live, one.ours, one.added) for one in found] == [
        (spy, "spy:1", None, True),
        (variable, None, None, True),
    ]
    (stated,) = compare(seen(field(WEB, "spy:1")), APPLIED)
    assert not stated.added
    assert compare(seen(field(spy, "spy:1")), Applied(cluster="north", manifests={}, replicas={})) == []


def test_a_value_that_is_not_shown_counts_by_whose_it_is_and_stays_hidden() -> None:
    (found,) = compare(seen(field(LOG)), APPLIED)
    assert (found.field, found.live, found.ours) == (LOG, None, None)


def test_the_number_of_instances_is_compared_with_what_the_release_set() -> None:
    (found,) = compare(seen(field(".spec.replicas", 5)), APPLIED)
    assert (found.live, found.ours) == (5, 2)
    autoscaled = Applied(cluster="north", manifests=APPLIED.manifests, replicas={})
    assert compare(seen(field(".spec.replicas", 5)), autoscaled) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (IMAGE, "image of web"),
        (LOG, "variable LOG of web"),
        (".spec.replicas", "number of instances"),
        ('.spec.template.spec.containers[name="spy"]', "container spy"),
        ('.spec.template.spec.initContainers[name="first"]', "init container first"),
        ('.spec.template.spec.volumes[name="data"]', "volume data"),
        (f'{WEB}.env[name="MORE"]', "variable MORE of web"),
        (f'{WEB}.volumeMounts[mountPath="/data"]', "volume at /data of web"),
        (f"{WEB}.resources.limits.memory", "memory limit of web"),
        (f"{WEB}.readinessProbe.periodSeconds", "readinessProbe.periodSeconds of web"),
        (".spec.template.spec.terminationGracePeriodSeconds", "terminationGracePeriodSeconds of its instances"),
        (".metadata.labels.team.example.com/owner", "label team.example.com/owner"),
        ("whatever{0}", "whatever{0}"),
    ],
)
def test_a_field_has_a_name_for_people(name: str, words: str) -> None:
    assert field_title(name) == words


def test_what_is_left_is_told_as_a_change() -> None:
    left = Left(cluster="north", object=KEY, field=IMAGE, manager="kubectl-edit", by="bob")
    row = {"label": "north · shop--web: image of web", "before": None, "after": "left to kubectl-edit", "kind": "added"}
    assert rows((), (left,)) == [row]
    assert rows((left,), ()) == [{**row, "before": "left to kubectl-edit", "after": None, "kind": "removed"}]
    assert rows((left,), (left,)) == []


def lane(cluster: str = "north") -> Lane:
    manifest = {"kind": "Deployment", "metadata": {"name": "shop--web"}}
    return Lane(cluster_id=uuid.uuid4(), cluster_name=cluster, manifests=[manifest])


def left(field: str, *, cluster: str = "north", key: str = KEY) -> Left:
    return Left(cluster=cluster, object=key, field=field, manager="kubectl-edit")


def test_a_release_leaves_what_is_left_on_its_cluster_of_objects_it_has() -> None:
    others = [left(IMAGE, cluster="south"), left(IMAGE, key="Deployment/gone--web")]
    assert leaving.on(lane(), [left(IMAGE), *others], strategy="rolling") == {KEY: {IMAGE: "kubectl-edit"}}


def test_what_is_taken_down_first_cannot_leave_its_number_to_somebody_else() -> None:
    assert leaving.on(lane(), [left(IMAGE)], strategy="recreate")
    with pytest.raises(Refused, match="Take the number over"):
        leaving.on(lane(), [left(".spec.replicas")], strategy="recreate")


NUMBER = ".spec.replicas"


def beside(kind: str = "Deployment") -> Lane:
    """A lane with a second track of the workload."""
    rows = ({"kind": kind, "name": "shop--web--canary", "process": "web"},)
    manifest = {"kind": kind, "metadata": {"name": "shop--web--canary"}}
    return replace(lane(), second=Second((manifest,), rows))


@pytest.mark.parametrize("strategy", ["batches", "canary", "blue-green"])
def test_what_is_replaced_some_at_a_time_cannot_leave_its_number_to_somebody_else(strategy: str) -> None:
    with pytest.raises(Refused, match="shop--web on north has its number of instances left to kubectl-edit"):
        leaving.on(beside(), [left(NUMBER)], strategy=strategy)
    scaled = replace(left(NUMBER), manager="kube-controller-manager")
    with pytest.raises(Refused, match=r"An autoscaler .* Delete the autoscaler there and take the number over"):
        leaving.on(beside(), [scaled], strategy=strategy)
    assert leaving.on(beside(), [left(IMAGE)], strategy=strategy) == {KEY: {IMAGE: "kubectl-edit"}}
    # What has no second track rolls by itself, whoever has its number.
    assert leaving.on(lane(), [left(NUMBER)], strategy=strategy) == {KEY: {NUMBER: "kubectl-edit"}}


def test_the_number_of_a_second_track_is_left_to_nobody() -> None:
    canary = left(NUMBER, key=f"{KEY}--canary")
    assert leaving.on(beside(), [canary], strategy="canary") == {}
