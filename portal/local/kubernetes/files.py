"""The files that the programs of a control plane read: kubeconfigs, and what kwok plays."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from portal.local.home import write_private
from portal.local.kubernetes.certificates import CLIENTS

PODS = Path(__file__).with_name("pods.yaml")
LOG = ("starting", "listening on port 8080", "serving")


def write_kubeconfigs(folder: Path, *, server: str, name: str) -> None:
    """A kubeconfig for each client certificate in `folder`; `<client>.kubeconfig`, with everything in it."""
    for client in CLIENTS:
        write_private(folder / f"{client}.kubeconfig", kubeconfig(folder, client=client, server=server, name=name))


def kubeconfig(folder: Path, *, client: str, server: str, name: str) -> str:
    """A kubeconfig as JSON, which is YAML too."""
    authority, certificate, key = (
        base64.b64encode((folder / file).read_bytes()).decode("ascii")
        for file in ("ca.crt", f"{client}.crt", f"{client}.key")
    )
    cluster = {"server": server, "certificate-authority-data": authority}
    user = {"client-certificate-data": certificate, "client-key-data": key}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": client, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": client}}],
        "current-context": name,
    }
    return json.dumps(document, indent=2)


def write_kwok(folder: Path) -> Path:
    """The configuration of kwok: how pods behave, and a log that all of them write."""
    log = folder / "pods.log"
    log.write_text("".join(f"2026-01-01T00:00:0{second}Z stdout F {line}\n" for second, line in enumerate(LOG)))
    logs = {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterLogs",
        "metadata": {"name": "every-pod"},
        "spec": {"logs": [{"logsFile": str(log), "previousLogsFile": str(log)}]},
    }
    file = folder / "kwok.yaml"
    file.write_text(f"{PODS.read_text(encoding='utf-8')}---\n{json.dumps(logs)}\n", encoding="utf-8")
    return file
