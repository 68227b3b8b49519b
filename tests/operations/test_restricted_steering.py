"""On its way to a restricted cluster no release is made to go on without the second right, by whichever operation."""

from __future__ import annotations

import pytest

from portal.access.permissions import RELEASE_APPROVE
from portal.access.ref import CLUSTER, RELEASE, Ref
from portal.errors import Forbidden, NeedsRight
from portal.operations import registry
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from portal.operations.performing import perform
from tests import cast
from tests.operations.scenes import done, named
from tests.operations.stage import Shop

pytestmark = pytest.mark.django_db
STOP = {"release.abort", "release.pause"}
STEERING = [one for one in registry.all_operations() if one.subject == RELEASE and one.kind is NOW]
MOVING = [one for one in STEERING if one.name not in STOP]
STOPPING = [one for one in STEERING if one.name in STOP]


@pytest.fixture(autouse=True)
def restricted(shop: Shop) -> None:
    """South is restricted after the release began; it has still to come there."""
    olga = cast.actor(shop.people.olga)
    perform("cluster.restrict", actor=olga, ref=Ref(CLUSTER, cluster="south"), data={"reason": "production"})


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "for good"])
@pytest.mark.parametrize("operation", MOVING, ids=named)
def test_who_may_only_deploy_does_not_make_it_go_on(shop: Shop, operation: type[Operation], dry_run: bool) -> None:
    refusal = Forbidden if operation.permission == RELEASE_APPROVE else NeedsRight
    with pytest.raises(refusal, match=r"release\.approve"):
        done(shop, operation, actor=shop.bob, dry_run=dry_run)


@pytest.mark.parametrize("operation", MOVING, ids=named)
def test_who_has_both_rights_makes_it_go_on(shop: Shop, operation: type[Operation]) -> None:
    assert done(shop, operation, actor=shop.alice).changed


@pytest.mark.parametrize("operation", STOPPING, ids=named)
def test_stopping_it_takes_no_second_right(shop: Shop, operation: type[Operation]) -> None:
    assert done(shop, operation, actor=shop.bob).changed
