"""What is said of instances in trouble on one cluster is not taken from what another one waits for."""

from __future__ import annotations

import pytest

from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/releases/1/"


def test_the_wait_of_another_cluster_for_a_person_is_no_wait_for_them() -> None:
    stage = Stage()
    stage.on_app("release.waves", pause=-1)
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.north)
    stage.work()
    stage.crashes(stage.north)
    said = said_on(PAGE, stage.people.bob)
    assert "Instances are in trouble" in said and "Wave 2 waits until somebody lets it go on" in said
    assert "Slipway waits for them" not in said
