"""Going back behind a takeover gives the workload back; it goes only with its app, which says so."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from releases.models import Target
from tests.cluster.shop import DEPLOYMENTS
from tests.releases.live import wait_for
from tests.releases.test_adopting import ONE, TWO, Takeover, takeover

__all__ = ["takeover"]

pytestmark = pytest.mark.django_db(transaction=True)
LET_GO = (
    "frontend on north ran before Slipway did. It is let go, not removed: it runs on as it is, and is no longer a part "
    "of shop."
)


def warned(takeover: Takeover, operation: str, **data: Any) -> list[str]:
    ref = Ref(APP, "boutique", "shop")
    actor = takeover.alice if operation == "app.delete" else takeover.bob
    preview = perform(operation, actor=actor, ref=ref, data=data, dry_run=True).preview
    return [str(one) for one in preview.warnings] if preview else []


def manifests(takeover: Takeover, operation: str, **data: Any) -> dict[tuple[str, str], str]:
    preview = perform(operation, actor=takeover.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
    assert preview is not None
    return {(one["kind"], one["name"]): one["state"] for one in preview.manifests if "state" in one}


def release(takeover: Takeover, operation: str = "release.start", **data: Any) -> None:
    takeover.ends(int(takeover.do(operation, **data).result["release"]))


def taken_beside_web(takeover: Takeover) -> None:
    """Release 1 brings `web`, release 2 takes the workload over beside it."""
    release(takeover)
    release(takeover, "app.adopt", cluster="north", workload="frontend", process="legacy")


def secrets(takeover: Takeover) -> set[str]:
    spec = takeover.live()["spec"]["template"]["spec"]
    return {
        row["valueFrom"]["secretKeyRef"]["name"]
        for row in spec["containers"][0].get("env") or ()
        if "secretKeyRef" in row.get("valueFrom", {})
    }


@pytest.mark.parametrize(
    ("operation", "asked"), [("release.rollback", {}), ("release.redeploy", {"release": 1})], ids=["back", "again"]
)
def test_going_back_behind_the_takeover_lets_it_go(takeover: Takeover, operation: str, asked: dict[str, Any]) -> None:
    taken_beside_web(takeover)
    before, pods = takeover.live(), takeover.pods()
    assert LET_GO in warned(takeover, operation, **asked)
    assert manifests(takeover, operation, **asked)["Deployment", "frontend"] == "let_go"
    release(takeover, operation, **asked)
    after = takeover.live()
    assert (after["metadata"]["uid"], takeover.pods()) == (before["metadata"]["uid"], pods)
    assert takeover.labels() == {}
    assert after["spec"]["template"] == before["spec"]["template"]
    entries = after["metadata"].get("managedFields") or []
    assert not [one for one in entries if one["manager"].startswith("slipway")]
    wait_for(lambda: not takeover.told() & set(pods), what=lambda: "its instances are still told of")
    takeover.do("draft.discard")
    release(takeover, "app.adopt", cluster="north", workload="frontend", process="legacy")
    assert takeover.pods() == pods


def let_go_at(takeover: Takeover, replicas: int) -> None:
    """Let go by going back, and scaled by its owner since."""
    taken_beside_web(takeover)
    release(takeover, "release.rollback", release=1)
    takeover.outsider.scale("frontend", replicas)
    wait_for(lambda: len(takeover.pods()) == replicas, what=lambda: f"there are {takeover.pods()}")


AGAIN: list[Any] = [("release.rollback", {"release": 2}), ("release.redeploy", {"release": 2}), ("release.start", {})]


@pytest.mark.parametrize(("operation", "asked"), AGAIN, ids=["back", "again", "draft"])
def test_what_is_taken_over_once_more_says_how_many_instances_are_cut(
    takeover: Takeover, operation: str, asked: dict[str, Any]
) -> None:
    let_go_at(takeover, 6)
    told = "frontend on north, which was let go, is taken over again, and its 6 instances become 3."
    assert told in warned(takeover, operation, **asked)
    assert f"When this is deployed: {told}" in warned(takeover, "process.scale", process="web", replicas=5)
    done = takeover.do(operation, **asked).result
    assert told in done["warnings"]
    takeover.ends(int(done["release"]))
    assert told not in warned(takeover, "release.start"), "it is the app's already"


def test_one_that_was_changed_meanwhile_is_said_to_be_refused_and_what_helps_does(takeover: Takeover) -> None:
    let_go_at(takeover, 4)
    image = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": TWO}
    takeover.outsider.edit(DEPLOYMENTS, "frontend", image)
    wait_for(lambda: list(takeover.pods().values()) == [TWO] * 4, what=lambda: f"they run {takeover.pods()}")
    (told,) = [one for one in warned(takeover, "release.rollback", release=2) if "taken over again" in one]
    assert told.startswith(
        "frontend on north, which was let go, cannot be taken over again as it was: spec.template.spec.containers[0]."
        "image differs there by now, so its instances would start anew, and the release is refused there."
    )
    assert "discard it (draft.discard), and take the workload over as it is now (app.adopt)" in told
    takeover.do("draft.discard")
    release(takeover, "app.adopt", cluster="north", workload="frontend", process="legacy")
    assert list(takeover.pods().values()) == [TWO] * 4


def test_what_it_reads_by_then_stays_with_it(takeover: Takeover) -> None:
    taken_beside_web(takeover)
    takeover.do("secret.set", process="legacy", name="TOKEN", value="s3cret-value")
    takeover.do("image.set", process="legacy", image=TWO)
    release(takeover)
    takeover.runs(TWO)
    release(takeover, "release.rollback", release=1)
    takeover.runs(TWO)
    read = secrets(takeover)
    assert len(read) == 1
    for name in read:
        assert "slipway.dev/app-id" not in takeover.outsider.get("v1/secrets", name)["metadata"].get("labels", {})


def test_a_takeover_that_ended_half_way_is_let_go_by_the_next_release(takeover: Takeover) -> None:
    release(takeover)
    number = int(takeover.do("app.adopt", cluster="north", workload="frontend", process="legacy").result["release"])
    takeover.ends(number)
    # As if nobody had got to know that it came through.
    rows = Target.objects.get(release__app=takeover.app, release__number=number)
    rows.workloads = [row for row in rows.workloads if not row.get("adopted")]
    rows.save()
    pods = takeover.pods()
    release(takeover, "release.rollback", release=1)
    assert (takeover.pods(), takeover.labels()) == (pods, {})


def test_with_its_app_it_is_deleted_and_that_is_said_before(takeover: Takeover) -> None:
    taken_beside_web(takeover)
    assert list(takeover.pods().values()) == [ONE] * 3
    assert "frontend on north ran before Slipway did. It is deleted, too." in warned(
        takeover, "app.delete", confirm="shop"
    )
    takeover.do("app.delete", confirm="shop")
    wait_for(lambda: not takeover.outsider.exists(DEPLOYMENTS, "frontend"), what=lambda: "it is still there")
