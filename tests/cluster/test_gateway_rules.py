"""What the gateway decides without asking a cluster: whose fields are whose, what may go, how a refusal reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.errors import ClusterAway, SlipwayError
from releases.gateway.errors import AccessRefused, FieldConflict, ManifestRefused, QuotaRefused
from releases.gateway.kinds import PRUNED, kind_named, kind_of
from releases.gateway.ownership import (
    FENCE,
    RELEASE,
    fence_of,
    handed_over,
    is_ours,
    manifest_digest,
    owns_replicas,
    same_stamp,
    stamped,
)
from releases.gateway.pruning import divide, in_order
from releases.gateway.refusals import Absent, AlreadyThere, Outdated, refusal
from releases.gateway.trimming import plain_text, trim

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "shop--web", "labels": {"slipway.dev/app-id": "7"}},
    "spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}},
}


def status(code: int, reason: str, message: str, *causes: dict[str, str]) -> bytes:
    return json.dumps({"code": code, "reason": reason, "message": message, "details": {"causes": causes}}).encode()


def error_of(code: int, body: bytes | str | None, *, what: str = "Deployment shop--web") -> Exception:
    return refusal(code, body, cluster="north", what=what)


# Stamping


def test_release_and_fence_go_on_the_object_and_never_on_its_pods() -> None:
    body = stamped(DEPLOYMENT, namespace="slipway-shop", fence=3, release="r1")
    assert body["metadata"]["labels"][RELEASE] == "r1"
    assert body["metadata"]["annotations"][FENCE] == "3"
    assert body["metadata"]["namespace"] == "slipway-shop"
    assert body["spec"]["template"] == DEPLOYMENT["spec"]["template"]
    assert RELEASE not in DEPLOYMENT["metadata"]["labels"]


def test_the_same_manifest_by_the_same_release_is_recognised() -> None:
    live = stamped(DEPLOYMENT, namespace="n", fence=3, release="r1")
    assert same_stamp(live, stamped(DEPLOYMENT, namespace="n", fence=3, release="r1"))
    assert not same_stamp(live, stamped(DEPLOYMENT, namespace="n", fence=4, release="r1"))
    assert not same_stamp(live, stamped(DEPLOYMENT, namespace="n", fence=3, release="r2"))
    other = {**DEPLOYMENT, "spec": {"paused": True}}
    assert not same_stamp(live, stamped(other, namespace="n", fence=3, release="r1"))


def test_the_digest_of_a_secret_says_nothing_about_its_values() -> None:
    def secret(value: str) -> dict[str, Any]:
        return {"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"PASSWORD": value}}

    assert manifest_digest(secret("hunter2")) == manifest_digest(secret("letmein"))
    assert manifest_digest(secret("x")) != manifest_digest({**secret("x"), "stringData": {"OTHER": "x"}})


@pytest.mark.parametrize(("text", "fence"), [("12", 12), ("", 0), ("-4", 0), ("many", 0), ("9" * 40, 0), (None, 0)])
def test_a_fence_that_is_no_number_counts_as_none(text: str | None, fence: int) -> None:
    annotations = {} if text is None else {FENCE: text}
    assert fence_of({"metadata": {"annotations": annotations}}) == fence


def test_an_object_belongs_to_us_by_label_and_to_an_app_by_its_id() -> None:
    live = stamped(DEPLOYMENT, namespace="n", fence=1, release="r")
    assert is_ours(live)
    assert is_ours(live, app_id="7")
    assert not is_ours(live, app_id="8")
    assert not is_ours({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}})


# Field ownership

POSTED = {
    "manager": "slipway",
    "operation": "Update",
    "apiVersion": "apps/v1",
    "time": "2026-01-01T00:00:00Z",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {}}}},
}
CONTROLLER = {
    "manager": "kube-controller-manager",
    "operation": "Update",
    "subresource": "status",
    "fieldsV1": {"f:status": {}},
}


def test_what_a_post_owns_becomes_what_an_apply_owns_and_replicas_get_their_own_manager() -> None:
    entries = handed_over([POSTED, CONTROLLER])
    assert entries is not None
    ours = {(entry["manager"], entry["operation"]): entry.get("fieldsV1") for entry in entries}
    assert ours == {
        ("kube-controller-manager", "Update"): {"f:status": {}},
        ("slipway", "Apply"): {"f:spec": {"f:template": {"f:spec": {}}}},
        ("slipway-replicas", "Apply"): {"f:spec": {"f:replicas": {}}},
    }
    assert owns_replicas({"metadata": {"managedFields": entries}})


def test_handing_over_happens_once() -> None:
    entries = handed_over([POSTED])
    assert entries is not None
    assert handed_over(entries) is None


def test_an_apply_entry_that_is_there_already_is_widened() -> None:
    existing = {"manager": "slipway", "operation": "Apply", "fieldsV1": {"f:spec": {"f:paused": {}}}}
    entries = handed_over([existing, POSTED])
    assert entries is not None
    applied = [entry for entry in entries if entry["manager"] == "slipway"]
    assert [entry["fieldsV1"] for entry in applied] == [{"f:spec": {"f:paused": {}, "f:template": {"f:spec": {}}}}]


# Refusals


def test_a_field_conflict_names_managers_and_fields() -> None:
    cause = {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "kubectl-set" using apps/v1',
        "field": '.spec.template.spec.containers[name="c"].image',
    }
    error = error_of(409, status(409, "Conflict", "Apply failed with 1 conflict", cause))
    assert isinstance(error, FieldConflict)
    assert error.managers == ("kubectl-set",)
    assert error.fields == ('.spec.template.spec.containers[name="c"].image',)
    assert "kubectl-set changed" in str(error)
    assert error.status == 422


def test_other_conflicts_are_the_gateways_own_business() -> None:
    assert isinstance(error_of(409, status(409, "AlreadyExists", "exists")), AlreadyThere)
    assert isinstance(error_of(409, status(409, "Conflict", "the object has been modified")), Outdated)
    assert isinstance(error_of(404, status(404, "NotFound", "gone")), Absent)


def test_an_exceeded_quota_says_what_is_short() -> None:
    message = 'services "x" is forbidden: exceeded quota: slipway, requested: services=1, used: services=5'
    error = error_of(403, status(403, "Forbidden", message))
    assert isinstance(error, QuotaRefused)
    assert "requested: services=1, used: services=5" in str(error)


def test_an_invalid_manifest_says_which_field_and_why() -> None:
    cause = {
        "reason": "FieldValueInvalid",
        "message": "Invalid value: -1: must be greater",
        "field": "spec.minReadySeconds",
    }
    error = error_of(422, status(422, "Invalid", "Deployment is invalid", cause))
    assert isinstance(error, ManifestRefused)
    assert "spec.minReadySeconds: Invalid value: -1: must be greater" in str(error)


def test_an_admission_rule_speaks_for_itself() -> None:
    error = error_of(
        403, status(403, "Forbidden", 'admission webhook "images" denied the request: registry not allowed')
    )
    assert isinstance(error, ManifestRefused)
    assert "registry not allowed" in str(error)


def test_what_is_said_about_a_secret_is_not_passed_on() -> None:
    cause = {"reason": "FieldValueInvalid", "message": 'Invalid value: "hunter2"', "field": "data[PASSWORD]"}
    error = error_of(422, status(422, "Invalid", 'data: "hunter2" is wrong', cause), what="Secret shop--env")
    assert "hunter2" not in str(error)
    assert "data[PASSWORD]" in str(error)
    denied = error_of(403, status(403, "Forbidden", 'webhook denied the request: "hunter2"'), what="Secret shop--env")
    assert "hunter2" not in str(denied)


@pytest.mark.parametrize("code", [401, 403])
def test_lacking_access_is_ours_to_mend(code: int) -> None:
    error = error_of(code, status(code, "Forbidden", "no"))
    assert isinstance(error, AccessRefused)
    assert error.status == 503


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_server_in_trouble_counts_as_away(code: int) -> None:
    assert isinstance(error_of(code, status(code, "x", "y")), ClusterAway)


@pytest.mark.parametrize("body", [None, "", "<html>", b"\xff", "[]", '{"details": 5}', '{"details": {"causes": "x"}}'])
@pytest.mark.parametrize("code", [401, 403, 409, 422, 500])
def test_an_answer_that_is_no_status_still_gives_a_sentence(code: int, body: bytes | str | None) -> None:
    error = error_of(code, body)
    assert isinstance(error, SlipwayError | Outdated)
    assert str(error)


# Pruning


def pod_spec(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", **fields}]}


def item(name: str, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **fields}


def config(*names: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {("ConfigMap", name): item(name) for name in names}


def test_what_is_not_kept_goes() -> None:
    doomed, spared = divide(
        {("Service", "a"): item("a"), ("Service", "b"): item("b")}, keep={("Service", "a")}, running=[]
    )
    assert (doomed, spared) == ([("Service", "b")], [])


@pytest.mark.parametrize(
    "spec",
    [
        pod_spec(envFrom=[{"configMapRef": {"name": "used"}}]),
        pod_spec(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "used", "key": "a"}}}]),
        {"volumes": [{"name": "v", "configMap": {"name": "used"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "used"}}]}}]},
        {"initContainers": [{"name": "i", "envFrom": [{"configMapRef": {"name": "used"}}]}]},
    ],
)
def test_configuration_that_an_instance_uses_is_spared_however_it_is_named(spec: dict[str, Any]) -> None:
    doomed, spared = divide(config("used", "free"), keep=(), running=[("Pod", item("p", spec=spec))])
    assert (doomed, spared) == ([("ConfigMap", "free")], [("ConfigMap", "used")])


@pytest.mark.parametrize(
    "spec",
    [
        pod_spec(envFrom=[{"secretRef": {"name": "used"}}]),
        pod_spec(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "used", "key": "a"}}}]),
        {"volumes": [{"name": "v", "secret": {"secretName": "used"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "used"}}]}}]},
        {"imagePullSecrets": [{"name": "used"}]},
    ],
)
def test_secrets_that_an_instance_uses_are_spared_however_they_are_named(spec: dict[str, Any]) -> None:
    listed = {("Secret", "used"): item("used"), ("Secret", "free"): item("free")}
    doomed, spared = divide(listed, keep=(), running=[("Pod", item("p", spec=spec))])
    assert (doomed, spared) == ([("Secret", "free")], [("Secret", "used")])


def test_only_what_still_runs_holds_its_configuration() -> None:
    template = {"template": {"spec": pod_spec(envFrom=[{"configMapRef": {"name": "used"}}])}}
    down = ("ReplicaSet", item("rs", spec={"replicas": 0, **template}, status={"replicas": 0}))
    going = ("ReplicaSet", item("rs", spec={"replicas": 0, **template}, status={"replicas": 1}))
    over = ("Pod", item("p", spec=template["template"]["spec"], status={"phase": "Succeeded"}))
    assert divide(config("used"), keep=(), running=[down, over])[0] == [("ConfigMap", "used")]
    assert divide(config("used"), keep=(), running=[going])[0] == []


def test_what_another_object_owns_goes_with_its_owner() -> None:
    owned = {"metadata": {"name": "x", "ownerReferences": [{"kind": "CronJob", "name": "c", "controller": True}]}}
    assert divide({("ConfigMap", "x"): owned}, keep=(), running=[]) == ([], [])


def test_traffic_is_taken_away_before_what_answers_it() -> None:
    keys = [("ServiceAccount", "a"), ("ConfigMap", "a"), ("Deployment", "a"), ("Service", "a"), ("HTTPRoute", "a")]
    assert [kind for kind, _name in in_order(keys)] == [
        "HTTPRoute",
        "Service",
        "Deployment",
        "ConfigMap",
        "ServiceAccount",
    ]


def test_volumes_are_never_among_what_is_pruned() -> None:
    kinds = {kind.kind for kind in PRUNED}
    assert "Deployment" in kinds
    assert not kinds & {"PersistentVolumeClaim", "PersistentVolume", "Namespace", "Pod"}


# Kinds and trimming


def test_a_kind_knows_where_it_is_served() -> None:
    assert kind_named("Pod").path == "/api/v1/pods"
    assert kind_named("Deployment").path == "/apis/apps/v1/deployments"
    assert (
        kind_of({"apiVersion": "apps.kruise.io/v1alpha1", "kind": "CloneSet"}).path
        == "/apis/apps.kruise.io/v1alpha1/clonesets"
    )
    with pytest.raises(ValueError, match="ClusterRole"):
        kind_named("ClusterRole")


def test_trimming_keeps_what_observations_read_and_the_shape_of_it() -> None:
    pod = {
        "metadata": {
            "name": "p",
            "uid": "u",
            "managedFields": [1] * 100,
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "a": "b"},
            "ownerReferences": [
                {"kind": "ReplicaSet", "name": "r", "uid": "ru", "controller": True, "blockOwnerDeletion": True}
            ],
        },
        "spec": {
            "nodeName": "n",
            "containers": [{"name": "c", "image": "i", "env": [{"name": "SECRET", "value": "x"}]}],
        },
        "status": {"phase": "Running"},
    }
    assert trim(pod, kind="Pod", api_version="v1") == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "p",
            "uid": "u",
            "annotations": {"a": "b"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "r", "uid": "ru", "controller": True}],
        },
        "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": "Running"},
    }


def test_log_lines_lose_colours_and_control_characters() -> None:
    assert plain_text("\x1b[31mred\x1b[0m\x00 \x1b]0;title\x07done\u202e\r\n") == "red  done"
    assert plain_text("x" * 5_000, limit=10) == "x" * 10
