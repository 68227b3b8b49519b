"""What a release leaves to other managers on one cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from apps_mgmt.leaving import field_title
from apps_mgmt.rendering import key_of
from apps_mgmt.spec.names import CANARY
from apps_mgmt.values import Left
from portal.errors import Refused
from releases.lanes import Lane
from releases.scaled import AUTOSCALER, REPLICAS
from releases.second_track import KINDS


def on(lane: Lane, left: Iterable[Left], *, strategy: str, stopped: bool = False) -> dict[str, dict[str, str]]:
    """`{key: {field: manager}}` of the objects of a lane. Raises Refused where the strategy needs what is left.

    Who stops an app takes all instances, whoever has their number: none is left to anybody then.
    """
    keys = {key_of(manifest) for manifest in (*lane.manifests, *lane.second.manifests)}
    beside = {f"{row['kind']}/{row['name']}" for row in lane.second.workloads}
    found: dict[str, dict[str, str]] = {}
    for one in left:
        if one.cluster != lane.cluster_name or one.object not in keys:
            continue
        # Every release changes the numbers of a second track, which is there for a while only.
        if one.field == REPLICAS and (stopped or one.object in beside):
            continue
        found.setdefault(one.object, {})[one.field] = one.manager
    counted = {key: fields[REPLICAS] for key, fields in found.items() if REPLICAS in fields}
    if why := _hindered(lane, counted, strategy=strategy):
        raise Refused(why)
    return found


def _hindered(lane: Lane, counted: Mapping[str, str], *, strategy: str) -> str:
    """Why a strategy that changes numbers of instances on the way cannot go; blank where it can. `counted`: of which
    workloads the number is another manager's, and which one's.
    """
    trading = {f"{row['kind']}/{row['name'].removesuffix(CANARY)}" for row in lane.second.workloads}
    down, traded = strategy == "recreate", [key for key in counted if key in trading]
    if not counted or not (down or (traded and strategy in KINDS)):
        return ""
    key = next(iter(counted)) if down else traded[0]
    scaled = _(
        "An autoscaler (HorizontalPodAutoscaler) that is not Slipway's has set the number of instances of {what} on "
        "{cluster}, so they cannot be replaced some at a time. Delete the autoscaler there and take the number over "
        "(drift.take_over), or choose the strategy rolling (release.strategy)."
    )
    kept = _(
        "{what} on {cluster} has its number of instances left to {manager}, so they cannot be replaced some at a time. "
        "Take the number over (drift.take_over), or choose the strategy rolling (release.strategy)."
    )
    taken_down = _(
        "{what} on {cluster} has its number of instances left to {manager}, so it cannot be taken down first. "
        "Take the number over, or choose another strategy."
    )
    sentence = taken_down if down else scaled if counted[key] == AUTOSCALER else kept
    what = key if down else key.partition("/")[2]
    return sentence.format(what=what, cluster=lane.cluster_name, manager=counted[key])


def stays(left: Left) -> str:
    """That a release changes nothing about a field, whatever it would set there, in a sentence."""
    sentence = _("The {field} of {what} on {cluster} stays with {manager}, as {by} left it. A release leaves it alone.")
    if not left.by:
        sentence = _("The {field} of {what} on {cluster} stays with {manager}, to whom it was left.")
    what = left.object.partition("/")[2]
    words = {"what": what, "cluster": left.cluster, "manager": left.manager, "by": left.by}
    return sentence.format(field=field_title(left.field), **words)
