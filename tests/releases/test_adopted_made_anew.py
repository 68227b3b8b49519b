"""What a release meets where a workload was let go: what Slipway had made, what somebody else made, or nothing."""

from __future__ import annotations

import pytest

from releases.models import Release
from tests.cluster.manifests import deployment
from tests.cluster.shop import DEPLOYMENTS
from tests.releases.live import wait_for
from tests.releases.test_adopted_let_go import LET_GO, release, taken_beside_web, warned
from tests.releases.test_adopting import ONE, Takeover, takeover

__all__ = ["takeover"]

pytestmark = pytest.mark.django_db(transaction=True)
MADE = (
    "frontend on north was made by Slipway, in place of one that ran before and was deleted. It is let go as that one "
    "would be, not removed: it runs on as it is, and is no longer a part of shop."
)


def deleted(takeover: Takeover) -> None:
    takeover.outsider.delete(DEPLOYMENTS, "frontend", propagationPolicy="Background")
    wait_for(lambda: not takeover.pods(), what=lambda: f"there are {takeover.pods()}")


def test_what_slipway_made_is_let_go_and_taken_over_again(takeover: Takeover) -> None:
    taken_beside_web(takeover)
    deleted(takeover)
    wait_for(lambda: "deleted outside Slipway" in takeover.page(), what=takeover.page)
    release(takeover)
    pods = takeover.pods()
    wait_for(lambda: takeover.told() & set(pods), what=lambda: f"told are {takeover.told()}")
    said = warned(takeover, "release.rollback", release=1)
    assert MADE in said and LET_GO not in said
    release(takeover, "release.rollback", release=1)
    assert takeover.labels() == {} and takeover.pods() == pods
    told = "frontend on north, which was let go, is taken over again, with its instances as they are."
    assert told in warned(takeover, "release.rollback", release=2)
    release(takeover, "release.rollback", release=2)
    assert takeover.labels()["slipway.dev/adopted"] and takeover.pods() == pods


def test_what_is_not_there_and_what_is_another_ones_is_said_before(takeover: Takeover) -> None:
    taken_beside_web(takeover)
    release(takeover, "release.rollback", release=1)
    deleted(takeover)
    gone = "frontend on north, which was let go, is not there any more: Slipway makes it again, with 3 instances."
    assert gone in warned(takeover, "release.start")
    takeover.outsider.create(DEPLOYMENTS, deployment("frontend", image=ONE, replicas=3))
    wait_for(lambda: len(takeover.pods()) == 3 and takeover.is_whole(), what=lambda: f"there are {takeover.pods()}")
    said = warned(takeover, "release.start")
    assert gone not in said
    (told,) = [one for one in said if "which was let go" in one]
    assert told.startswith(
        "frontend on north is not the one which was let go: that was deleted, and another one of the same name was "
        "made, so the release is refused there."
    )
    failed = takeover.ends(int(takeover.do("release.start").result["release"]), "failed")
    assert "frontend on cluster north is not the one that was taken over" in failed.why
    deleted(takeover)
    release(takeover)
    assert len(takeover.pods()) == 3


def test_one_that_is_paused_is_said_to_hold_the_release(takeover: Takeover) -> None:
    taken_beside_web(takeover)
    release(takeover, "release.rollback", release=1)
    takeover.outsider.merge(DEPLOYMENTS, "frontend", {"spec": {"paused": True}})
    told = (
        "frontend on north, which was let go, is taken over again, with its instances as they are. It is paused there, "
        "and the release waits until somebody resumes it (kubectl rollout resume)."
    )
    assert told in warned(takeover, "release.start")
    number = int(takeover.do("release.start").result["release"])
    wait_for(lambda: "kubectl rollout resume" in takeover.page(), what=takeover.page)
    assert not Release.objects.get(app=takeover.app, number=number).is_over
    takeover.outsider.merge(DEPLOYMENTS, "frontend", {"spec": {"paused": False}})
    takeover.ends(number)
