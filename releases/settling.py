"""After a release has ended: its quota reservation goes, and what stands now is what counts.

Its last effects keep nobody waiting, and after a deletion its clusters are looked at once more.
"""

from __future__ import annotations

from typing import Any

from apps_mgmt.models import App
from portal import outbox
from releases import effects, reserving, sweep
from releases.engine import SETTLE
from releases.freeze import quota_source
from releases.models import Release
from releases.states import ReleaseKind
from tenants.quota import ledger


@outbox.handler(SETTLE)
class Settler:
    """Rows of `release.settle`: {release}. A row of its own, because usage rows are locked before apps are."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        release = Release.objects.select_related("app").filter(pk=payload["release"]).first()
        if release is None:
            return
        app = release.app
        for cluster_id in release.targets.values_list("cluster_id", flat=True):
            outbox.hasten(effects.stream(app.pk, cluster_id))
        if release.kind == ReleaseKind.DELETE:
            sweep.look_again(release)
        reserving.count(app)
        ledger.release(app.tenant_id, app.pk, source=quota_source(release.pk))

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """Nothing more can be done; the row stays visible with its reason."""


@outbox.handler(reserving.COUNT)
class Counter:
    """Rows of `quota.count`: {app}."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        app = App.objects.filter(pk=payload["app"]).first()
        if app is not None:
            reserving.count(app)

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """What the cluster says next, and the next release, count anew; the row stays visible with its reason."""
