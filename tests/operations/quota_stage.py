"""Asking for quota and deciding, as the tests do it: Alice asks, Olga decides, ten instances are allowed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.access import Ref
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants.models import QuotaRequest, QuotaSample
from tenants.quota import ledger
from tenants.quota.limits import set_limits
from tests import cast

BOUTIQUE = Ref("tenant", "boutique")
APP = uuid.UUID(int=7)


def asking() -> cast.Cast:
    """Everyone, in a tenant with a small limit."""
    people = cast.everyone()
    set_limits(people.boutique.pk, limits={"instances": 10, "cpu": 20_000})
    return people


def ask(people: cast.Cast, dimension: str = "instances", value: str = "40", **more: Any) -> Outcome:
    data = {"dimension": dimension, "value": value, "reason": "The sale", **more}
    return perform("quota.request", actor=cast.actor(people.alice), ref=BOUTIQUE, data=data)


def decide(people: cast.Cast, number: int = 1, **data: Any) -> Outcome:
    return perform("quota.decide", actor=cast.actor(people.olga), ref=BOUTIQUE, data={"number": str(number), **data})


def use(people: cast.Cast, instances: int, *, app: uuid.UUID = APP) -> None:
    with transaction.atomic():
        ledger.reserve(people.boutique.pk, app, source="draft", usage={"instances": instances}, enforce=False)


def used_for_days(people: cast.Cast, instances: int) -> None:
    past = timezone.now() - timedelta(days=6)
    QuotaSample.objects.create(tenant=people.boutique, dimension="instances", at=past, amount=instances)


def limit(people: cast.Cast, dimension: str = "instances") -> int:
    return ledger.limits_of(people.boutique.pk)[dimension]


def request(people: cast.Cast, number: int = 1) -> QuotaRequest:
    return QuotaRequest.objects.get(tenant=people.boutique, number=number)


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def set_by_olga(people: cast.Cast, dimension: str, value: str) -> None:
    data = {"dimension": dimension, "value": value}
    perform("quota.set", actor=cast.actor(people.olga), ref=BOUTIQUE, data=data)
