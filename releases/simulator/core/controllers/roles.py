"""ClusterRoles that are put together from others, by labels."""

from __future__ import annotations

from ..kinds import CLUSTER_ROLE
from ..objects import Object, labels_of
from ..selectors import selector_matches
from ..world import World


def reconcile(world: World, key: tuple[str, str]) -> None:
    """Give one such role the rules of all that its selectors choose."""
    role = world.store.get(CLUSTER_ROLE, *key)
    if role is None or "aggregationRule" not in role:
        return
    chosen = role["aggregationRule"].get("clusterRoleSelectors") or ()
    rules: list[Object] = []
    for other in sorted(world.store.each(CLUSTER_ROLE), key=lambda row: row["metadata"]["name"]):
        if other is not role and any(selector_matches(selector, labels_of(other)) for selector in chosen):
            rules += [rule for rule in other.get("rules") or () if rule not in rules]
    world.update(CLUSTER_ROLE, role, {**role, "rules": rules})
