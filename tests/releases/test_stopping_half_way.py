"""What a release left half way, and the app is stopped: nothing of it is left, and a start brings what was deployed."""

from __future__ import annotations

import pytest

from apps_mgmt.models import AppStatus
from portal.access import Ref
from portal.access.ref import RELEASE
from portal.errors import Refused
from portal.operations.performing import perform
from releases import standing
from releases.models import Target
from releases.reasons import Reason
from releases.ways_back import Way, from_last
from tests import cast
from tests.releases.held import Held, has
from tests.releases.stage import Stage
from tests.releases.test_ways_back import IMAGE, carried, fails
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/"


@pytest.fixture
def stage() -> Held:
    return Held()


def test_what_was_stopped_is_started_as_what_was_whole_last(stage: Held) -> None:
    stage.is_stopped()
    assert not any(one.half_way for one in standing.places(stage.app))
    assert "do/app.start/" in cast.signed_in(stage.people.bob).get(PAGE).text
    assert f"Revision {stage.release(2).revision.number} of shop runs again" in stage.foretold("app.start")
    started = stage.asked("app.start")
    assert has(started) == ("1", "blue")
    stage.finish()
    assert stage.release(started.number).state == "succeeded"
    assert from_last(stage.app) == []
    assert has(stage.asked("release.rollback")) == ("1", "red")


def test_what_was_stopped_is_deployed_again_as_what_was_whole_last(stage: Held) -> None:
    stage.is_stopped()
    assert has(stage.asked("release.redeploy")) == ("1", "blue")


def test_the_preview_of_a_stop_says_what_becomes_of_what_stands_half_way(stage: Held) -> None:
    number = stage.release(2).revision.number
    told = stage.foretold("app.stop")
    assert "Release 3 stands half way on north, south: its instances there (shop:2) are taken away." in told
    assert f"What a start brings back is revision {number}, which was deployed as a whole last." in told
    stage.is_stopped()
    assert "half way" not in said_on(PAGE, stage.people.bob)


def test_a_start_that_ended_half_way_is_started_again(stage: Held) -> None:
    stage.is_stopped()
    stage.asked("app.start")
    stage.tells("SetReplicas", Reason("refused", {"words": "no right", "cluster": "north"}))
    stage.work()
    assert stage.release(5).state == "failed"
    assert from_last(stage.app) == [Way(2)]
    assert has(stage.asked("app.start")) == ("1", "blue")


def test_a_stop_that_failed_over_it_can_be_started_again(stage: Held) -> None:
    stage.asked("app.stop")
    stage.tells("SetReplicas", Reason("refused", {"words": "no right", "cluster": "north"}))
    stage.work()
    assert stage.release(4).state == "failed"
    assert "Release 3 stands half way" in stage.foretold("app.start")
    assert has(stage.asked("app.start")) == ("1", "blue")


def test_a_stop_that_was_taken_back_leaves_nothing_half_way(stage: Held) -> None:
    stage.asked("app.stop")
    stage.work()
    ref = Ref(RELEASE, "boutique", "shop", 4)
    for after, said in (("roll_back", True), ("hold", False)):
        preview = perform("release.abort", actor=stage.bob, ref=ref, data={"after": after}, dry_run=True).preview
        assert preview and ("What release 3 had half brought does not come back" in preview.happens) is said
    stage.on_release("release.abort", 4, after="roll_back")
    stage.finish()
    assert stage.release(4).state == "rolled_back"
    assert not any(one.half_way for one in standing.places(stage.app))
    assert stage.asked("process.restart").number == 5


def test_a_refusal_says_what_to_do_before_each_thing(stage: Held) -> None:
    with pytest.raises(Refused, match=r"Deploy or roll back first, then restart\."):
        stage.on_app("process.restart")
    with pytest.raises(Refused, match=r"Deploy or roll back first, or choose the release to deploy again \(release\)"):
        stage.on_app("release.redeploy")
    with pytest.raises(Refused, match=r"Deploy or roll back first, then move"):
        cast.cluster("west", tenants=[stage.people.boutique])
        stage.on_app("placement.move", **{"from": "south", "to": "west"})


def test_where_nothing_was_deployed_a_stop_removes_what_is_left_half_way() -> None:
    stage = Stage()
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    carried(stage, int(stage.on_app("release.start").result["release"]))
    stage.on_app("placement.targets", targets=[{"cluster": "north"}, {"cluster": "south"}])
    fails(stage, on=("south",))
    number = int(stage.on_app("app.stop").result["release"])
    rows = Target.objects.filter(release__number=number).order_by("cluster_name")
    assert [(one.cluster_name, bool(one.manifests)) for one in rows] == [("north", True), ("south", False)]
    stage.work()
    stage.ready(stage.north, count=0)
    stage.gone(stage.south)
    stage.work()
    assert stage.release(number).state == "succeeded"
    assert [(one.cluster, one.half_way) for one in standing.places(stage.app)] == [("north", False)]
    start = int(stage.on_app("app.start").result["release"])
    assert stage.release(start).revision == stage.release(1).revision


def half_stopped(stage: Stage) -> None:
    """It goes well on the south, and not on the north."""
    number = int(stage.on_app("app.stop").result["release"])
    stage.work(on=stage.south)
    stage.ready(stage.south, count=0)
    stage.tells("SetReplicas", Reason("refused", {"words": "no right", "cluster": "north"}))
    assert stage.release(number).state == "failed"


def test_going_back_after_half_a_stop_says_that_it_starts_the_app() -> None:
    stage = Held.__new__(Held)
    Stage.__init__(stage)
    stage.deployed()
    half_stopped(stage)
    words = stage.foretold("release.rollback")
    assert "What was stopped on south is started again." in words
    assert "deployed again as it is" not in words


def test_lists_name_the_image_that_a_start_brings_back() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=IMAGE.format(2))
    stage.on_app("release.start")
    stage.work()
    stage.on_release("release.abort", 2, after="hold")
    stage.on_app("app.stop")
    stage.work()
    for cluster in (stage.north, stage.south) * 2:
        stage.ready(cluster, image=IMAGE.format(2), count=0)
        stage.work()
    assert stage.release(3).state == "succeeded"
    status = AppStatus.objects.get(app=stage.app)
    assert (status.state, status.image) == ("stopped", IMAGE.format(1))


def test_a_restart_is_told_to_wait_and_not_to_queue(stage: Held) -> None:
    stage.on_app("release.rollback")
    stage.finish()
    stage.asked("app.stop")
    stage.work()
    stage.on_release("release.abort", 5, after="roll_back")
    words = stage.foretold("process.restart")
    assert "Release 5, started by bob, is still under way. Try again when it is over, or stop it." in words
    assert "queue" not in words
