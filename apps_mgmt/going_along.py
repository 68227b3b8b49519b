"""What goes along with an edit when it is deployed: the changes of the draft that waited before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt import drafts, preview_rows, previewing
from apps_mgmt.drafts import Undeployed
from apps_mgmt.models import App, Revision
from apps_mgmt.previewing import Grants
from apps_mgmt.spec import AppSpec, as_restarted, load


def with_edit(app: App, after: AppSpec, *, there: Mapping[str, Revision], grants: Grants) -> Mapping[str, Any] | None:
    """See `Preview.deploying`: what deploying `after`, an edit of the app's draft, brings against what stands
    `there`.

    None where nothing but the edit would go out, where the edit leads back to what runs, and where nothing of the app
    runs yet: then all of it is new.
    """
    waiting = drafts.undeployed(app, standing=there) if there else None
    if waiting is None or not waiting.count:
        return None
    were = {cluster: load(revision.spec) for cluster, revision in there.items()}
    after = as_restarted(after, were)
    new, old = previewing.rendered(app, after, grants=grants), previewing.as_they_were(app, were, grants=grants)
    names = [one.cluster for one in new]
    manifests, recreates = previewing.changed_objects(old, new, left=sorted(old.keys() - {*names}))
    rows = preview_rows.rows_by_cluster(names, were, after)
    if not rows and not manifests:
        return None
    return {
        "undeployed": waiting.count,
        "sentence": _sentence(waiting),
        "spec": rows,
        "manifests": manifests,
        "recreates": recreates,
    }


def _sentence(waiting: Undeployed) -> str:
    if not waiting.drafted:
        sentence = _("Nothing of it is on {clusters} yet. That goes with it when you deploy.")
        return sentence.format(clusters=", ".join(waiting.missing))
    if not waiting.changes:
        return _("The draft differs from what runs already. That goes with it when you deploy.")
    if waiting.more:
        return _("More than {number} undeployed changes go with it when you deploy.").format(number=waiting.count)
    sentence = ngettext(
        "{number} undeployed change goes with it when you deploy.",
        "{number} undeployed changes go with it when you deploy.",
        waiting.count,
    )
    return sentence.format(number=waiting.count)
