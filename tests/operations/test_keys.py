"""A new key in front of the old one: everything is sealed anew, and the old one can go."""

from __future__ import annotations

import base64
import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps_mgmt import keys, secrets
from portal.audit.models import AuditEntry
from portal.audit.wording import words
from portal.crypto import sealing_key_id
from portal.errors import PlatformError
from tenants import clusters
from tenants.models import Cluster
from tests.operations.stage import Shop

NEW = base64.b64encode(bytes(range(32))).decode()


def run(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("keys", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def rotated(shop: Shop, settings: Settings) -> list[str]:
    """The old keys, after a new one was put in front and everything was rotated."""
    old = list(settings.SLIPWAY_KEYS)
    shop.do("secret.set", name="API_KEY", value="correct horse")
    shop.do("secret.set", name="API_KEY", value="battery staple")
    settings.SLIPWAY_KEYS = [NEW, *old]
    assert run()[-1].endswith("(seals now)") or run()[0].endswith("(seals now)")
    assert len(keys.in_use()) == 1 and sealing_key_id() not in keys.in_use()
    run("rotate")
    return old


def test_after_rotating_the_old_key_is_needed_no_longer(shop: Shop, rotated: list[str], settings: Settings) -> None:
    settings.SLIPWAY_KEYS = [NEW]

    assert set(keys.in_use()) == {sealing_key_id()}
    asked = [("API_KEY", "1"), ("API_KEY", "2")]
    assert list(secrets.reveal(shop.app.pk, asked).values()) == ["correct horse", "battery staple"]
    north = Cluster.objects.get(name="north")
    assert {clusters.connection(north.pk, role=role).token for role in north.credentials} == {"cluster-token"}


def test_it_is_in_the_log_once_and_a_second_time_changes_nothing(rotated: list[str]) -> None:
    entry = AuditEntry.objects.get(operation="keys.rotate")
    assert (entry.how, entry.actor_name) == ("command", "manage.py")
    assert words(entry) == f"sealed {sum(keys.in_use().values())} secrets with the key {sealing_key_id()}"
    before = list(Cluster.objects.values_list("credentials", flat=True))

    assert "Sealed anew: 0." in run("rotate")
    assert list(Cluster.objects.values_list("credentials", flat=True)) == before
    assert AuditEntry.objects.filter(operation="keys.rotate").count() == 1


def test_many_are_done_in_batches(shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "BATCH", 2)
    for number in range(5):
        shop.do("secret.set", name=f"KEY_{number}", value="x")
    settings.SLIPWAY_KEYS = [NEW, *settings.SLIPWAY_KEYS]

    assert keys.rotate() == 5 + sum(len(one.credentials) for one in Cluster.objects.all())
    assert set(keys.in_use()) == {sealing_key_id()}


def test_a_key_that_was_taken_out_too_early_is_told(shop: Shop, settings: Settings) -> None:
    shop.do("secret.set", name="API_KEY", value="correct horse")
    settings.SLIPWAY_KEYS = [NEW]

    with pytest.raises(CommandError, match="Add that key back"):
        run("rotate")
    with pytest.raises(PlatformError):
        secrets.reveal(shop.app.pk, [("API_KEY", "1")])
    assert not AuditEntry.objects.filter(operation="keys.rotate").exists()
