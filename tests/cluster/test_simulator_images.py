"""What the simulator's image tags do, seen through the API."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from tests.cluster.manifests import deployment, manifest
from tests.cluster.simulators import Simulator
from tests.cluster.waiting import eventually

PODS = "/api/v1/namespaces/default/pods"


def _start(simulator: Simulator, name: str, image: str, **container: Any) -> str:
    """Create a deployment of one; the version from which on its pod can be watched."""
    body = deployment(name, image=image, replicas=1)
    body["spec"]["template"]["spec"]["containers"][0] |= container
    answer = simulator.request("POST", "/apis/apps/v1/namespaces/default/deployments", body)
    assert answer.code == 201, answer.body
    return str(answer.body["metadata"]["resourceVersion"])


def _pod_until(simulator: Simulator, name: str, reason: str, *, since: str) -> dict[str, Any]:
    """The deployment's only pod, as it was when its container began to wait for ``reason``."""
    path = f"{PODS}?watch=true&timeoutSeconds=90&labelSelector=app%3D{name}&resourceVersion={since}"
    asked = urllib.request.Request(simulator.url + path, headers={"Authorization": f"Bearer {simulator.token}"})
    with urllib.request.urlopen(asked, timeout=90) as events:
        for line in events:
            pod: dict[str, Any] = json.loads(line)["object"]
            for row in pod.get("status", {}).get("containerStatuses") or ():
                if row["state"].get("waiting", {}).get("reason") == reason or (
                    reason == "running" and "running" in row["state"]
                ):
                    return pod
    raise AssertionError(f"no pod of {name} came to {reason}")


def _events(simulator: Simulator, pod: dict[str, Any]) -> dict[str, str]:
    path = f"/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid%3D{pod['metadata']['uid']}"
    return {row["reason"]: row["message"] for row in simulator.request("GET", path).body["items"]}


def test_a_crashing_image_says_why(simulator: Simulator) -> None:
    since = _start(simulator, "broken", "example.com/shop/broken:crash-2", ports=[{"containerPort": 8080}])
    pod = _pod_until(simulator, "broken", "CrashLoopBackOff", since=since)
    row = pod["status"]["containerStatuses"][0]
    assert row["restartCount"] >= 1
    assert row["ready"] is False
    assert (row["lastState"]["terminated"]["exitCode"], row["lastState"]["terminated"]["reason"]) == (1, "Error")
    assert row["state"]["waiting"]["message"].startswith("back-off 10s restarting failed container=web")
    said = simulator.request("GET", f"{PODS}/{pod['metadata']['name']}/log?previous=true").body
    assert said.splitlines()[0] == "broken crash-2 starting"
    assert said.splitlines()[-1] == "exit status 1"
    assert "Back-off restarting failed container" in _events(simulator, pod)["BackOff"]


def test_a_missing_image_cannot_be_pulled(simulator: Simulator) -> None:
    since = _start(simulator, "absent", "shop/absent:missing")
    pod = _pod_until(simulator, "absent", "ImagePullBackOff", since=since)
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    assert "docker.io/shop/absent:missing: not found" in waiting["message"]
    assert pod["status"]["phase"] == "Pending"
    answer = simulator.request("GET", f"{PODS}/{pod['metadata']['name']}/log")
    assert answer.code == 400
    assert "trying and failing to pull image" in answer.body["message"]


def test_a_stalling_image_runs_but_is_never_ready(simulator: Simulator) -> None:
    probe = {"readinessProbe": {"httpGet": {"port": 8080}, "initialDelaySeconds": 1}}
    pod = _pod_until(simulator, "slack", "running", since=_start(simulator, "slack", "shop/slack:stall", **probe))
    eventually(lambda: "Unhealthy" in _events(simulator, pod), what="its probe has failed")
    pod = simulator.request("GET", f"{PODS}/{pod['metadata']['name']}").body
    assert "running" in pod["status"]["containerStatuses"][0]["state"]
    assert pod["status"]["containerStatuses"][0]["ready"] is False
    assert _events(simulator, pod)["Unhealthy"] == "Readiness probe failed: HTTP probe failed with statuscode: 503"


def test_a_broken_image_is_ready_and_answers_with_errors(simulator: Simulator) -> None:
    listening = {"ports": [{"containerPort": 8080}]}
    for name, code in (("whole", 200), ("torn", 500)):
        image = "shop/whole:1" if code == 200 else "shop/torn:broken"
        pod = _pod_until(simulator, name, "running", since=_start(simulator, name, image, **listening))
        path = f"{PODS}/{pod['metadata']['name']}:8080/proxy/healthz"
        eventually(lambda at=path, want=code: simulator.request("GET", at).code == want, what=f"{name} answers {code}")


@pytest.mark.parametrize(("kind", "field"), [("ConfigMap", "configMapRef"), ("Secret", "secretRef")])
def test_a_pod_waits_for_its_configuration(simulator: Simulator, kind: str, field: str) -> None:
    name = f"early-{kind.lower()}"
    since = _start(simulator, name, "shop/early:1", envFrom=[{field: {"name": f"{name}-env"}}])
    pod = _pod_until(simulator, name, "CreateContainerConfigError", since=since)
    message = pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"]
    assert message == f'{kind.lower()} "{name}-env" not found'
    simulator.request("POST", f"/api/v1/namespaces/default/{kind.lower()}s", manifest("v1", kind, f"{name}-env"))
    _pod_until(simulator, name, "running", since=since)


def test_a_program_keeps_talking(simulator: Simulator) -> None:
    since = _start(simulator, "talker", "shop/talker:1", ports=[{"containerPort": 8080}])
    name = _pod_until(simulator, "talker", "running", since=since)["metadata"]["name"]

    def said() -> list[str]:
        lines: list[str] = simulator.request("GET", f"{PODS}/{name}/log").body.splitlines()
        return lines

    eventually(lambda: len(said()) > 3, what="it has said something")
    assert said()[:3] == ["talker 1 starting", "read 0 settings from the environment", "listening on :8080"]
    last = simulator.request("GET", f"{PODS}/{name}/log?tailLines=1&timestamps=true").body
    assert len(last.splitlines()) == 1
    assert last.startswith("20")
