"""The shop of the tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from apps_mgmt.models import App, Deployed
from portal.access import Actor, Ref
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants.models import Cluster
from tests import cast, kept


@dataclass
class Shop:
    """The tenant `boutique` on two clusters, with an app `shop`; Bob does things unless somebody else is named."""

    people: cast.Cast
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.app = App.objects.select_related("tenant", "draft").get(name="shop")

    @property
    def ref(self) -> Ref:
        return Ref("app", "boutique", "shop")

    @property
    def bob(self) -> Actor:
        return cast.actor(self.people.bob)

    @property
    def alice(self) -> Actor:
        return cast.actor(self.people.alice)

    def create(self, name: str, **data: Any) -> Outcome:
        return perform("app.create", actor=self.bob, ref=Ref("tenant", "boutique"), data={"name": name, **data})

    def do(self, operation: str, *, actor: Actor | None = None, **data: Any) -> Outcome:
        return perform(operation, actor=actor or self.bob, ref=self.ref, data=data)

    def preview(self, operation: str, **data: Any) -> Outcome:
        return perform(operation, actor=self.bob, ref=self.ref, data=data, dry_run=True)

    def runs(self) -> None:
        """As if the present draft had been released to both clusters."""
        now = self.again()
        for cluster in Cluster.objects.filter(name__in=("north", "south")):
            Deployed.objects.create(app=now, cluster_id=cluster.pk, cluster_name=cluster.name, revision=now.draft)

    def again(self) -> App:
        return App.objects.select_related("draft").get(pk=self.app.pk)


def open_shop() -> Shop:
    """The shop with all its people, in the present transaction (or committed, where a test has none)."""
    kept.rows("shop", _set_up)
    return Shop(cast.present())


def _set_up() -> None:
    people = cast.everyone()
    for name in ("north", "south"):
        row = cast.cluster(name, tenants=[people.boutique, people.harbor])
        row.capabilities = {"gateway_api": "v1"}
        row.save()
    data = {"name": "shop", "image": "registry.example.com/shop:1.0", "port": 8080, "replicas": 2}
    perform("app.create", actor=cast.actor(people.bob), ref=Ref("tenant", "boutique"), data=data)
