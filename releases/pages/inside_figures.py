"""How an app is reached from inside its clusters."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from apps_mgmt.rendering import object_name
from apps_mgmt.spec import AppSpec


def inside(app: App, spec: AppSpec, standing: Mapping[str, AppSpec], *, granted: Mapping[str, str]) -> dict[str, str]:
    """At which addresses the app is reached inside its clusters, and what each is called: by cluster where it is not
    the same one on all of them. What stands counts (cluster → spec); where nothing does yet, what the draft says.
    """
    drafted = [row.cluster for row in spec.placement.targets] or list(granted)
    specs = standing or dict.fromkeys(drafted, spec)
    found: dict[str, list[str]] = {}
    for cluster, one in specs.items():
        ports = [(process.name, port) for process in one.processes for port in process.ports]
        for name, port in [(name, port) for name, port in ports if port.exposure != "hidden"][:3]:
            if cluster in granted:
                text = f"{object_name(app.name, name)}.{granted[cluster]}:{port.outside}"
                found.setdefault(text, []).append(cluster)
    everywhere = len(granted.keys() & specs.keys())
    sentence = _("Inside {clusters}")
    return {
        text: _("Inside") if len(there) == everywhere else sentence.format(clusters=", ".join(there))
        for text, there in found.items()
    }
