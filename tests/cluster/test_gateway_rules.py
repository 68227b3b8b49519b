"""What the gateway decides without asking a cluster: whose fields are whose, and how a refusal reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.errors import ClusterAway, PlatformError, SlipwayError
from releases.gateway.errors import AccessRefused, Busy, FieldConflict, ManifestRefused, QuotaRefused, RightMissing
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
from releases.gateway.refusals import Absent, AlreadyThere, Outdated, refusal

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


NUMBER = {"f:spec": {"f:replicas": {}}}
IMAGE = {"f:spec": {"f:template": {"f:spec": {}}}}


@pytest.mark.parametrize("manager", ["slipway", "slipway-replicas"])
@pytest.mark.parametrize("wrote", [NUMBER, IMAGE, {"f:spec": NUMBER["f:spec"] | IMAGE["f:spec"]}])
@pytest.mark.parametrize("how", [{"operation": "Update"}, {"operation": "Update", "subresource": "scale"}])
def test_what_somebody_wrote_under_our_names_is_as_if_slipway_had(
    manager: str, wrote: dict[str, Any], how: dict[str, str]
) -> None:
    ours = [
        {"manager": "slipway", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": IMAGE},
        {"manager": "slipway-replicas", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": NUMBER},
    ]
    entries = handed_over([*ours, {"manager": manager, **how, "fieldsV1": wrote}])
    assert entries == ours and handed_over(ours) is None


def test_an_apply_under_the_wrong_one_of_our_names_is_put_right() -> None:
    entries = handed_over([{"manager": "slipway", "operation": "Apply", "fieldsV1": NUMBER}])
    assert entries == [
        {"manager": "slipway-replicas", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": NUMBER}
    ]
    entries = handed_over([{"manager": "slipway-replicas", "operation": "Apply", "fieldsV1": IMAGE}])
    assert entries == [{"manager": "slipway", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": IMAGE}]


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


def test_an_apply_with_the_uid_of_another_object_is_out_of_date_and_not_a_bad_manifest() -> None:
    cause = {
        "reason": "FieldValueInvalid",
        "message": 'Invalid value: "b50672e7-a199-48a1-98a5-9692f445dc2a": field is immutable',
        "field": "metadata.uid",
    }
    message = f'ConfigMap "settings" is invalid: metadata.uid: {cause["message"]}'
    assert isinstance(error_of(422, status(422, "Invalid", message, cause, cause)), Outdated)
    nobody = "uid mismatch: the provided object specified uid b50672e7, and no existing object was found"
    assert isinstance(error_of(409, status(409, "Conflict", nobody)), Outdated)


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


def test_a_right_that_is_missing_is_named() -> None:
    whole = (
        'deployments.apps "shop--web" is forbidden: User "system:serviceaccount:slipway-shop:slipway-deployer" cannot '
    )
    error = error_of(
        403,
        status(
            403, "Forbidden", f'{whole}patch resource "deployments" in API group "apps" in the namespace "slipway-shop"'
        ),
    )
    assert isinstance(error, RightMissing)
    assert "slipway-shop/slipway-deployer cannot patch deployments.apps in the namespace slipway-shop." in str(error)
    of_cluster = error_of(
        403, status(403, "Forbidden", 'User "joe" cannot list resource "nodes" in API group "" at the cluster scope')
    )
    assert "joe cannot list nodes." in str(of_cluster)
    assert "needs the right." in str(error_of(403, status(403, "Forbidden", "no")))


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_a_server_in_trouble_counts_as_away(code: int) -> None:
    assert isinstance(error_of(code, status(code, "x", "y")), ClusterAway)


@pytest.mark.parametrize(("given", "seconds"), [("2", 2.0), (None, 1.0), ("Fri, 27 Nov 2026 10:00:00 GMT", 1.0)])
def test_a_cluster_that_is_busy_says_for_how_long_and_does_not_count_as_away(given: str | None, seconds: float) -> None:
    error = refusal(429, b"{}", cluster="north", what="Deployment shop--web", retry_after=given)
    assert isinstance(error, Busy)
    assert error.after == seconds
    assert not isinstance(error, ClusterAway)


def test_a_webhook_that_fails_is_told_and_does_not_make_the_cluster_seem_away() -> None:
    said = 'Internal error occurred: failed calling webhook "images.example.com": context deadline exceeded'
    error = error_of(500, status(500, "InternalError", said))
    assert isinstance(error, PlatformError)
    assert not isinstance(error, ClusterAway)
    assert 'failed calling webhook "images.example.com"' in str(error)
    secret = error_of(500, status(500, "InternalError", f"{said} hunter2"), what="Secret shop--env")
    assert "hunter2" not in str(secret)


@pytest.mark.parametrize("body", [None, "", "<html>", b"\xff", "[]", '{"details": 5}', '{"details": {"causes": "x"}}'])
@pytest.mark.parametrize("code", [401, 403, 409, 422, 500])
def test_an_answer_that_is_no_status_still_gives_a_sentence(code: int, body: bytes | str | None) -> None:
    error = error_of(code, body)
    assert isinstance(error, SlipwayError | Outdated)
    assert str(error)
