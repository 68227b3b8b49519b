"""A shop's objects as releases would apply them, and what tests do around them."""

from __future__ import annotations

from typing import Any

import pytest

from releases.gateway.client import Client

DEPLOYMENTS = "apps/v1/deployments"


def deployment(name: str = "shop--web", *, app_id: str = "7", image: str = "shop:1", **spec: Any) -> dict[str, Any]:
    labels = {"slipway.dev/app": "shop", "slipway.dev/process": "web", "slipway.dev/track": "stable"}
    container = {"name": "web", "image": image, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {**labels, "slipway.dev/app-id": app_id}},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def service(name: str = "shop--web", *, port: int = 80) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"slipway.dev/app-id": "7"}},
        "spec": {
            "selector": {"slipway.dev/app": "shop"},
            "ports": [{"name": "http", "port": port, "targetPort": 8080}],
        },
    }


def container_of(live: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = live["spec"]["template"]["spec"]["containers"][0]
    return found


def owners(live: dict[str, Any]) -> set[tuple[str, str]]:
    return {(entry["manager"], entry["operation"]) for entry in live["metadata"]["managedFields"]}


def before_next_write(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Let something happen in the moment between the gateway's reading and its next write."""
    send = Client.json
    waiting = [happens]

    def json(self: Client, method: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        if method in ("PATCH", "POST", "DELETE") and waiting:
            waiting.pop()()
        return send(self, method, *arguments, **options)

    monkeypatch.setattr(Client, "json", json)
