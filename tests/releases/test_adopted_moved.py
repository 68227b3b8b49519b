"""A workload that a move let go is its owner's; a move back takes it over again, which is said before, as elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenants import clusters
from tenants.clusters import Connection
from tests import cast
from tests.cluster.outsider import make_namespace
from tests.releases.live import Simulator, at_work, wait_for
from tests.releases.test_adopted_let_go import release, taken_beside_web, warned
from tests.releases.test_adopting import Takeover

pytestmark = pytest.mark.django_db(transaction=True)
BACK = {"from": "west", "to": "north"}


@pytest.fixture
def takeover(tmp_path: Path) -> Iterator[Takeover]:
    """An app on the north; the west is its tenant's, too."""
    simulators = [Simulator(name, tmp_path) for name in ("north", "west")]
    north, west = (
        Connection(f"http://127.0.0.1:{one.port}", "", one.token, "", "", name=one.name) for one in simulators
    )
    with at_work():
        made = Takeover(north)
        make_namespace(west, "moved-to")
        clusters.grant(made.app.tenant, cast.cluster_at(west, name="west"), namespace="moved-to")
        made.do("placement.targets", targets=[{"cluster": "north"}])
        yield made
    for one in simulators:
        one.stop()


def moved_away(takeover: Takeover) -> None:
    """Taken over on the north, then moved to the west: let go, and scaled by its owner since."""
    taken_beside_web(takeover)
    release(takeover, "placement.move", **{"from": "north", "to": "west"})
    assert takeover.labels() == {}
    takeover.outsider.scale("frontend", 6)
    wait_for(lambda: len(takeover.pods()) == 6, what=lambda: f"there are {takeover.pods()}")


def test_moving_back_says_how_many_instances_are_cut(takeover: Takeover) -> None:
    moved_away(takeover)
    told = "frontend on north, which was let go, is taken over again, and its 6 instances become 3."
    assert told in warned(takeover, "placement.move", **BACK)
    done = takeover.do("placement.move", **BACK).result
    assert told in done["warnings"]
    takeover.ends(int(done["release"]))
    assert len(takeover.pods()) == 3


def test_moving_where_nothing_was_let_go_says_nothing_of_it(takeover: Takeover) -> None:
    taken_beside_web(takeover)
    said = warned(takeover, "placement.move", **{"from": "north", "to": "west"})
    assert said and not [one for one in said if "taken over again" in one]


def test_leaving_its_cluster_says_what_is_removed_and_what_is_let_go(takeover: Takeover) -> None:
    taken_beside_web(takeover)
    west = [{"cluster": "west"}]
    told = (
        "When this is deployed, everything that shop has on north is removed, except for what was taken over "
        "(frontend): that is let go, and runs on as it is."
    )
    assert told in warned(takeover, "placement.targets", targets=west)
    takeover.do("placement.targets", targets=west)
    assert told in warned(takeover, "release.start")
    pods = takeover.pods()
    release(takeover)
    assert (takeover.pods(), takeover.labels()) == (pods, {})
    assert told not in warned(takeover, "release.start")
