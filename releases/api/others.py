"""What others have of an app's objects on its clusters, as the API tells it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps_mgmt.models import App
from releases.drift.comparing import Drift
from releases.drift.looking import is_left, last_said, looked, untold


class OthersShape(serializers.Serializer[Any]):
    """A field of an object on a cluster that another manager has."""

    cluster = serializers.CharField()
    object = serializers.CharField()
    field = serializers.CharField()
    manager = serializers.CharField()


class DriftShape(OthersShape):
    """A field that Slipway set and another manager has changed, or which is gone; or what another manager added to the
    instances. Secret values are null.
    """

    since = serializers.DateTimeField(allow_null=True)
    value = serializers.JSONField(allow_null=True)
    gone = serializers.BooleanField(help_text="It is not there any more; value is what is in its place.")
    added = serializers.BooleanField(help_text="Slipway sets nothing there; value is the image of a container.")
    deployed = serializers.JSONField(
        allow_null=True, help_text="What Slipway set; null where a release wanted another value, and met the conflict."
    )
    wanted = serializers.JSONField(allow_null=True, help_text="What a release wanted to set, and met the conflict.")
    release = serializers.IntegerField(allow_null=True, help_text="The number of that release.")
    left = serializers.BooleanField(help_text="Whether releases leave it to that manager.")


class SharedShape(OthersShape):
    """A field that another manager has at the very value that Slipway set: a release that sets another one is refused.
    Secret values are null.
    """

    since = serializers.DateTimeField(allow_null=True)
    value = serializers.JSONField(allow_null=True)
    left = serializers.BooleanField(help_text="Whether releases leave it to that manager.")


class LeftShape(OthersShape):
    """A field that releases leave to another manager."""

    by = serializers.CharField()
    at = serializers.DateTimeField()


class UntoldShape(serializers.Serializer[Any]):
    """An object of which others have more fields that Slipway set than drift and shared say, which are the first."""

    cluster = serializers.CharField()
    object = serializers.CharField()
    count = serializers.IntegerField(help_text="How many more there are.")


def others_of(app: App) -> dict[str, Any]:
    """What others changed, have at the same value, and were left."""
    seen = last_said(app)
    drift, shared = looked(app, seen=seen)
    more = untold(app, seen=seen)
    return {
        "drift": [_drift(app, one) for one in drift],
        "shared": [_shared(app, one) for one in shared],
        "untold": [{"cluster": cluster, "object": key, "count": count} for cluster, key, count in more],
        "left": app.left,
    }


def _shared(app: App, drift: Drift) -> dict[str, Any]:
    whose = {"cluster": drift.cluster, "object": drift.object, "field": drift.field, "manager": drift.manager}
    return {**whose, "since": drift.at, "value": drift.live, "left": is_left(app, drift)}


def _drift(app: App, drift: Drift) -> dict[str, Any]:
    return {
        "cluster": drift.cluster,
        "object": drift.object,
        "field": drift.field,
        "manager": drift.manager,
        "since": drift.at,
        "value": drift.live,
        "gone": drift.gone,
        "added": drift.added,
        "deployed": drift.ours if drift.release is None else None,
        "wanted": drift.ours if drift.release is not None else None,
        "release": drift.release,
        "left": is_left(app, drift),
    }
