"""What a preview says of the quota: now and afterwards, and what deploying it takes while old runs beside new."""

from __future__ import annotations

from typing import Any

import pytest

from portal.operations.outcome import Outcome
from tenants import roles
from tenants.models import UsageRow
from tenants.quota import ledger
from tenants.quota.limits import set_limits
from tenants.values import Role
from tests import cast
from tests.operations.stage import Shop


def of(outcome: Outcome, part: str, dimension: str = "instances") -> dict[str, Any]:
    assert outcome.preview is not None
    return next(dict(row) for row in getattr(outcome.preview, part) if row["dimension"] == dimension)


def test_an_edit_that_moves_no_quota_shows_it_before_and_after(shop: Shop) -> None:
    seen = of(shop.preview("image.set", process="web", image="registry.example.com/shop:2.0"), "quota")

    assert (seen["used"], seen["after"]) == (2, 2)


def test_an_edit_says_what_deploying_it_reserves_while_it_rolls(shop: Shop) -> None:
    shop.runs()
    seen = shop.preview("image.set", process="web", image="registry.example.com/shop:2.0")
    promised = of(seen, "rolling")["after"]
    shop.do("image.set", process="web", image="registry.example.com/shop:2.0")
    shop.do("release.start")

    assert promised == UsageRow.objects.get(tenant=shop.people.boutique, dimension="instances").amount > 2


def test_going_down_counts_what_the_new_draft_uses_not_the_old_one(shop: Shop) -> None:
    shop.do("process.scale", process="web", replicas=9)
    promised = of(shop.preview("process.scale", process="web", replicas=2), "rolling")["after"]
    shop.do("process.scale", process="web", replicas=2)
    shop.do("release.start")

    assert promised == UsageRow.objects.get(tenant=shop.people.boutique, dimension="instances").amount < 9


def test_a_release_shows_its_peak_once(shop: Shop) -> None:
    seen = shop.preview("release.start")

    assert seen.preview is not None and not seen.preview.rolling
    assert (
        of(seen, "quota")["after"] == of(shop.preview("env.set", env=[{"name": "A", "value": "1"}]), "rolling")["after"]
    )


def test_a_preview_that_does_not_fit_says_what_is_short_and_who_can_raise_it(shop: Shop) -> None:
    set_limits(shop.people.boutique.pk, limits={"instances": 4})
    seen = shop.preview("process.scale", process="web", replicas=6).preview

    assert seen is not None
    assert seen.warnings == [
        "This does not fit into the quota. Instances: 2 short (2 of 4 in use, 6 after this). Ask for less or free "
        "some; a platform operator can raise the limit, alice can ask for it."
    ]


def test_what_does_not_fit_names_whoever_may_ask_for_more(shop: Shop) -> None:
    boutique = shop.people.boutique
    set_limits(boutique.pk, limits={"instances": 4})
    roles.define_role(boutique, Role("keeper", "Keeper", ("app.view", "tenant.quota", "tenant.view")))
    cast.member("quinn", tenant=boutique, role="keeper")
    seen = shop.preview("process.scale", process="web", replicas=6).preview

    assert seen is not None and seen.warnings[0].endswith("alice, quinn can ask for it.")


def test_a_preview_says_when_it_can_be_saved_but_not_deployed(shop: Shop) -> None:
    shop.runs()
    set_limits(shop.people.boutique.pk, limits={"instances": 2})
    seen = shop.preview("image.set", process="web", image="registry.example.com/shop:2.0").preview

    assert seen is not None
    assert seen.warnings[0].startswith(
        "This can be saved, but not deployed. This does not fit into the quota. Instances"
    )


def test_a_restart_shows_what_it_reserves_while_it_rolls(shop: Shop) -> None:
    shop.runs()
    promised = of(shop.preview("process.restart"), "quota")["after"]
    shop.do("process.restart")

    assert promised == UsageRow.objects.get(tenant=shop.people.boutique, dimension="instances").amount > 2


def test_a_restart_says_beforehand_that_it_does_not_fit(shop: Shop) -> None:
    shop.runs()
    set_limits(shop.people.boutique.pk, limits={"instances": 2})
    seen = shop.preview("process.restart").preview

    assert seen is not None
    assert seen.warnings[0].startswith("This does not fit into the quota. Instances")


@pytest.mark.parametrize("form", ["app.adopt", "drift.take_over"])
def test_a_form_that_takes_quota_shows_what_is_in_use_while_it_is_blank(shop: Shop, form: str) -> None:
    shop.runs()
    drawn = cast.signed_in(shop.people.bob).get(f"/t/boutique/apps/shop/do/{form}/").text

    assert 'class="quota' in drawn


def test_a_preview_that_fits_has_nothing_to_warn_of(shop: Shop) -> None:
    seen = shop.preview("process.scale", process="web", replicas=3).preview

    assert seen is not None and not seen.warnings


def test_a_preview_of_several_sources_writes_nothing(shop: Shop) -> None:
    before = list(UsageRow.objects.order_by("dimension").values_list("dimension", "amount"))
    found = ledger.standing(shop.people.boutique.pk, shop.app.pk)
    lines = found.after(source="release:x", usage={"instances": 4}, beside={"draft": {}})

    assert [(one.dimension, one.after) for one in lines if one.dimension == "instances"] == [("instances", 4)]
    assert list(UsageRow.objects.order_by("dimension").values_list("dimension", "amount")) == before
