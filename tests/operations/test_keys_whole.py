"""Changing the key as an operator does it: processes of their own, each with the keys that its environment names."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection as database
from pytest_django import Settings

from apps_mgmt import keys, secrets
from portal.audit.models import AuditEntry
from portal.crypto import sealing_key_id
from tenants import clusters
from tenants.models import Cluster
from tests.cluster.simulators import ROOT
from tests.operations.stage import Shop, open_shop

NEW, OTHER = (base64.b64encode(bytes([number] * 32)).decode() for number in (7, 8))


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """With two versions of a secret, and clusters with credentials, all under the key that tests have."""
    shop = open_shop()
    shop.do("secret.set", name="API_KEY", value="correct horse")
    shop.do("secret.set", name="API_KEY", value="battery staple")
    return shop


def command(*words: str, keys: list[str]) -> tuple[int, str]:
    """What `manage.py keys` ends with and says."""
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database.settings_dict['NAME']}"))
    environment = {**os.environ, "DATABASE_URL": url, "SLIPWAY_KEYS": ",".join(keys)}
    program = [sys.executable, "manage.py", "keys", *words]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_the_old_key_goes_and_everything_is_read_with_the_new_one(shop: Shop, settings: Settings) -> None:
    old = list(settings.SLIPWAY_KEYS)
    before = keys.in_use()
    code, said = command("rotate", keys=[NEW, *old])
    assert code == 0, said

    settings.SLIPWAY_KEYS = [NEW]
    assert AuditEntry.objects.get(operation="keys.rotate").result["count"] == sum(before.values())
    assert keys.in_use() == {sealing_key_id(): sum(before.values())}
    code, said = command("list", keys=[NEW])
    assert (code, said.splitlines()) == (0, [f"{sealing_key_id()}  {sum(before.values())} sealed  (seals now)"])
    asked = [("API_KEY", "1"), ("API_KEY", "2")]
    assert list(secrets.reveal(shop.app.pk, asked).values()) == ["correct horse", "battery staple"]
    for cluster in Cluster.objects.all():
        assert {clusters.connection(cluster.pk, role=role).token for role in cluster.credentials} == {"cluster-token"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([OTHER], "sealed with a key that is not in SLIPWAY_KEYS. Add that key back."),
        (["not-base64!"], "Each key in SLIPWAY_KEYS has to be 32 bytes in base64."),
        (["c2hvcnQ="], "Each key in SLIPWAY_KEYS has to be 32 bytes in base64."),
    ],
    ids=["another key", "no base64", "too short"],
)
def test_with_a_wrong_key_it_says_so_and_changes_nothing(shop: Shop, given: list[str], why: str) -> None:
    before = keys.in_use()
    code, said = command("rotate", keys=given)
    assert (code, "Traceback" in said) == (1, False)
    assert why in said
    assert keys.in_use() == before
