"""The ledger against a model of it that anybody can check: whatever is done in whatever order, both say the same."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.errors import QuotaExceeded, Refused
from tenants.models import Tenant
from tenants.quota import ledger, limits
from tests import cast

APPS = tuple(uuid.UUID(int=number) for number in (1, 2, 3))
SOURCES = ("draft", "deployed", "release:1")
DIMENSIONS = ("instances", "cpu", "gpu")


@dataclass
class Model:
    """Who asked for how much: app, source and dimension → amount; and the limits."""

    asked: dict[tuple[uuid.UUID, str, str], int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DIMENSIONS, 10))

    def used(self, dimension: str) -> int:
        """Per app the largest of its sources, added up."""
        return sum(max(self.asked.get((app, one, dimension), 0) for one in SOURCES) for app in APPS)

    def reserve(self, app: uuid.UUID, source: str, usage: dict[str, int], *, enforce: bool) -> bool:
        before = {name: self.used(name) for name in DIMENSIONS}
        kept = dict(self.asked)
        self.asked.update({(app, source, name): usage.get(name, 0) for name in DIMENSIONS})
        grown = [name for name in DIMENSIONS if self.used(name) > before[name]]
        if enforce and any(self.used(name) > self.limits[name] for name in grown):
            self.asked = kept
            return False
        return True

    def limit(self, dimension: str, amount: int) -> bool:
        if amount < self.used(dimension):
            return False
        self.limits[dimension] = amount
        return True


small = st.integers(min_value=0, max_value=12)
usages = st.dictionaries(st.sampled_from(DIMENSIONS), small)
steps = st.one_of(
    st.tuples(st.just("reserve"), st.sampled_from(APPS), st.sampled_from(SOURCES), usages, st.booleans()),
    st.tuples(st.just("release"), st.sampled_from(APPS), st.sampled_from(SOURCES)),
    st.tuples(st.just("limit"), st.sampled_from(DIMENSIONS), small),
)


@pytest.fixture
def boutique(db: None) -> Tenant:
    return cast.tenant("boutique", **dict.fromkeys(DIMENSIONS, 10))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(todo=st.lists(steps, min_size=1, max_size=12))
def test_the_ledger_and_its_model_agree_after_every_step(boutique: Tenant, todo: list[tuple[Any, ...]]) -> None:
    model = Model()
    with transaction.atomic():
        for step in todo:
            assert _done(boutique, step) == _modelled(model, step), step
            totals, allowed = ledger.totals(boutique.pk), ledger.limits_of(boutique.pk)
            assert {name: totals.get(name, 0) for name in DIMENSIONS} == {name: model.used(name) for name in DIMENSIONS}
            assert {name: allowed[name] for name in DIMENSIONS} == model.limits
        transaction.set_rollback(True)


def _done(tenant: Tenant, step: tuple[Any, ...]) -> bool:
    try:
        with transaction.atomic():
            if step[0] == "limit":
                limits.set_limits(tenant.pk, limits={step[1]: step[2]})
            elif step[0] == "release":
                ledger.release(tenant.pk, step[1], source=step[2])
            else:
                ledger.reserve(tenant.pk, step[1], source=step[2], usage=step[3], enforce=step[4])
    except (QuotaExceeded, Refused):
        return False
    return True


def _modelled(model: Model, step: tuple[Any, ...]) -> bool:
    if step[0] == "limit":
        return model.limit(step[1], step[2])
    if step[0] == "release":
        return model.reserve(step[1], step[2], {}, enforce=True)
    return model.reserve(step[1], step[2], step[3], enforce=step[4])
