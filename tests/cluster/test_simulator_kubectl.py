"""kubectl against the simulator."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cluster.manifests import deployment, manifest, service
from tests.cluster.simulators import Simulator


def _environment(simulator: Simulator) -> dict[str, str]:
    home = str(simulator.kubeconfig.parent)
    return {**os.environ, "KUBECONFIG": str(simulator.kubeconfig), "HOME": home, "KUBECACHEDIR": f"{home}/cache"}


def _kubectl(simulator: Simulator, *words: str, text: str | None = None) -> str:
    done = subprocess.run(
        ["kubectl", *words], input=text, capture_output=True, text=True, timeout=180, env=_environment(simulator)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shop(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A namespace that kubectl applied from a file and saw rolled out."""
    name = "kubectl-shop"
    items = [manifest("v1", "Namespace", name)]
    for body in (deployment(image="nginx:1.27"), service()):
        body["metadata"]["namespace"] = name
        items.append(body)
    file: Path = tmp_path_factory.mktemp("kubectl") / "shop.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    said = _kubectl(simulator, "apply", "-f", str(file))
    assert said.splitlines() == [f"namespace/{name} created", "deployment.apps/web created", "service/web created"]
    assert "successfully rolled out" in _kubectl(simulator, "-n", name, "rollout", "status", "deploy/web")
    return name


def _rows(said: str) -> list[list[str]]:
    return [line.split() for line in said.splitlines()]


def test_get_prints_the_usual_columns(simulator: Simulator, shop: str) -> None:
    header, row = _rows(_kubectl(simulator, "-n", shop, "get", "deployments"))
    assert header == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert row[:4] == ["web", "2/2", "2", "2"]
    header, *rows = _rows(_kubectl(simulator, "-n", shop, "get", "pods"))
    assert header == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert [row[1:4] for row in rows] == [["1/1", "Running", "0"]] * 2


def test_get_wide_all_and_yaml_work(simulator: Simulator, shop: str) -> None:
    assert "north-node-" in _kubectl(simulator, "-n", shop, "get", "pods", "-o", "wide")
    everything = _kubectl(simulator, "-n", shop, "get", "all")
    assert all(
        word in everything for word in ("pod/web-", "service/web", "deployment.apps/web", "replicaset.apps/web-")
    )
    assert "image: nginx:1.27" in _kubectl(simulator, "-n", shop, "get", "deploy", "web", "-o", "yaml")


def test_get_watch_shows_a_rollout_as_it_happens(simulator: Simulator, shop: str) -> None:
    old = _kubectl(simulator, "-n", shop, "get", "pods", "-o", "name").split()
    watching = subprocess.Popen(
        ["kubectl", "-n", shop, "get", "pods", "-w"], stdout=subprocess.PIPE, text=True, env=_environment(simulator)
    )
    try:
        assert watching.stdout is not None
        assert watching.stdout.readline().split()[0] == "NAME"
        _kubectl(simulator, "-n", shop, "set", "image", "deploy/web", "web=nginx:1.28")
        states: set[str] = set()
        while not {"Pending", "ContainerCreating", "Running", "Terminating"} <= states:
            states.add(watching.stdout.readline().split()[2])
    finally:
        watching.terminate()
        watching.communicate(timeout=60)
    assert "successfully rolled out" in _kubectl(simulator, "-n", shop, "rollout", "status", "deploy/web")
    _kubectl(simulator, "-n", shop, "wait", "--for=delete", "--timeout=120s", *old)


def test_logs_and_describe_work(simulator: Simulator, shop: str) -> None:
    assert "starting" in _kubectl(simulator, "-n", shop, "logs", "deploy/web")
    described = _kubectl(simulator, "-n", shop, "describe", "deploy", "web")
    assert "NewReplicaSetAvailable" in described
    assert "Scaled up replica set" in described


def test_applying_on_the_server_names_the_other_owner(simulator: Simulator, shop: str) -> None:
    body = deployment(image="nginx:1.29")
    body["metadata"]["namespace"] = shop
    words = ["apply", "--server-side", "--field-manager", "hand", "-f", "-"]
    refused = subprocess.run(
        ["kubectl", *words], input=json.dumps(body), capture_output=True, text=True, env=_environment(simulator)
    )
    assert refused.returncode == 1
    assert '.spec.template.spec.containers[name="web"].image' in refused.stderr
    said = _kubectl(simulator, *words, "--force-conflicts", "--dry-run=server", text=json.dumps(body))
    assert "serverside-applied (server dry run)" in said


def test_explain_knows_the_fields(simulator: Simulator) -> None:
    said = _kubectl(simulator, "explain", "deployment.spec.strategy.rollingUpdate")
    assert "maxSurge" in said
    assert "maxUnavailable" in said


def test_an_autoscaler_of_kubectl_is_seen_in_both_versions(simulator: Simulator, shop: str) -> None:
    words = ["autoscale", "deploy/web", "--min=1", "--max=4", "--cpu-percent=60", "--dry-run=client", "-o", "json"]
    made = json.loads(_kubectl(simulator, "-n", shop, *words))
    made |= {"apiVersion": "autoscaling/v1"}
    _kubectl(simulator, "-n", shop, "apply", "-f", "-", text=json.dumps(made))
    for version in ("v1", "v2"):
        what = f"horizontalpodautoscalers.{version}.autoscaling/web"
        said = _kubectl(simulator, "-n", shop, "get", what, "-o", "json")
        assert json.loads(said)["apiVersion"] == f"autoscaling/{version}"
    header, row = _rows(_kubectl(simulator, "-n", shop, "get", "hpa"))
    assert header == ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"]
    assert (row[:3], row[3].partition("/")[2], row[4:6]) == (["web", "Deployment/web", "cpu:"], "60%", ["1", "4"])
    _kubectl(simulator, "-n", shop, "delete", "hpa", "web")


def test_scale_and_delete_work(simulator: Simulator, shop: str) -> None:
    _kubectl(simulator, "-n", shop, "scale", "deploy/web", "--replicas", "1")
    assert "deleted" in _kubectl(simulator, "-n", shop, "delete", "service", "web")
    assert "deleted" in _kubectl(simulator, "-n", shop, "delete", "deploy", "web", "--cascade=foreground", "--wait")
    assert _kubectl(simulator, "-n", shop, "get", "pods", "-o", "name") == ""


def test_an_instance_begins_as_pending(simulator: Simulator, shop: str) -> None:
    made = _kubectl(simulator, "-n", shop, "run", "alone", "--image=nginx:1.27", "-o", "jsonpath={.status.phase}")
    assert made == "Pending"


def test_protobuf_is_refused_with_the_other_way(simulator: Simulator) -> None:
    """Newer ones send it for what they create of built-in kinds."""
    request = urllib.request.Request(
        f"{simulator.url}/api/v1/namespaces",
        b"k8s\0",
        {"Authorization": f"Bearer {simulator.token}", "Content-Type": "application/vnd.kubernetes.protobuf"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    said = json.loads(caught.value.read())["message"]
    assert (caught.value.code, "use kubectl apply -f" in said) == (415, True)
