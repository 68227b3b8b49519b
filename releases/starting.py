"""What a release finds when its turn comes: which target of which release each of its clusters would return to."""

from __future__ import annotations

import uuid

from apps_mgmt.models import Deployed
from releases.models import Release, Target


def look_back(release: Release) -> None:
    """Point each target at what runs on its cluster now, as the last release that ended well there left it."""
    running = dict(Deployed.objects.filter(app_id=release.app_id).values_list("cluster_id", "release_id"))
    targets = list(Target.objects.filter(release=release).defer("manifests"))
    known = Target.objects.filter(release_id__in=[pk for pk in running.values() if pk]).defer("manifests")
    by_place: dict[tuple[uuid.UUID | None, uuid.UUID], Target] = {
        (one.release_id, one.cluster_id): one for one in known
    }
    for target in targets:
        target.before = by_place.get((running.get(target.cluster_id), target.cluster_id))
    Target.objects.bulk_update(targets, ["before"])
