from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from apps_mgmt.models import App
from portal.access import Actor, Ref
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tests import cast


@dataclass
class Shop:
    """The tenant `boutique` on two clusters, with an app `shop`; Bob does things unless somebody else is named."""

    people: cast.Cast
    app: App = field(init=False)

    def __post_init__(self) -> None:
        for name in ("north", "south"):
            row = cast.cluster(name, tenants=[self.people.boutique, self.people.harbor])
            row.capabilities = {"gateway_api": "v1"}
            row.save()
        self.create("shop", image="registry.example.com/shop:1.0", port=8080, replicas=2)
        self.app = App.objects.get(name="shop")

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

    def again(self) -> App:
        return App.objects.select_related("draft").get(pk=self.app.pk)


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop(cast.everyone())
