"""Objects: create, read, list, delete. Holds for the simulator and for a real control plane."""

from __future__ import annotations

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, UnprocessibleEntityError

from tests.cluster.manifests import config_map, deployment, manifest, service
from tests.cluster.refusals import said, status_of


def test_a_created_object_has_its_identity(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    meta = maps.create(config_map(), namespace=namespace).metadata
    assert meta.uid and meta.resourceVersion and meta.creationTimestamp
    assert meta.namespace == namespace


def test_creating_twice_is_refused_by_name(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(config_map(), namespace=namespace)
    with pytest.raises(ConflictError) as refusal:
        maps.create(config_map(), namespace=namespace)
    status = status_of(refusal.value)
    assert status["reason"] == "AlreadyExists"
    assert status["message"] == 'configmaps "settings" already exists'


def test_what_is_not_there_is_not_found(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    with pytest.raises(NotFoundError) as refusal:
        deployments.get(name="nobody", namespace=namespace)
    status = status_of(refusal.value)
    assert status["message"] == 'deployments.apps "nobody" not found'
    assert status["details"] == {"name": "nobody", "group": "apps", "kind": "deployments"}


def test_nothing_is_created_in_a_namespace_that_does_not_exist(client: DynamicClient) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    with pytest.raises(NotFoundError, match='namespaces \\\\"nowhere-at-all\\\\" not found'):
        maps.create(config_map(), namespace="nowhere-at-all")


def test_a_deployment_gets_the_usual_defaults(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    spec = deployments.create(deployment(replicas=None), namespace=namespace).to_dict()["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (10, 600)
    pod = spec["template"]["spec"]
    assert (pod["restartPolicy"], pod["dnsPolicy"], pod["terminationGracePeriodSeconds"]) == (
        "Always",
        "ClusterFirst",
        30,
    )
    assert pod["containers"][0]["imagePullPolicy"] == "IfNotPresent"


def test_a_service_gets_an_address_and_keeps_it(client: DynamicClient, namespace: str) -> None:
    services = client.resources.get(api_version="v1", kind="Service")
    created = services.create(service(), namespace=namespace).to_dict()
    assert created["spec"]["clusterIP"] == created["spec"]["clusterIPs"][0]
    assert created["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    replaced = service(port=81) | {
        "metadata": {"name": "web", "resourceVersion": created["metadata"]["resourceVersion"]}
    }
    changed = services.replace(replaced, namespace=namespace)
    assert changed.spec.clusterIP == created["spec"]["clusterIP"]


def test_generated_names_differ(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "part-"}}
    names = {maps.create(body, namespace=namespace).metadata.name for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("part-") and len(name) == 10 for name in names)


def test_a_dry_run_leaves_nothing_behind(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    shown = deployments.create(deployment(), namespace=namespace, query_params=[("dryRun", "All")])
    assert shown.spec.strategy.type == "RollingUpdate"
    with pytest.raises(NotFoundError):
        deployments.get(name="web", namespace=namespace)


def test_every_wrong_field_is_named(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    body = deployment("Web_1")
    body["spec"]["template"]["metadata"]["labels"] = {"app": "another"}
    body["spec"]["template"]["spec"]["containers"][0].pop("image")
    with pytest.raises(UnprocessibleEntityError) as refusal:
        deployments.create(body, namespace=namespace)
    status = status_of(refusal.value)
    assert (status["reason"], status["code"]) == ("Invalid", 422)
    causes = {cause["field"]: cause["reason"] for cause in status["details"]["causes"]}
    assert causes["metadata.name"] == "FieldValueInvalid"
    assert causes["spec.template.metadata.labels"] == "FieldValueInvalid"
    assert causes["spec.template.spec.containers[0].image"] == "FieldValueRequired"


def test_a_wrong_type_is_a_bad_request(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    with pytest.raises(ApiException) as refusal:
        deployments.create(deployment(replicas="many"), namespace=namespace)  # type: ignore[arg-type]  # on purpose
    assert refusal.value.status == 400


def test_an_unknown_field_is_refused_when_asked_strictly(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    with pytest.raises(ApiException) as refusal:
        maps.create(config_map(colour="red"), namespace=namespace, query_params=[("fieldValidation", "Strict")])
    assert refusal.value.status == 400
    assert 'unknown field \\"colour\\"' in said(refusal.value)


def test_a_selector_never_changes(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(deployment(), namespace=namespace)
    patch = {
        "spec": {
            "selector": {"matchLabels": {"app": "b"}},
            "template": {"metadata": {"labels": {"app": "b"}}},
        }
    }
    with pytest.raises(UnprocessibleEntityError, match="field is immutable"):
        deployments.patch(patch, name="web", namespace=namespace, content_type="application/merge-patch+json")


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_immutable_configuration_never_changes(client: DynamicClient, namespace: str, kind: str) -> None:
    resource = client.resources.get(api_version="v1", kind=kind)
    resource.create(manifest("v1", kind, "fixed", data={"a": "YQ=="}, immutable=True), namespace=namespace)
    with pytest.raises(UnprocessibleEntityError, match="immutable"):
        resource.patch(
            {"data": {"a": "Yg=="}}, name="fixed", namespace=namespace, content_type="application/merge-patch+json"
        )


def test_secrets_are_given_as_text_and_kept_encoded(client: DynamicClient, namespace: str) -> None:
    secrets = client.resources.get(api_version="v1", kind="Secret")
    made = secrets.create(manifest("v1", "Secret", "key", stringData={"word": "sesame"}), namespace=namespace).to_dict()
    assert made["data"] == {"word": "c2VzYW1l"}
    assert made["type"] == "Opaque"
    assert "stringData" not in made


def test_a_put_with_an_old_version_is_a_conflict(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    body = maps.create(config_map(), namespace=namespace).to_dict()
    body["data"] = {"COLOUR": "green"}
    maps.replace(body, namespace=namespace)
    with pytest.raises(ConflictError, match="the object has been modified"):
        maps.replace(body | {"data": {"COLOUR": "red"}}, namespace=namespace)


def test_a_put_of_the_same_changes_nothing(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    body = maps.create(config_map(), namespace=namespace).to_dict()
    again = maps.replace(body, namespace=namespace)
    assert again.metadata.resourceVersion == body["metadata"]["resourceVersion"]


def test_only_a_changed_spec_raises_the_generation(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(deployment(paused=True), namespace=namespace)
    merge = {"name": "web", "namespace": namespace, "content_type": "application/merge-patch+json"}
    labelled = deployments.patch({"metadata": {"labels": {"a": "b"}}}, **merge)
    scaled = deployments.patch({"spec": {"replicas": 3}}, **merge)
    assert (labelled.metadata.generation, scaled.metadata.generation) == (1, 2)


def test_a_delete_holds_to_its_precondition(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    made = maps.create(config_map(), namespace=namespace)
    with pytest.raises(ConflictError, match=r"the UID in the precondition .another. does not match"):
        maps.delete(name="settings", namespace=namespace, body={"preconditions": {"uid": "another"}})
    maps.delete(name="settings", namespace=namespace, body={"preconditions": {"uid": made.metadata.uid}})
    with pytest.raises(NotFoundError):
        maps.get(name="settings", namespace=namespace)


def test_scale_is_a_way_to_the_replicas(client: DynamicClient, namespace: str) -> None:
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(deployment(paused=True), namespace=namespace)
    deployments.scale.patch(
        {"spec": {"replicas": 4}}, name="web", namespace=namespace, content_type="application/merge-patch+json"
    )
    assert deployments.get(name="web", namespace=namespace).spec.replicas == 4
    assert deployments.scale.get(name="web", namespace=namespace).status.selector == "app=web"


def test_a_scale_to_nothing_leaves_the_number_to_nobody(client: DynamicClient, namespace: str) -> None:
    """A Scale leaves a zero out, so its manager owns nothing; and what nobody owns stays nobody's by way of a Scale."""
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(deployment("web", replicas=2), namespace=namespace, field_manager="first")

    def owners() -> set[str]:
        managed = deployments.get(name="web", namespace=namespace).to_dict()["metadata"]["managedFields"]
        return {one["manager"] for one in managed if "f:replicas" in one["fieldsV1"].get("f:spec", {})}

    assert owners() == {"first"}
    merge = {"content_type": "application/merge-patch+json", "field_manager": "kubectl"}
    for replicas, owned in ((1, {"kubectl"}), (0, set()), (2, set())):
        body = {"spec": {"replicas": replicas}}
        deployments.subresources["scale"].patch(body, name="web", namespace=namespace, **merge)
        assert owners() == owned, replicas
