"""Registering a cluster from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.audit.models import AuditEntry
from tenants import clusters
from tenants.models import Cluster
from tests import cast

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: main
contexts: [{name: main, context: {cluster: east, user: slipway}}]
clusters: [{name: east, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: slipway, user: {token: canary-91bd}}]
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(KUBECONFIG)
    return path


def run(**options: object) -> str:
    out = io.StringIO()
    call_command("cluster", "add", "east", **options, stdout=out)
    return out.getvalue()


def test_a_kubeconfig_becomes_a_cluster_that_tenants_may_use(people: cast.Cast, kubeconfig: Path) -> None:
    said = run(kubeconfig=kubeconfig, title="East", tenants="boutique, harbor")

    east = Cluster.objects.get(name="east")
    assert clusters.connection(east.pk, role="provisioner").token == "canary-91bd"
    assert clusters.clusters_of(people.harbor.pk) == [east]
    assert "canary" not in said
    assert AuditEntry.objects.get(operation="cluster.register").subject_name == "east"


def test_nothing_is_left_of_a_cluster_that_could_not_be_registered_whole(people: cast.Cast, kubeconfig: Path) -> None:
    with pytest.raises(CommandError, match="no tenant"):
        run(kubeconfig=kubeconfig, tenants="boutique,nowhere")

    assert not Cluster.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_no_kubeconfig_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run(kubeconfig=tmp_path / "missing")
    bad = tmp_path / "bad"
    bad.write_text(KUBECONFIG.replace("token: canary-91bd", 'exec: {command: "/bin/sh"}'))
    with pytest.raises(CommandError):
        run(kubeconfig=bad)
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError):
        run(kubeconfig=bad)
    assert not Cluster.objects.exists()


@pytest.mark.django_db
def test_a_server_that_is_not_allowed_is_refused(kubeconfig: Path) -> None:
    kubeconfig.write_text(KUBECONFIG.replace("127.0.0.1", "169.254.169.254"))

    with pytest.raises(CommandError):
        run(kubeconfig=kubeconfig)
    assert not Cluster.objects.exists()
