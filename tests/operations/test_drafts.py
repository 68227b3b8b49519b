"""The draft and what is deployed: revisions, undo, and what waits for the next deploy."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import Dependency, digest, dump, load
from portal.access import Ref
from portal.access.ref import TENANT
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Refused
from portal.operations.performing import perform
from tests.operations.stage import Shop


def deploy(shop: Shop, number: int, *, cluster: str = "north") -> None:
    """Say that a cluster runs a revision, as a release that ended there does."""
    row = {"revision": shop.app.revisions.get(number=number), "cluster_id": uuid.uuid5(uuid.NAMESPACE_DNS, cluster)}
    Deployed.objects.update_or_create(app=shop.app, cluster_name=cluster, defaults=row)


def scale(shop: Shop, replicas: int) -> int:
    revision = shop.do("process.scale", process="web", replicas=replicas).revision
    assert revision is not None
    return revision


def waiting(shop: Shop) -> list[int]:
    return [one.number for one in drafts.undeployed(shop.again()).changes]


def test_edits_collect_in_the_draft_the_newest_first(shop: Shop) -> None:
    deploy(shop, 1)
    assert waiting(shop) == []

    assert [scale(shop, 3), scale(shop, 4)] == [2, 3]
    shop.do("app.describe", title="Not a revision")

    assert waiting(shop) == [3, 2]
    deploy(shop, 3)
    assert waiting(shop) == []


def test_before_the_first_deploy_everything_waits(shop: Shop) -> None:
    scale(shop, 3)

    found = drafts.undeployed(shop.again())
    assert [one.operation for one in found.changes] == ["process.scale", "app.create"]
    assert found.deployed is None and not found.diverged


def test_an_edit_that_ends_where_it_began_leaves_nothing_to_deploy(shop: Shop) -> None:
    deploy(shop, 1)
    scale(shop, 3)
    scale(shop, 2)

    assert waiting(shop) == []


def test_where_clusters_differ_what_the_slowest_lacks_still_waits(shop: Shop) -> None:
    scale(shop, 3)
    deploy(shop, 1, cluster="south")
    deploy(shop, 2, cluster="north")

    running = drafts.deployed_revision(shop.app)
    assert running is not None and running.number == 2
    assert waiting(shop) == [2]
    deploy(shop, 2, cluster="south")
    assert waiting(shop) == []


def test_after_a_rollback_the_draft_still_lists_what_it_would_bring(shop: Shop) -> None:
    scale(shop, 3)
    scale(shop, 4)
    deploy(shop, 3)
    deploy(shop, 1)

    assert waiting(shop) == [3, 2]


def restarted(shop: Shop, number: int) -> int:
    """Say that what runs is a restart of this revision, beside the draft's chain; its number."""
    app = shop.again()
    old = app.revisions.get(number=number)
    app.created_revisions += 1
    app.save(update_fields=["created_revisions"])
    spec = load(old.spec).with_process("web", restarted_at=f"2030-01-01T00:00:{app.created_revisions:02}Z")
    row = {"spec": dump(spec), "digest": digest(spec), "base": old, "operation": drafts.RESTART}
    Revision.objects.create(app=app, number=app.created_revisions, **row)
    return app.created_revisions


def test_after_a_restart_the_draft_still_lists_what_it_would_bring(shop: Shop) -> None:
    deploy(shop, 1)
    scale(shop, 3)
    scale(shop, 4)
    again = restarted(shop, restarted(shop, 1))
    deploy(shop, again)

    found = drafts.undeployed(shop.again())
    assert [one.number for one in found.changes] == [3, 2]
    assert found.deployed is not None and (found.deployed.number, found.diverged) == (again, False)

    assert scale(shop, 5) == 6
    assert waiting(shop) == [6, 3, 2]
    deploy(shop, 6)
    assert waiting(shop) == []


def test_a_restart_counts_as_what_it_restarted_where_clusters_differ(shop: Shop) -> None:
    deploy(shop, 1)
    scale(shop, 3)
    deploy(shop, restarted(shop, 1), cluster="south")
    deploy(shop, 2, cluster="north")

    running = drafts.deployed_revision(shop.app)
    assert running is not None and running.number == 2
    assert waiting(shop) == [2]


def test_undo_and_discard_stop_at_what_was_restarted(shop: Shop) -> None:
    scale(shop, 3)
    deploy(shop, 2)
    scale(shop, 4)
    deploy(shop, restarted(shop, 2))
    shop.do("draft.undo")

    assert waiting(shop) == []
    for operation in ("draft.undo", "draft.discard"):
        with pytest.raises(Refused, match="nothing to"):
            shop.do(operation)


def test_undo_goes_back_one_and_gives_no_number_out_twice(shop: Shop) -> None:
    deploy(shop, 1)
    scale(shop, 3)
    scale(shop, 4)

    undone = shop.do("draft.undo")
    assert undone.revision == 2 and shop.again().draft.number == 2  # type: ignore[union-attr]  # there is a draft
    assert scale(shop, 5) == 4
    assert waiting(shop) == [4, 2]
    newest = shop.app.revisions.get(number=4)
    assert newest.base is not None and newest.base.number == 2


def test_undo_stops_at_what_runs(shop: Shop) -> None:
    scale(shop, 3)
    deploy(shop, 2)
    scale(shop, 4)
    shop.do("draft.undo")

    with pytest.raises(Refused, match="nothing to undo"):
        shop.do("draft.undo")


def test_undo_stops_at_the_first_revision(shop: Shop) -> None:
    with pytest.raises(Refused, match="nothing to undo"):
        shop.do("draft.undo")


