"""What people say to a release is refused, or not, when it is tried as when it is done."""

from __future__ import annotations

import pytest

from portal.access.ref import RELEASE
from portal.errors import UserError
from portal.operations import registry
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from releases.models import Release
from releases.states import ReleaseState
from tests.operations.scenes import done, named
from tests.operations.stage import Shop

pytestmark = pytest.mark.django_db
WORDS = [one for one in registry.all_operations() if one.subject == RELEASE and one.kind is not READ]


def answered(shop: Shop, operation: type[Operation], *, dry_run: bool) -> tuple[int, str]:
    """The status of the answer, and why it is refused."""
    try:
        done(shop, operation, dry_run=dry_run)
    except UserError as error:
        return error.status, str(error)
    return 200, ""


@pytest.mark.parametrize("state", ReleaseState)
@pytest.mark.parametrize("operation", WORDS, ids=named)
def test_what_is_refused_is_refused_when_it_is_only_tried(
    shop: Shop, operation: type[Operation], state: ReleaseState
) -> None:
    Release.objects.filter(number=1).update(state=state)
    assert answered(shop, operation, dry_run=True) == answered(shop, operation, dry_run=False)
