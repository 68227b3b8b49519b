"""What a manifest states is carried along as names alone; what is missing is told with what took its place."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest

from apps_mgmt.leaving import field_title
from releases.gateway.fields import without
from releases.gateway.foreign import MOST_FIELDS, lost_to_others
from releases.gateway.lost import lost, rivals
from releases.gateway.ownership import FENCE, stamped
from releases.gateway.prevailing import claimed
from releases.gateway.stated import FIELDS, LARGEST, packed, stated, unpacked

WEB = '.spec.template.spec.containers[name="web"]'
PORT = f'{WEB}.ports[containerPort=8080,protocol="TCP"]'


def deployment(*ports: dict[str, Any], **container: Any) -> dict[str, Any]:
    rows = list(ports) or [{"name": "http", "containerPort": 8080}]
    env = [{"name": "TOKEN", "value": "s3cret"}]
    web = {"name": "web", "image": "shop:1", "ports": rows, "env": env, **container}
    metadata = {"name": "shop--web", "labels": {"team": "a"}}
    return {"kind": "Deployment", "metadata": metadata, "spec": {"template": {"spec": {"containers": [web]}}}}


def owned(manager: str, step: str, operation: str = "Update") -> dict[str, Any]:
    """That a manager has a row of the ports of `web`."""
    fields: dict[str, Any] = {step: {".": {}, "f:containerPort": {}, "f:name": {}}}
    for key in ("f:ports", 'k:{"name":"web"}', "f:containers", "f:spec", "f:template", "f:spec"):
        fields = {key: fields}
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsV1": fields}


MOVED = owned("kubectl-edit", 'k:{"containerPort":9999,"protocol":"TCP"}')


def live(*entries: dict[str, Any], port: int = 9999) -> dict[str, Any]:
    made = deployment({"name": "http", "containerPort": port, "protocol": "TCP"})
    made["metadata"]["managedFields"] = list(entries)
    return made


def names(item: dict[str, Any], manifest: dict[str, Any]) -> list[str]:
    return [one.field for one in lost({"metadata": {}, **item}, stated(manifest))]


def test_no_value_is_carried_along() -> None:
    body = stamped(deployment(), namespace="n", fence=1, release="1")
    tree = unpacked(body["metadata"]["annotations"][FIELDS])
    assert tree == stated(deployment())
    assert "s3cret" not in json.dumps(tree) and "shop:1" not in json.dumps(tree)


def test_only_what_is_watched_carries_it() -> None:
    service = {"kind": "Service", "metadata": {"name": "shop"}, "spec": {"ports": [{"port": 80}]}}
    assert FIELDS not in stamped(service, namespace="n", fence=1, release="1")["metadata"]["annotations"]


def test_what_is_left_to_others_is_still_known() -> None:
    reduced = without(deployment(), [PORT])
    body = stamped(reduced, namespace="n", fence=1, release="1", whole=deployment())
    assert unpacked(body["metadata"]["annotations"][FIELDS]) == stated(deployment())


def test_a_list_that_loses_its_only_row_is_left_out() -> None:
    web = without(deployment(), [PORT])["spec"]["template"]["spec"]["containers"][0]
    assert "ports" not in web and web["image"] == "shop:1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64!",
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(b"[1]")).decode(),
        base64.b64encode(zlib.compress(b'{".spec":' * 200 + b"{}" + b"}" * 200)).decode(),
        base64.b64encode(zlib.compress(b'{".spec":' * 9000)).decode(),
        base64.b64encode(zlib.compress(b" " * (10 * LARGEST) + b"{}")).decode(),
    ],
    ids=["nothing", "no base64", "no zlib", "no tree", "too deep", "far too deep", "too large"],
)
def test_what_somebody_else_wrote_there_says_nothing(text: str) -> None:
    assert unpacked(text) == {}


def test_what_is_too_large_is_not_carried_along() -> None:
    assert packed({f".{number:x}" * 40: {} for number in range(5000)}) == ""


@pytest.mark.parametrize(
    "container",
    [{"tty": False}, {"args": []}, {"securityContext": {}}, {"env": [{"name": "TOKEN", "value": ""}]}],
    ids=["false", "an empty list", "an empty block", "an empty value"],
)
def test_what_api_servers_leave_out_is_not_missing(container: dict[str, Any]) -> None:
    there = deployment()
    there["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "TOKEN"}]
    assert names(there, deployment(**{"env": [{"name": "TOKEN"}], **container})) == []


def test_the_outermost_of_what_is_missing_is_told() -> None:
    probe = {"httpGet": {"path": "/", "port": 1}, "periodSeconds": 5}
    assert names(deployment(), deployment(readinessProbe=probe)) == [f"{WEB}.readinessProbe"]
    assert names(deployment(env=[]), deployment()) == [f'{WEB}.env[name="TOKEN"]']


def test_a_row_of_the_same_name_under_another_key_is_in_the_way() -> None:
    (rival,) = rivals(live(MOVED), stated(deployment()))
    assert (rival.field, rival.manager, rival.told) == (PORT, "kubectl-edit", 9999)


def test_what_only_slipway_has_goes_with_its_next_apply_and_is_in_nobodys_way() -> None:
    ours = {**MOVED, "manager": "slipway"}
    assert rivals(live(ours), stated(deployment())) == []
    assert [one.manager for one in rivals(live(ours, MOVED), stated(deployment()))] == ["kubectl-edit"]


def test_what_nobody_has_is_in_the_way_too() -> None:
    assert [one.manager for one in rivals(live(), stated(deployment()))] == [""]


def test_who_has_the_whole_list_is_met_by_the_apply_itself() -> None:
    entry = json.loads(json.dumps(MOVED))
    entry["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"] = {}
    assert rivals(live(entry), stated(deployment())) == []


def test_what_is_claimed_is_slipways_alone_and_the_rest_stays_whose_it_was() -> None:
    other = 'k:{"containerPort":9090,"protocol":"TCP"}'
    theirs = json.loads(json.dumps(MOVED))
    at = theirs["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']["f:ports"]
    at[other] = {".": {}}
    found = live(theirs, owned("slipway", 'k:{"containerPort":1,"protocol":"TCP"}', "Apply"))
    after = {
        entry["manager"]: json.dumps(entry["fieldsV1"]) for entry in claimed(found, rivals(found, stated(deployment())))
    }
    assert "9999" not in after["kubectl-edit"] and "9090" in after["kubectl-edit"]
    assert "9999" in after["slipway"] and "9090" not in after["slipway"]


def test_what_is_told_is_bounded() -> None:
    many = deployment(env=[{"name": f"N{number}", "value": "x"} for number in range(200)])
    notes = {FENCE: "1", FIELDS: packed(stated(many))}
    told = lost_to_others({**deployment(env=[]), "metadata": {"annotations": notes, "labels": {"team": "a"}}})
    assert sum(len(one["fields"]) for one in told) == MOST_FIELDS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (PORT, "port 8080 of web"),
        ('.spec.ports[port=80,protocol="TCP"]', "port 80"),
        (f'{WEB}.volumeMounts[mountPath="/data"]', "volume at /data of web"),
        (f'{WEB}.env[name="LOG"]', "variable LOG of web"),
        (".metadata.annotations.slipway.dev/fence", "annotations of Slipway"),
    ],
)
def test_what_can_be_lost_has_a_name_for_people(name: str, words: str) -> None:
    assert field_title(name) == words
