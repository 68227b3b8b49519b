"""What a release finds when its turn comes: which target of which release each of its clusters would return to."""

from __future__ import annotations

import uuid

from apps_mgmt.models import Deployed
from releases.loading import HEAVY
from releases.models import Release, Target


def look_back(release: Release) -> list[Target]:
    """Point each target at what runs on its cluster now, as the last release that ended well there left it.

    The targets come back, without what is heavy.
    """
    running = dict(Deployed.objects.filter(app_id=release.app_id).values_list("cluster_id", "release_id"))
    targets = list(Target.objects.filter(release=release).defer(*HEAVY))
    known = Target.objects.filter(release_id__in=[pk for pk in running.values() if pk]).defer(*HEAVY)
    by_place: dict[tuple[uuid.UUID | None, uuid.UUID], Target] = {
        (one.release_id, one.cluster_id): one for one in known
    }
    was = [target.before_id for target in targets]
    for target in targets:
        target.before = by_place.get((running.get(target.cluster_id), target.cluster_id))
    changed = [target for target, before_id in zip(targets, was, strict=True) if target.before_id != before_id]
    Target.objects.bulk_update(changed, ["before"])
    return targets
