"""Admission policies of a test: made with their bindings, for one namespace, and gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from tests.cluster.manifests import manifest
from tests.cluster.refusals import said, status_of
from tests.cluster.waiting import eventually

ADMISSION = "admissionregistration.k8s.io/v1"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"


def rule(*resources: str, operations: tuple[str, ...] = ("*",), group: str = "", **more: Any) -> dict[str, Any]:
    named = {"apiGroups": [group], "apiVersions": ["v1"], "operations": list(operations), "resources": list(resources)}
    return {**named, **more}


def policy(
    name: str, expression: str, *, of: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **said: Any
) -> dict[str, Any]:
    """A policy of one expression about a rule, of all that is done to ConfigMaps unless told otherwise."""
    spec = {
        "matchConstraints": {"resourceRules": [of or rule("configmaps")]},
        "validations": [{"expression": expression, **said}],
        **(more or {}),
    }
    return manifest(ADMISSION, POLICY, name, spec=spec)


def binding(name: str, *, namespace: str, action: str = "Deny") -> dict[str, Any]:
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {"policyName": name, "validationActions": [action], "matchResources": {"namespaceSelector": selector}}
    return manifest(ADMISSION, BINDING, name, spec=spec)


def refusal_of(client: DynamicClient, body: dict[str, Any], **where: Any) -> dict[str, Any]:
    """What the server says to an object that it does not take."""
    resource = client.resources.get(api_version=body["apiVersion"], kind=body["kind"])
    with pytest.raises(ApiException) as refusal:
        resource.create(body, dry_run="All", **where)
    return status_of(refusal.value)


@contextmanager
def policies(client: DynamicClient, namespace: str, *bodies: dict[str, Any], action: str = "Deny") -> Iterator[None]:
    """Policies in force in a namespace. A real API server hears of them by watches, so a last one is waited for."""
    kept = [client.resources.get(api_version=ADMISSION, kind=kind) for kind in (BINDING, POLICY)]
    canary = policy(f"{namespace}-last", "false", of=rule("secrets", resourceNames=["canary"]))
    names = [body["metadata"]["name"] for body in (*bodies, canary)]
    try:
        for body in (*bodies, canary):
            kept[1].create(body)
        for name in names:
            how = "Deny" if name == names[-1] else action
            kept[0].create(binding(name, namespace=namespace, action=how))
        _until_refused(client, namespace)
        yield
    finally:
        for resource in kept:
            for name in names:
                _delete(resource, name)


def _until_refused(client: DynamicClient, namespace: str) -> None:
    secrets = client.resources.get(api_version="v1", kind="Secret")

    def refused() -> bool:
        try:
            secrets.create(manifest("v1", "Secret", "canary"), namespace=namespace, dry_run="All")
        except ApiException as refusal:
            assert f"{namespace}-last" in said(refusal)
            return True
        return False

    eventually(refused, what="the policies count")


def _delete(resource: Any, name: str) -> None:
    try:
        resource.delete(name=name)
    except ApiException as refusal:
        if refusal.status != 404:
            raise
