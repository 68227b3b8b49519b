"""Small manifests for the contract tests."""

from __future__ import annotations

from typing import Any

Manifest = dict[str, Any]
IMAGE = "registry.k8s.io/pause:3.10"


def manifest(api_version: str, kind: str, name: str, /, **sections: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **sections}


def container(*, image: str = IMAGE, name: str = "web", **fields: Any) -> Manifest:
    return {"name": name, "image": image, **fields}


def deployment(name: str = "web", *, image: str = IMAGE, replicas: int | None = 2, **spec: Any) -> Manifest:
    """A Deployment of one container; with ``replicas=None`` it does not say how many."""
    labels = {"app": name}
    body: Manifest = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container(image=image)]}},
        **spec,
    }
    if replicas is not None:
        body["replicas"] = replicas
    return manifest("apps/v1", "Deployment", name, spec=body)


def service(name: str = "web", *, port: int = 80) -> Manifest:
    return manifest("v1", "Service", name, spec={"selector": {"app": name}, "ports": [{"port": port}]})


def config_map(name: str = "settings", **fields: Any) -> Manifest:
    return manifest("v1", "ConfigMap", name, **{"data": {"COLOUR": "blue"}, **fields})


def stateful_set(name: str = "db", *, image: str = IMAGE, replicas: int = 2, **spec: Any) -> Manifest:
    """A StatefulSet of one container, with a Service name nobody serves."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container(image=image, name="db")]}}
    body = {"serviceName": name, "replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return manifest("apps/v1", "StatefulSet", name, spec={**body, **spec})


def job(name: str = "once", *, image: str = IMAGE, **spec: Any) -> Manifest:
    """A Job of one pod that is never tried again unless told."""
    template = {"spec": {"restartPolicy": "Never", "containers": [container(image=image, name="job")]}}
    return manifest("batch/v1", "Job", name, spec={"backoffLimit": 0, "template": template, **spec})
