"""Somebody copies a workload of an app, labels and all: the page tells of it, and what a release removes of it."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import AppStatus
from portal.access.ref import APP, Ref
from portal.operations.performing import perform
from tests import cast
from tests.api.caller import Caller
from tests.releases.live import Live, wait_for
from tests.releases.test_labels_lost import APP_ID, DEPLOYMENTS, WEB, known, live, relabel, there, told

__all__ = ["live"]

pytestmark = pytest.mark.django_db(transaction=True)
SAID = (
    "copy on north carries the labels of shop, and no release made it: it is removed. Take its label "
    "slipway.dev/app-id off to keep it."
)


def copy(live: Live) -> None:
    """What `kubectl get deploy -o json`, another name, and `kubectl apply` come to."""
    found = there(live).get(DEPLOYMENTS, WEB)
    kept: dict[str, Any] = {key: found["metadata"].get(key) or {} for key in ("labels", "annotations")}
    body = {**found, "metadata": {**kept, "name": "copy"}, "status": {}}
    there(live).create(DEPLOYMENTS, body, manager="kubectl-client-side-apply")
    wait_for(lambda: told(live) == {"copied": 1}, what=lambda: str(told(live)))


def warned(live: Live) -> list[str]:
    preview = perform("release.start", actor=live.bob, ref=Ref(APP, "boutique", "shop"), data={}, dry_run=True).preview
    assert preview is not None
    return [str(one) for one in preview.warnings]


def test_a_copy_is_told_on_page_and_api_and_by_the_preview_of_what_removes_it(live: Live) -> None:
    assert SAID not in warned(live)
    copy(live)
    people = cast.present()
    page = cast.signed_in(people.bob).get("/t/boutique/apps/shop/").text
    assert "copy on north: made outside Slipway with the labels of the app. The next release removes it, unless" in page
    assert "1 workload was made outside Slipway with the labels of the app." in page
    row = Caller(people.bob, people.boutique).get("/api/v1/tenants/boutique/apps/shop").json()
    assert row["status"]["clusters"][0]["trouble"] == {"copied": 1}
    assert AppStatus.objects.get(app=live.app).state == "degraded"
    assert SAID in warned(live)
    live.until(live.deploy(), "succeeded")
    assert not there(live).exists(DEPLOYMENTS, "copy")
    wait_for(lambda: known(live) and not told(live), what=lambda: str(told(live)))
    assert SAID not in warned(live)


def test_a_copy_without_the_label_is_not_removed_and_not_said_to_be(live: Live) -> None:
    copy(live)
    relabel(live, {APP_ID: None}, name="copy")
    wait_for(lambda: SAID not in warned(live), what=lambda: str(warned(live)))
    live.until(live.deploy(), "succeeded")
    assert there(live).exists(DEPLOYMENTS, "copy")
    there(live).delete(DEPLOYMENTS, "copy", propagationPolicy="Background")
