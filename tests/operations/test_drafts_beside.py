"""A draft that does not stand on what runs: what the next deploy would bring, and take back."""

from __future__ import annotations

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import Revision
from apps_mgmt.spec import AppSpec, digest, dump, load
from portal.errors import Refused
from tests.operations.stage import Shop
from tests.operations.test_drafts import deploy, scale, waiting


def test_where_the_draft_is_behind_what_runs_it_differs_without_a_change(shop: Shop) -> None:
    scale(shop, 3)
    shop.do("draft.undo")
    deploy(shop, 2)

    found = drafts.undeployed(shop.again())
    assert (list(found.changes), found.count, found.diverged) == ([], 1, True)


def test_after_a_rollback_of_a_part_the_changes_of_the_draft_are_listed(shop: Shop) -> None:
    deploy(shop, 1)
    scale(shop, 3)
    scale(shop, 4)
    deploy(shop, beside(shop, 1))

    found = drafts.undeployed(shop.again())
    assert ([one.number for one in found.changes], found.diverged) == ([3, 2], True)


def test_after_a_rollback_of_the_image_what_runs_in_spite_of_it_is_not_listed(shop: Shop) -> None:
    deploy(shop, 1)
    shop.do("image.set", image="shop:2")
    shop.do("env.set", env=[{"name": "BANNER", "value": "Sale"}])
    rolled = load(shop.again().draft.spec).with_process("web", image="shop:1")
    deploy(shop, beside(shop, 1, rolled))

    found = drafts.undeployed(shop.again())
    assert ([one.operation for one in found.changes], found.diverged) == (["image.set"], True)


def test_an_edit_that_only_ends_where_one_cluster_is_still_waits_for_the_other(shop: Shop) -> None:
    deploy(shop, 1, cluster="north")
    scale(shop, 3)
    deploy(shop, 2, cluster="south")
    scale(shop, 2)

    assert waiting(shop) == [3]


def test_a_cluster_of_the_draft_where_nothing_stands_yet_waits_without_a_change(shop: Shop) -> None:
    deploy(shop, 1, cluster="north")
    found = drafts.undeployed(shop.again())
    assert (list(found.changes), list(found.missing), found.count) == ([], ["south"], 1)
    with pytest.raises(Refused, match="nothing to discard"):
        shop.do("draft.discard")

    scale(shop, 3)
    assert waiting(shop) == [2]
    deploy(shop, 2, cluster="south")
    deploy(shop, 2, cluster="north")
    assert drafts.undeployed(shop.again()).count == 0


def beside(shop: Shop, number: int, spec: AppSpec | None = None) -> int:
    """Make a revision as a rollback of a part does, on an old one and beside the draft's chain; its number."""
    app = shop.again()
    old = app.revisions.get(number=number)
    app.created_revisions += 1
    app.save(update_fields=["created_revisions"])
    spec = spec or load(old.spec).with_process("web", replicas=9)
    row = {"spec": dump(spec), "digest": digest(spec), "base": old, "operation": "release.rollback"}
    Revision.objects.create(app=app, number=app.created_revisions, **row)
    return app.created_revisions
