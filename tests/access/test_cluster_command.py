"""Adding a cluster from the command line."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.audit.models import AuditEntry
from tenants import clusters
from tenants.models import Cluster
from tests import cast, east
from tests.cluster.certificates import authority, signed_by


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(east.kubeconfig())
    return path


def run(**options: object) -> str:
    out = io.StringIO()
    call_command("cluster", "add", "east", **options, stdout=out)
    return out.getvalue()


def test_a_kubeconfig_becomes_a_cluster_that_tenants_may_use(people: cast.Cast, kubeconfig: Path) -> None:
    said = run(kubeconfig=kubeconfig, title="East", tenants="boutique, harbor")

    added = Cluster.objects.get(name="east")
    assert clusters.connection(added.pk, role="provisioner").token == east.simulator().token
    assert clusters.clusters_of(people.harbor.pk) == [added]
    assert east.simulator().token not in said
    assert AuditEntry.objects.get(operation="cluster.add").subject_name == "east"


def test_the_log_says_that_it_was_done_by_command_line(people: cast.Cast, kubeconfig: Path) -> None:
    run(kubeconfig=kubeconfig, title="East", tenants="boutique")
    run(kubeconfig=kubeconfig, title="Hall")

    said = {row.operation: (row.how, row.actor_name) for row in AuditEntry.objects.all()}
    done = ("cluster.add", "cluster.grant", "cluster.renew", "cluster.describe")
    assert said == dict.fromkeys(done, ("command", "manage.py"))
    page = cast.signed_in(people.olga).get("/platform/audit/").text
    assert "by command line" in page


def test_the_log_names_the_person_that_the_command_names(people: cast.Cast, kubeconfig: Path) -> None:
    run(kubeconfig=kubeconfig, user="olga")

    entry = AuditEntry.objects.get(operation="cluster.add")
    assert (entry.how, entry.actor_name, entry.actor_id) == ("command", "olga", people.olga.pk)


@pytest.mark.parametrize(("name", "why"), [("bob", "platform.clusters .* Ask olga"), ("nobody", "no active user")])
def test_whoever_is_named_needs_the_right(people: cast.Cast, kubeconfig: Path, name: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run(kubeconfig=kubeconfig, user=name)
    assert not Cluster.objects.exists()


def test_nothing_is_left_of_a_cluster_that_could_not_be_registered_whole(people: cast.Cast, kubeconfig: Path) -> None:
    with pytest.raises(CommandError, match="no tenant"):
        run(kubeconfig=kubeconfig, tenants="boutique,nowhere")

    assert not Cluster.objects.exists()
    assert not AuditEntry.objects.filter(outcome="done").exists()


@pytest.mark.django_db
def test_a_file_that_is_no_kubeconfig_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run(kubeconfig=tmp_path / "missing")
    bad = tmp_path / "bad"
    bad.write_text(east.kubeconfig().replace('"token": ', '"exec": {"command": "/bin/sh"}, "token": '))
    with pytest.raises(CommandError):
        run(kubeconfig=bad)
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError):
        run(kubeconfig=bad)
    assert not Cluster.objects.exists()


@pytest.mark.django_db
def test_a_server_that_is_not_allowed_is_refused(kubeconfig: Path) -> None:
    kubeconfig.write_text(east.kubeconfig().replace("127.0.0.1", "169.254.169.254"))

    with pytest.raises(CommandError):
        run(kubeconfig=kubeconfig)
    assert not Cluster.objects.exists()


def test_a_second_time_the_access_is_renewed_and_the_rest_stays(people: cast.Cast, kubeconfig: Path) -> None:
    run(kubeconfig=kubeconfig, title="East", tenants="boutique")
    first = Cluster.objects.get(name="east")
    assert "renewed" in run(kubeconfig=kubeconfig)

    again = Cluster.objects.get(name="east")
    assert (again.pk, again.title) == (first.pk, "East")
    assert again.version > first.version and again.credentials != first.credentials
    assert clusters.clusters_of(people.boutique.pk) == [again]


@pytest.mark.django_db
def test_a_cluster_that_does_not_let_slipway_in_is_not_added(kubeconfig: Path) -> None:
    kubeconfig.write_text(east.kubeconfig(token="expired"))
    with pytest.raises(CommandError, match="does not accept"):
        run(kubeconfig=kubeconfig)
    kubeconfig.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", east.kubeconfig()))
    with pytest.raises(CommandError, match=r"does not answer \(no connection\). Check the address"):
        run(kubeconfig=kubeconfig)
    assert not Cluster.objects.exists()


@pytest.mark.django_db
def test_what_the_form_warns_of_is_said_here_too(kubeconfig: Path) -> None:
    assert "may not create, patch namespaces" not in run(kubeconfig=kubeconfig)
    kubeconfig.write_text(east.kubeconfig(token=east.token_of_viewer()))
    assert "Slipway's account there may not create, patch namespaces" in run(kubeconfig=kubeconfig)


@pytest.mark.django_db
def test_it_is_said_which_of_two_credentials_is_kept(kubeconfig: Path) -> None:
    both = json.loads(east.kubeconfig())
    pair = signed_by(authority())
    for key, pem in (("client-certificate-data", pair.certificate), ("client-key-data", pair.key)):
        both["users"][0]["user"][key] = base64.b64encode(pem.encode()).decode()
    kubeconfig.write_text(json.dumps(both))
    assert "Slipway keeps the token alone." in run(kubeconfig=kubeconfig)
    kept = clusters.connection(Cluster.objects.get(name="east").pk, role="provisioner")
    assert (kept.token, kept.client_cert, kept.client_key) == (east.simulator().token, "", "")
