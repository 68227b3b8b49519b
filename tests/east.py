"""A simulated cluster `east` per test process, for operations that ask a cluster which answers.

Started by whoever needs it first; it ends with the process.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from tenants.clusters.credentials import ROLES
from tenants.models import Cluster
from tests import cast
from tests.cluster.manifests import deployment, manifest
from tests.cluster.simulators import Simulator, running_simulator

NAME = "east"


@lru_cache(maxsize=1)
def simulator() -> Simulator:
    folder, stack = Path(tempfile.mkdtemp(prefix="slipway-east-")), ExitStack()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(stack.close)
    return stack.enter_context(running_simulator(folder, name=NAME))


def kubeconfig(*, token: str = "", server: str = "") -> str:
    """As a person would paste it; kubectl wants the token elsewhere where there is no TLS."""
    named = {"name": NAME, "context": {"cluster": NAME, "user": NAME}}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "clusters": [{"name": NAME, "cluster": {"server": server or simulator().url}}],
        "users": [{"name": NAME, "user": {"token": token or simulator().token}}],
        "contexts": [named],
    }
    return json.dumps(document)


def token_of_viewer() -> str:
    """Of a service account there that may look at everything and change nothing."""
    cluster, rbac = simulator(), "rbac.authorization.k8s.io"
    account = {"kind": "ServiceAccount", "name": "viewer", "namespace": "default"}
    binding = {
        "apiVersion": f"{rbac}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "viewer"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "view"},
        "subjects": [account],
    }
    cluster.request("POST", f"/apis/{rbac}/v1/clusterrolebindings", binding)
    return token_of("viewer")


def token_of(account: str) -> str:
    """Of a service account there, which has no right unless somebody gave it one."""
    made = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
    simulator().request("POST", "/api/v1/namespaces/default/serviceaccounts", made)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    answer = simulator().request("POST", f"/api/v1/namespaces/default/serviceaccounts/{account}/token", asked)
    return str(answer.body["status"]["token"])


def registered(*, own: Iterable[str] = ROLES) -> Cluster:
    """The record of it, lent to nobody, with a credential of its own for each of these roles."""
    return cast.cluster(NAME, server=simulator().url, token=simulator().token, own=own)


def with_legacy(namespace: str = "legacy") -> None:
    """A namespace there with a Deployment `frontend` that somebody else made."""
    made = [
        simulator().request("POST", "/api/v1/namespaces", manifest("v1", "Namespace", namespace)),
        simulator().request(
            "POST", f"/apis/apps/v1/namespaces/{namespace}/deployments", deployment("frontend", replicas=3)
        ),
    ]
    assert {one.code for one in made} <= {201, 409}, [one.body for one in made]
