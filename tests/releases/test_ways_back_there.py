"""Going back on chosen clusters: to what succeeded there, and only where something of the release can be."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP as APP_KIND
from portal.errors import QuotaExceeded, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.running import drain
from releases.models import Target
from releases.reasons import Reason
from releases.ways_back import from_last
from tenants.quota.limits import set_limits
from tests.releases.stage import Stage
from tests.releases.test_ways_back import carried, fails, runs, started, succeeds

pytestmark = pytest.mark.django_db
BOTH = ("north", "south")


@pytest.fixture
def stage() -> Stage:
    """Release 1 brought image 1 to both clusters."""
    stage = Stage()
    succeeds(stage, 1, on=BOTH)
    return stage


def foretold(stage: Stage, **data: Any) -> Outcome:
    ref = Ref(APP_KIND, "boutique", "shop")
    return perform("release.rollback", actor=stage.bob, ref=ref, data=data, dry_run=True)


def back(stage: Stage, **data: Any) -> None:
    foretold(stage, **data)
    carried(stage, int(stage.on_app("release.rollback", **data).result["release"]))


def test_blank_on_a_cluster_is_what_succeeded_there(stage: Stage) -> None:
    succeeds(stage, 2, on=("south",))
    succeeds(stage, 3, on=("north",))
    fails(stage, on=BOTH)
    back(stage, targets=["south"])
    back(stage, targets=["north"])
    assert runs(stage) == {"north": "3", "south": "2"}


def test_blank_on_clusters_where_that_differs_names_the_ways(stage: Stage) -> None:
    succeeds(stage, 2, on=("south",))
    succeeds(stage, 3, on=("north",))
    fails(stage, on=BOTH)
    for ask in (foretold, lambda stage, **data: stage.on_app("release.rollback", **data)):
        with pytest.raises(Refused, match="release 3 on north, release 2 on south"):
            ask(stage, targets=["north", "south"])


def test_blank_where_another_cluster_failed_is_before_what_runs_there(stage: Stage) -> None:
    succeeds(stage, 2, on=BOTH)
    fails(stage, on=("north",))
    back(stage, targets=["south"])
    assert runs(stage)["south"] == "1"


def test_blank_where_nothing_else_ran_says_so(stage: Stage) -> None:
    succeeds(stage, 2, on=("north",))
    with pytest.raises(Refused, match="Nothing but what runs there has succeeded on south"):
        stage.on_app("release.rollback", targets=["south"])
    back(stage, targets=["north"])
    assert runs(stage) == {"north": "1", "south": "1"}


def only_north(stage: Stage) -> None:
    """Release 2 takes the app away from south; the draft puts it there again."""
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    carried(stage, int(stage.on_app("release.start").result["release"]))
    stage.on_app("placement.targets", targets=[{"cluster": "north"}, {"cluster": "south"}])


def test_a_cluster_that_took_nothing_is_emptied_of_what_may_be_there(stage: Stage) -> None:
    only_north(stage)
    number = started(stage, 2, on=("south",))
    stage.tells("Apply", Reason("refused", {"cluster": "south", "words": "no"}))
    assert stage.release(number).state == "failed"
    back(stage)
    (target,) = Target.objects.filter(release__app=stage.app, release__number=number + 1)
    assert (target.cluster_name, target.manifests) == ("south", [])
    assert runs(stage) == {"north": "1"}


def test_a_cluster_that_was_never_reached_is_no_way(stage: Stage) -> None:
    only_north(stage)
    number = fails_first(stage)
    assert [way.clusters for way in from_last(stage.app)] == [()]
    carried(stage, int(stage.on_app("release.rollback").result["release"]))
    assert not Target.objects.filter(release__number__gt=number, cluster_name="south").exists()
    assert runs(stage) == {"north": "1"}


def fails_first(stage: Stage) -> int:
    """A release that goes to north first, as people named it, fails there, and comes no further."""
    stage.on_app("release.waves", order=[{"clusters": ["north"]}, {"clusters": ["south"]}])
    number = started(stage, "crash", on=BOTH)
    stage.work()
    stage.crashes(stage.north, old=2)
    assert stage.release(number).state == "failed"
    return number


def test_the_quota_is_waived_only_where_it_ran_before(stage: Stage) -> None:
    """Four instances everywhere, then two on north alone: to bring the four back everywhere is more than there was."""
    stage.on_app("process.scale", process="web", replicas=2)
    succeeds(stage, 2, on=("north",))
    fails(stage, on=BOTH)
    drain()
    set_limits(stage.people.boutique.pk, limits={"releases": 0})
    for targets in ([], ["north"], ["north", "south"]):
        with pytest.raises(QuotaExceeded):
            stage.on_app("release.rollback", release=1, targets=targets)
    back(stage, release=1, targets=["south"])
    back(stage, release=2, targets=["north"])
