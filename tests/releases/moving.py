"""Where tests of moves play: an app that runs on two clusters, of a tenant that may use a third one."""

from __future__ import annotations

from typing import Any

from apps_mgmt.drafts import spec_of
from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants import clusters
from tests import cast
from tests.releases.stage import Stage

MOVE = {"from": "north", "to": "west"}


class Moving(Stage):
    """Release 1 runs on north and south; the tenant may use west as well."""

    def __init__(self) -> None:
        super().__init__()
        self.west = cast.cluster("west", tenants=[self.people.boutique])
        self.deployed()
        for cluster in (self.north, self.south, self.west):
            clusters.mark(cluster.pk, state="ready")

    def move(self, **data: Any) -> Outcome:
        return self.on_app("placement.move", **{**MOVE, **data})

    def preview(self, **data: Any) -> Any:
        ref = Ref(APP, "boutique", "shop")
        shown = perform("placement.move", actor=self.bob, ref=ref, data={**MOVE, **data}, dry_run=True).preview
        assert shown is not None
        return shown

    def fills(self, image: str = "registry.example.com/shop:1") -> None:
        """What is new is ready on west."""
        self.work()
        self.ready(self.west, image=image)
        self.work()

    def ends(self) -> None:
        """South says that it is as it was, and north that it is empty."""
        for cluster in (self.south, self.west):
            self.ready(cluster)
            self.work()
        self.gone(self.north)
        self.work()

    @property
    def draft(self) -> AppSpec:
        return spec_of(App.objects.select_related("draft").get(pk=self.app.pk))
