"""A name that is chosen twice from a list is chosen."""

from __future__ import annotations

from apps_mgmt import drafts
from tests.operations.stage import Shop


def test_a_variable_that_is_named_twice_is_removed(shop: Shop) -> None:
    shop.do("env.set", env=[{"name": "TOK", "value": "1"}, {"name": "KEPT", "value": "2"}], process="")
    shop.do("env.unset", names=["TOK", "TOK"])

    assert [one.name for one in drafts.spec_of(shop.again()).env] == ["KEPT"]


def test_a_cluster_that_is_named_twice_in_a_wave_is_in_it_once(shop: Shop) -> None:
    order = [{"clusters": ["south", "north", "south"]}]
    shop.do("release.waves", across="one-after-another", order=order)

    assert drafts.spec_of(shop.again()).release.waves.order[0].clusters == ("south", "north")


def test_a_release_to_a_cluster_that_is_named_twice_goes_there_once(shop: Shop) -> None:
    shop.do("release.start", targets=["south", "south"])
    (release,) = shop.app.releases.all()
    assert [one.cluster_name for one in release.targets.all()] == ["south"]
