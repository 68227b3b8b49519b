"""What of a workload belongs to somebody else: named as clusters name it, without a value that could be a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from releases import observation, reading
from releases.gateway.fields import MISSING, find, names_in, without
from releases.gateway.foreign import AUTOSCALER, MOST_FIELDS, foreign, kept_by_others, shown
from releases.gateway.stated import FIELDS, packed, stated
from releases.gateway.trimming import trim
from releases.sealing import sealed

WEB = '.spec.template.spec.containers[name="web"]'
IMAGE, LOG = f"{WEB}.image", f'{WEB}.env[name="LOG"].value'


def deployment(*entries: dict[str, Any], **container: Any) -> dict[str, Any]:
    """A Deployment as a cluster tells it, with who owns what of it."""
    ports = [{"containerPort": 8080, "name": "http"}]
    web = {"name": "web", "image": "hotfix:9", "env": [{"name": "LOG", "value": "s3cret"}], "ports": ports, **container}
    return {
        "kind": "Deployment",
        "metadata": {
            "name": "shop--web",
            "uid": "u",
            "annotations": {"slipway.dev/fence": "1"},
            "labels": {"slipway.dev/process": "web", "team.example.com/owner": "a"},
            "managedFields": list(entries),
        },
        "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "log", "image": "log:1"}, web]}}},
    }


def owns(manager: str, *steps: str, subresource: str = "", at: str = "2030-01-01T12:00:00Z") -> dict[str, Any]:
    """An entry of one field, its steps as in `fieldsV1`."""
    fields: dict[str, Any] = {}
    for step in reversed(steps):
        fields = {step: fields}
    named = {"subresource": subresource} if subresource else {}
    return {"manager": manager, "operation": "Update", "time": at, "fieldsV1": fields, **named}


def of_web(manager: str, *steps: str, **more: Any) -> dict[str, Any]:
    row = 'k:{"name":"web"}'
    return owns(manager, "f:spec", "f:template", "f:spec", "f:containers", row, *steps, **more)


def paths(item: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(one["manager"], [field["path"] for field in one["fields"]]) for one in foreign(item)]


def test_a_field_is_named_as_a_conflict_names_it() -> None:
    entry = of_web("kubectl-edit", "f:image")
    assert names_in(entry["fieldsV1"]) == {IMAGE}


def test_what_tells_rows_apart_and_what_holds_others_is_no_field_of_its_own() -> None:
    row = {".": {}, "f:name": {}, "f:value": {}}
    env = of_web("kubectl-edit", "f:env", 'k:{"name":"LOG"}')
    at = env["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']["f:env"]
    at['k:{"name":"LOG"}'] = row
    assert names_in(env["fieldsV1"]) == {LOG}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (IMAGE, "hotfix:9"),
        (".spec.replicas", 3),
        (f'{WEB}.ports[containerPort=8080,protocol="TCP"].name', "http"),
        (".metadata.labels.team.example.com/owner", "a"),
        ('.spec.template.spec.containers[name="gone"].image', MISSING),
        (".spec.template.spec.hostNetwork", MISSING),
        ("no field at all", MISSING),
        (".spec.template.spec.containers[name=", MISSING),
        (".spec.template.spec.containers[0].image", MISSING),
    ],
)
def test_a_field_is_found_in_an_object_by_its_name(name: str, value: Any) -> None:
    assert find(deployment(), name) == value


def test_a_manifest_without_a_field_keeps_everything_else() -> None:
    before = deployment()
    kept = without(before, [IMAGE, LOG, ".spec.none"])
    web = kept["spec"]["template"]["spec"]["containers"][1]
    assert web == {"name": "web", "env": [{"name": "LOG"}], "ports": [{"containerPort": 8080, "name": "http"}]}
    assert before == deployment()


def test_somebody_elses_field_is_told_with_name_time_and_value() -> None:
    told = foreign(deployment(of_web("kubectl-edit", "f:image")))
    field = {"path": IMAGE, "value": "hotfix:9", "shown": True}
    at = "2030-01-01T12:00:00Z"
    assert told == [{"manager": "kubectl-edit", "operation": "Update", "at": at, "fields": [field]}]


def test_a_variables_value_never_leaves_the_agent() -> None:
    told = foreign(deployment(of_web("kubectl-edit", "f:env", 'k:{"name":"LOG"}', "f:value")))
    assert "s3cret" not in json.dumps(told)
    (field,) = told[0]["fields"]
    assert field == {"path": LOG, "value": None, "shown": False, "seal": sealed("s3cret")}


@pytest.mark.parametrize("value", [["--token=s3cret"], {"a": "s3cret"}, "s3cret"])
def test_what_could_hold_a_secret_is_not_shown(value: Any) -> None:
    assert not shown(f"{WEB}.args", value)
    assert not shown(".spec.template.metadata.annotations.example.com/image-token", value)


@pytest.mark.parametrize("manager", ["slipway", "slipway-replicas", "kube-controller-manager"])
def test_slipway_and_the_clusters_controllers_are_nobody_else(manager: str) -> None:
    assert foreign(deployment(of_web(manager, "f:image"))) == []


def test_the_number_that_an_autoscaler_set_is_somebody_elses() -> None:
    scaled = owns("kube-controller-manager", "f:spec", "f:replicas", subresource="scale")
    (one,) = foreign(deployment(scaled))
    assert one["manager"] == AUTOSCALER
    assert [field["path"] for field in one["fields"]] == [".spec.replicas"]
    seen = _read(scaled).workloads[0]
    assert seen.is_scaled_by_others
    assert foreign(deployment(owns("kube-controller-manager", "f:spec", "f:replicas"))) == []


@pytest.mark.parametrize(
    "entry",
    [
        owns("kubectl-edit", "f:status", "f:replicas", subresource="status"),
        owns("kubectl-edit", "f:metadata", "f:annotations", "f:deployment.kubernetes.io/revision"),
        owns("kubectl-edit", "f:metadata", "f:finalizers", 'v:"example.com/wait"'),
    ],
    ids=["a status", "bookkeeping", "a finalizer"],
)
def test_what_slipway_never_sets_does_not_count(entry: dict[str, Any]) -> None:
    assert foreign(deployment(entry)) == []


def test_what_two_set_to_the_same_value_is_told_as_owned_together() -> None:
    (one,) = foreign(deployment(of_web("slipway", "f:image"), of_web("argocd", "f:image")))
    assert one["manager"] == "argocd"
    assert [(field["path"], field["value"], field["shared"]) for field in one["fields"]] == [(IMAGE, "hotfix:9", True)]


def test_what_is_theirs_alone_comes_before_what_is_owned_together() -> None:
    both = of_web("slipway", "f:image"), of_web("argocd", "f:image"), owns("kubectl", "f:spec", "f:minReadySeconds")
    told = foreign(deployment(*both))
    assert [(one["manager"], "shared" in one["fields"][0]) for one in told] == [("kubectl", False), ("argocd", True)]
    fields = {f"f:field{number}": {} for number in range(MOST_FIELDS)}
    many = {**owns("argocd"), "fieldsV1": {"f:spec": fields}}
    assert sum(len(one["fields"]) for one in foreign(deployment(*both, many))) == MOST_FIELDS
    assert not any("shared" in field for one in foreign(deployment(*both, many)) for field in one["fields"])


def test_the_list_is_bounded_and_the_spec_comes_first() -> None:
    many = {f"f:note-{number:03}": {} for number in range(200)}
    entry = owns("busy", "f:metadata", "f:annotations")
    entry["fieldsV1"]["f:metadata"]["f:annotations"] = many
    entry["fieldsV1"]["f:spec"] = {"f:replicas": {}}
    fields = [field["path"] for one in foreign(deployment(entry)) for field in one["fields"]]
    assert len(fields) == MOST_FIELDS and fields[0] == ".spec.replicas"


def test_a_field_is_left_only_to_who_has_it() -> None:
    live = deployment(of_web("kubectl-edit", "f:image"))
    assert kept_by_others(live, {IMAGE: "kubectl-edit", LOG: "kubectl-edit"}) == {IMAGE}
    assert kept_by_others(live, {IMAGE: "kubectl-set"}) == set()


def test_a_trimmed_workload_says_nothing_of_others_while_there_are_none() -> None:
    ours = (of_web("slipway", "f:image"), owns("slipway-replicas", "f:spec", "f:replicas"))
    assert "foreign" not in trim(deployment(*ours), kind="Deployment")
    assert "managedFields" not in trim(deployment(), kind="Deployment")["metadata"]


def test_what_was_observed_survives_its_trip_through_json() -> None:
    seen = _read(of_web("kubectl-edit", "f:image"))
    assert seen.workloads[0].foreign[0].fields[0].value == "hotfix:9"
    assert observation.load(json.loads(json.dumps(observation.dump(seen)))) == seen


def test_a_later_write_to_other_fields_is_no_news() -> None:
    first, again = (_read(of_web("kubectl-edit", "f:image", at=f"2030-01-01T12:0{minute}:00Z")) for minute in (0, 5))
    assert observation.keep_since(again, first) == first
    other = _read(owns("kubectl-edit", "f:spec", "f:replicas", at="2030-01-01T12:09:00Z"))
    assert observation.keep_since(other, first) == other


def _read(*entries: dict[str, Any]) -> observation.Observation:
    return reading.read({"workloads": [trim(deployment(*entries), kind="Deployment")]})


def test_a_number_that_nobody_owns_any_more_was_changed_by_somebody_without_a_name() -> None:
    found = trim(deployment(of_web("slipway", "f:image")), kind="Deployment")["foreign"]
    assert [(one["manager"], one["fields"]) for one in found] == [
        ("", [{"path": ".spec.replicas", "value": 3, "shown": True}])
    ]
    assert "foreign" not in trim(deployment(of_web("kubectl-create", "f:name")), kind="Service")


def test_what_is_cut_is_counted_where_slipway_set_it_too() -> None:
    names = {f"f:field{number:02}": {} for number in range(MOST_FIELDS + 3)}
    ours, theirs = ({**owns(name), "fieldsV1": {"f:spec": names}} for name in ("slipway", "argocd"))
    own = {**owns("busy"), "fieldsV1": {"f:spec": {f"f:own{number}": {} for number in range(200)}}}
    assert "untold" not in trim(deployment(own), kind="Deployment")
    assert "untold" not in trim(deployment({**ours, "fieldsV1": {"f:spec": {}}}, own), kind="Deployment")
    assert trim(deployment(ours, theirs), kind="Deployment")["untold"] == 3
    assert _read(ours, theirs).workloads[0].untold == 3
    assert trim(deployment(ours, theirs, own), kind="Deployment")["untold"] == MOST_FIELDS + 3


def test_what_was_changed_and_is_cut_is_counted_by_the_names_of_what_was_applied() -> None:
    names = {f"field{number:02}": 1 for number in range(MOST_FIELDS + 2)}
    item = deployment({**owns("argocd"), "fieldsV1": {"f:spec": {f"f:{name}": {} for name in names}}})
    item["metadata"].setdefault("annotations", {})[FIELDS] = packed(stated({"spec": names}))
    item["spec"] |= names
    assert trim(item, kind="Deployment")["untold"] == 2
