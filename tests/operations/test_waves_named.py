"""A wave names clusters that there are; one that was removed later stands in the way of nothing."""

from __future__ import annotations

import pytest

from apps_mgmt import drafts
from portal.errors import Refused
from tenants.models import TenantCluster
from tests.operations.stage import Shop

SENTENCE = "There is no cluster sotuh for this tenant. It may use north, south."


def test_a_cluster_that_there_is_not_is_refused_at_its_wave(shop: Shop) -> None:
    for said in (shop.preview, shop.do):
        with pytest.raises(Refused) as refused:
            said("release.waves", order=[{"clusters": ["north"]}, {"clusters": ["sotuh"]}])
        assert (str(refused.value), refused.value.field) == (SENTENCE, "order[1].clusters")
    assert shop.again().version == 1


def test_one_that_the_tenant_may_use_no_more_stays_until_somebody_takes_it_out(shop: Shop) -> None:
    order = [{"clusters": ["south"]}, {"clusters": ["north"]}]
    shop.do("placement.targets", targets=[{"cluster": "north"}])
    shop.do("release.waves", order=order)
    TenantCluster.objects.filter(tenant=shop.people.boutique, cluster__name="south").delete()
    shop.do("process.scale", process="web", replicas=3)
    shop.do("release.waves", order=order, failures=1)
    assert drafts.spec_of(shop.again()).release.waves.first == ("south", "north")
    assert shop.do("release.start").result["release"] == 1

    shop.do("release.waves", order=[{"clusters": ["north"]}])
    with pytest.raises(Refused, match=r"There is no cluster south for this tenant\. It may use north\."):
        shop.do("release.waves", order=order)
    shop.do("draft.undo")
    assert drafts.spec_of(shop.again()).release.waves.first == ("south", "north")
