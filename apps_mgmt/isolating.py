"""What a release brings of the isolation of its tenant, as rows beside what differs in the settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from tenants.isolation import Isolation

PATH = "isolation"


def rows_of_isolation(
    app: App, made: Mapping[str, Isolation], *, clusters: Collection[str], brought: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Rows {path, label, before, after, kind} from each isolation of then to the one that a release brings.

    `made`: cluster → the isolation under which what stands there was made, where that may be another one. `clusters`
    are all where something stands; a row says which it is about, unless it is about them all. `brought` is what the
    release wrote into instances (`Isolation.of_pods`), today's isolation of the tenant if it is not given.
    """
    now = Isolation.load(app.tenant.isolation)
    if brought is not None and brought != now.of_pods:
        now = Isolation.of_instances(brought)
    places: dict[str, list[str]] = {}
    for cluster in sorted(clusters):
        if cluster in made and made[cluster].of_pods != now.of_pods:
            places.setdefault(Isolation.of_instances(made[cluster].of_pods).words, []).append(cluster)
    label = _("Isolation of the tenant")
    return [
        {
            "path": PATH,
            "label": label if len(names) == len(clusters) else f"{label} ({', '.join(names)})",
            "before": words,
            "after": now.words,
            "kind": "changed",
        }
        for words, names in places.items()
    ]