def test_discard_takes_everything_back_that_waits(shop: Shop) -> None:
    deploy(shop, 1)
    scale(shop, 3)
    shop.do("port.add", process="web", name="metrics", port=9090)

    assert shop.do("draft.discard").revision == 1
    assert waiting(shop) == []
    with pytest.raises(Refused, match="nothing to discard"):
        shop.do("draft.discard")


def test_every_change_raises_the_version_undo_too(shop: Shop) -> None:
    versions = [shop.again().version]
    for operation, data in (
        ("process.scale", {"process": "web", "replicas": 3}),
        ("draft.undo", {}),
        ("app.lock", {"reason": "audit"}),
        ("app.unlock", {}),
    ):
        outcome = shop.do(operation, **data)
        versions.append(outcome.version or 0)
        entry = AuditEntry.objects.latest("id")
        assert (entry.version_before, entry.version_after) == tuple(versions[-2:])

    assert versions == [1, 2, 3, 4, 5] and shop.again().version == 5


def test_a_lock_stops_edits_and_deploys_but_not_the_record(shop: Shop) -> None:
    scale(shop, 4)
    shop.do("app.lock", reason="frozen for the audit")

    scaling: dict[str, Any] = {"process": "web", "replicas": 3}
    for operation, data in (("process.scale", scaling), ("release.start", {}), ("draft.undo", {})):
        with pytest.raises(Conflict, match="frozen for the audit") as caught:
            shop.do(operation, **data)
        assert caught.value.code == "blocked"
    with pytest.raises(Conflict, match="locked already"):
        shop.do("app.lock", reason="again")
    assert shop.do("app.describe", title="Still").changed

    shop.do("app.unlock")
    assert scale(shop, 3) == 3
    with pytest.raises(Conflict, match="not locked"):
        shop.do("app.unlock")
    app = shop.again()
    assert (app.locked_by, app.locked_at, app.locked_reason) == ("", None, "")


def test_a_suspended_tenant_changes_nothing(shop: Shop) -> None:
    shop.people.boutique.suspended = True
    shop.people.boutique.save(update_fields=["suspended"])

    with pytest.raises(Conflict, match="suspended"):
        scale(shop, 3)
    with pytest.raises(Conflict, match="suspended"):
        shop.create("other", image="registry.example.com/other:1")


def test_old_revisions_stay_as_they_were_written(shop: Shop) -> None:
    def written() -> dict[int, dict[str, Any]]:
        return {row["number"]: dict(row) for row in Revision.objects.filter(app=shop.app).values()}

    scale(shop, 3)
    before = written()
    for operation, data in (
        ("env.set", {"env": [{"name": "A", "value": "1"}]}),
        ("draft.undo", {}),
        ("secret.set", {"name": "KEY", "value": "x"}),
        ("image.set", {"image": "registry.example.com/shop:2"}),
        ("app.lock", {"reason": "audit"}),
    ):
        shop.do(operation, **data)

    now = written()
    assert {number: now[number] for number in before} == before


def test_the_digest_of_a_revision_is_that_of_its_spec(shop: Shop) -> None:
    scale(shop, 3)
    shop.do("env.set", env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}])
    shop.do("placement.targets", targets=[{"cluster": "south", "weight": 3}, {"cluster": "north", "own": 1}])

    rows = list(Revision.objects.filter(app=shop.app))
    assert len(rows) == 4 and len({row.digest for row in rows}) == 4
    assert all(digest(load(row.spec)) == row.digest for row in rows)


def test_before_an_app_is_deleted_it_is_said_what_goes_and_who_needs_it(shop: Shop) -> None:
    scale(shop, 3)
    shop.create("cart", image="registry.example.com/cart:1")
    cart = App.objects.get(name="cart")
    spec = load(cart.draft.spec).change(dependencies=(Dependency(app="shop", prefix="SHOP"),))
    drafts.add_revision(cart, spec, operation="app.create", input={}, actor_name="bob", note="")
    cart.save(update_fields=["draft", "created_revisions"])

    shown = perform("app.delete", actor=shop.alice, ref=shop.ref, data={}, dry_run=True).preview
    assert {"label": "Processes", "before": "1", "after": None, "kind": "removed"} in shown.spec
    assert any("cart needs it" in sentence for sentence in shown.warnings)


def test_the_name_of_a_deleted_app_waits_until_it_is_gone(shop: Shop) -> None:
    perform("app.delete", actor=shop.alice, ref=shop.ref, data={"confirm": "shop"})

    with pytest.raises(Refused, match="still being deleted"):
        shop.create("shop", image="registry.example.com/shop:1")
    entry = AuditEntry.objects.get(operation="app.delete")
    assert (entry.version_before, entry.version_after) == (1, 2)
    assert perform("app.create", actor=shop.bob, ref=Ref("tenant", "boutique"),
                   data={"name": "shop2", "image": "registry.example.com/shop:1"}).changed  # fmt: skip


def test_the_first_process_of_an_app_is_called_as_its_maker_says(shop: Shop) -> None:
    data = {"name": "crawler", "image": "registry.example.com/crawler:1", "process": "worker"}
    perform("app.create", actor=shop.bob, ref=Ref(TENANT, "boutique"), data=data)
    perform("app.create", actor=shop.bob, ref=Ref(TENANT, "boutique"), data={"name": "site", "image": "nginx:1"})

    rows = Revision.objects.filter(app__name__in=("crawler", "site")).order_by("app__name")
    assert [[one.name for one in load(row.spec).processes] for row in rows] == [["worker"], ["web"]]
