"""Which restricted clusters a deploy is warned of: those that it touches."""

from __future__ import annotations

import pytest

from portal.access import Ref
from portal.access.ref import APP, CLUSTER
from portal.operations.performing import perform
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


def warned(stage: Stage, **data: object) -> list[str]:
    alice, ref = cast.actor(stage.people.alice), Ref(APP, "boutique", "shop")
    outcome = perform("release.start", actor=alice, ref=ref, data=data, dry_run=True)
    assert outcome.preview is not None
    return [one for one in outcome.preview.warnings if "north is restricted" in one]


def test_a_deploy_to_some_clusters_is_not_warned_of_others() -> None:
    stage = Stage()
    ref = Ref(CLUSTER, cluster="north")
    perform("cluster.restrict", actor=cast.actor(stage.people.olga), ref=ref, data={"reason": "production"})

    assert len(warned(stage)) == 1
    assert warned(stage, targets=["south"]) == []
