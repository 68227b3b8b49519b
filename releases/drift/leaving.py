"""What a release leaves to other managers on one cluster."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps_mgmt.leaving import field_title
from apps_mgmt.rendering import key_of
from apps_mgmt.values import Left
from portal.errors import Refused
from releases.lanes import Lane
from releases.scaled import REPLICAS


def on(lane: Lane, left: Iterable[Left], *, strategy: str, stopped: bool = False) -> dict[str, dict[str, str]]:
    """`{key: {field: manager}}` of the objects of a lane. Raises Refused where the strategy needs what is left.

    Who stops an app takes all instances, whoever has their number: none is left to anybody then.
    """
    keys = {key_of(manifest) for manifest in lane.manifests}
    found: dict[str, dict[str, str]] = {}
    for one in left:
        if one.cluster == lane.cluster_name and one.object in keys and not (stopped and one.field == REPLICAS):
            found.setdefault(one.object, {})[one.field] = one.manager
    counted = [key for key, fields in found.items() if REPLICAS in fields]
    if counted and strategy == "recreate":
        sentence = _(
            "{what} on {cluster} has its number of instances left to {manager}, so it cannot be taken down first. "
            "Take the number over, or choose another strategy."
        )
        manager = found[counted[0]][REPLICAS]
        raise Refused(sentence.format(what=counted[0], cluster=lane.cluster_name, manager=manager))
    return found


def stays(left: Left) -> str:
    """That a release changes nothing about a field, whatever it would set there, in a sentence."""
    sentence = _("The {field} of {what} on {cluster} stays with {manager}, as {by} left it. A release leaves it alone.")
    if not left.by:
        sentence = _("The {field} of {what} on {cluster} stays with {manager}, to whom it was left.")
    what = left.object.partition("/")[2]
    words = {"what": what, "cluster": left.cluster, "manager": left.manager, "by": left.by}
    return sentence.format(field=field_title(left.field), **words)
