"""A canary goes back in batches: what leads to both of its tracks meanwhile is as it was before the release."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps_mgmt.models import App
from portal.outbox.models import OutboxRow
from releases.carrying import led
from releases.effects import SetTraffic, load
from releases.engine import EFFECT
from releases.models import Target
from tests.releases.canary import HOST, ROUTED, Canary

pytestmark = pytest.mark.django_db
ADDED = "/only-in-the-new-one"


def test_what_the_release_added_to_a_route_is_not_published_on_the_way_back() -> None:
    stage = Canary(capabilities=ROUTED)
    stage.on_app("release.auto_rollback", on=True, pace="in-batches")
    draft = App.objects.select_related("draft").get(pk=stage.app.pk).draft
    assert draft is not None
    draft.spec["routes"] = [{"host": HOST, "process": "web"}, {"host": HOST, "path": ADDED, "process": "web"}]
    draft.save()
    number = stage.waits()
    target = Target.objects.get(release=stage.release(number), cluster_id=stage.north.pk)
    assert ADDED in json.dumps(target.manifests)

    stage.on_release("release.abort", number)
    moved = _moved(stage)
    assert any(key.startswith("HTTPRoute/") for key in moved.objects)
    assert any(key.startswith("Service/") for key in moved.objects)
    written = led(moved, target)
    assert len(written) == len(moved.objects)
    assert ADDED not in json.dumps(written)


def _moved(stage: Canary) -> SetTraffic:
    """What is sent to north before the batches."""
    stage.work()
    rows = OutboxRow.objects.filter(kind=EFFECT, payload__cluster=str(stage.north.pk)).order_by("-pk")
    effect: Any = next(one for row in rows if isinstance(one := load(row.payload["effect"]), SetTraffic))
    assert isinstance(effect, SetTraffic) and effect.doors == "both"
    return effect
