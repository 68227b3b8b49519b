"""A release that failed after it took a workload over again leaves the instances it had: the next one says so."""

from __future__ import annotations

import pytest

from releases.models import Release
from tests.cluster.manifests import deployment
from tests.cluster.shop import DEPLOYMENTS
from tests.releases.live import wait_for
from tests.releases.test_adopted_let_go import release, taken_beside_web, warned
from tests.releases.test_adopting import ONE, TWO, Takeover, takeover

__all__ = ["takeover"]

pytestmark = pytest.mark.django_db(transaction=True)


def image(takeover: Takeover, image: str) -> None:
    operation = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}
    takeover.outsider.edit(DEPLOYMENTS, "zz9", operation)


def both_let_go(takeover: Takeover) -> None:
    """Two workloads of others, taken over, then let go by going back behind that."""
    taken_beside_web(takeover)
    takeover.outsider.create(DEPLOYMENTS, deployment("zz9", image=ONE, replicas=1))
    wait_for(
        lambda: takeover.outsider.get(DEPLOYMENTS, "zz9").get("status", {}).get("availableReplicas") == 1,
        what=lambda: "zz9 is not there",
    )
    release(takeover, "app.adopt", cluster="north", workload="zz9", process="zz9")
    release(takeover, "release.rollback", release=1)


def test_what_a_failed_release_took_over_is_told_to_be_cut_by_the_next_one(takeover: Takeover) -> None:
    both_let_go(takeover)
    takeover.outsider.scale("frontend", 6)
    image(takeover, TWO)
    wait_for(lambda: len(takeover.pods()) == 6, what=lambda: f"there are {takeover.pods()}")
    failed: Release = takeover.ends(int(takeover.do("release.start").result["release"]), "failed")
    assert "Taking over zz9 would change" in failed.why
    assert "Nothing was changed" not in failed.why and "Of zz9 nothing was changed" in failed.why
    assert "slipway.dev/app-id" in takeover.labels() and len(takeover.pods()) == 6

    image(takeover, ONE)
    told = (
        "frontend on north was taken over again by a release that ended half way, and has had the instances of its "
        "owner until now: its 6 instances become 3."
    )
    assert told in warned(takeover, "release.start")
    done = takeover.do("release.start").result
    assert told in done["warnings"]
    takeover.ends(int(done["release"]))
    assert len(takeover.pods()) == 3
    assert told not in warned(takeover, "release.start")
