"""The spec of an app as groups of lines, each with the form of the operation that changes it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps_mgmt.drafts import deployed_revision, spec_of
from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec, EnvVar, Probe, Process, Waves, diff, load
from portal import access
from portal.access import Actor, permissions
from releases.pages import links

Line = dict[str, Any]


class Pencils:
    """Addresses of forms, for what this person may do and the lock allows."""

    def __init__(self, app: App, actor: Actor) -> None:
        self.app = app
        self.held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)

    def url(self, right: str, operation: str, **fields: object) -> str:
        if right not in self.held or self.app.locked_reason or self.app.tenant.suspended:
            return ""
        return links.form_url(self.app, operation, **fields)

    def history(self, **filters: str) -> str:
        """Where the log says who changed it, for those who may see that."""
        if permissions.AUDIT_VIEW not in self.held:
            return ""
        return f"{links.page_url('app-activity', self.app)}?{urlencode(filters)}"

    def action(self, title: str, right: str, operation: str, icon: str = "plus", **fields: object) -> list[Line]:
        url = self.url(right, operation, **fields)
        return [{"title": title, "url": url, "icon": icon, "tone": "quiet"}] if url else []


def groups(app: App, actor: Actor) -> list[dict[str, Any]]:
    """The groups of the configuration page. Lines that the next deploy changes are marked."""
    spec, pencils = spec_of(app), Pencils(app, actor)
    running = deployed_revision(app)
    changed = {one.path for one in diff(load(running.spec), spec)} if running else set()

    def mark(line: Line, *paths: str) -> Line:
        return line | {"changed": any(one.startswith(path) for one in changed for path in paths)}

    return [
        {
            "title": _("Image"),
            "lines": [
                mark(
                    {
                        "title": one.name,
                        "value": one.image,
                        "mono": True,
                        "url": pencils.url(permissions.APP_CONFIGURE, "image.set", process=one.name),
                        "history": pencils.history(q=f"{one.name} image"),
                    },
                    f"processes.{one.name}.image",
                )
                for one in spec.processes
            ],
            "empty": _("The app has no process yet."),
        },
        {
            "title": _("Processes"),
            "lines": [
                mark(line, f"processes.{one.name}.{field}")
                for one in spec.processes
                for field, line in _process_lines(one, pencils)
            ],
        },
        {
            "title": _("Variables"),
            "actions": [
                *pencils.action(_("Set variables"), permissions.APP_CONFIGURE, "env.set"),
                *pencils.action(_("Set a secret"), permissions.APP_SECRETS, "secret.set", "key-round"),
                *pencils.action(_("Remove"), permissions.APP_CONFIGURE, "env.unset", "trash-2"),
            ],
            "lines": [
                *(mark(_variable(one, "", pencils), f"env.{one.name}") for one in spec.env),
                *(
                    mark(_variable(one, process.name, pencils), f"processes.{process.name}.env.{one.name}")
                    for process in spec.processes
                    for one in process.env
                ),
            ],
            "empty": _("No variables yet."),
        },
        {
            "title": _("Network"),
            "actions": pencils.action(_("Add a port"), permissions.APP_NETWORK, "port.add"),
            "lines": [*_ports(spec), *_routes(spec), *_dependencies(spec)],
            "empty": _("The app listens nowhere."),
        },
        {
            "title": _("Health"),
            "actions": _first_checks(spec, pencils),
            "lines": _health(spec, pencils, mark),
            "empty": _("No health checks."),
        },
        {
            "title": _("Placement"),
            "lines": [
                mark(
                    {
                        "title": _("Clusters"),
                        "values": [_target(one) for one in spec.placement.targets],
                        "url": pencils.url(permissions.APP_SCALE, "placement.targets"),
                    },
                    "placement.targets",
                )
            ],
        },
        {
            "title": _("Release"),
            "lines": [
                mark(
                    {
                        "title": _("Strategy"),
                        "values": [spec.release.strategy.kind, *(one.name for one in spec.release.strategy.steps)],
                        "url": pencils.url(permissions.APP_DEPLOY, "release.strategy"),
                    },
                    "release.strategy",
                ),
                mark(
                    {
                        "title": _("Before and after"),
                        "values": [one.name for one in (*spec.release.hooks.before, *spec.release.hooks.after)],
                        "url": pencils.url(permissions.APP_DEPLOY, "release.hooks"),
                    },
                    "release.hooks",
                ),
                mark(
                    {
                        "title": _("Across clusters"),
                        "values": _waves(spec.release.waves),
                        "url": pencils.url(permissions.APP_DEPLOY, "release.waves"),
                    },
                    "release.waves",
                ),
                mark(
                    {
                        "title": _("Automatic rollback"),
                        "value": _("on")
                        if spec.release.auto_rollback.on
                        else _("off: a failed release offers Roll back"),
                        "url": pencils.url(permissions.APP_DEPLOY, "release.auto_rollback"),
                    },
                    "release.auto_rollback",
                ),
            ],
        },
    ]


def _waves(waves: Waves) -> list[str]:
    """The order over clusters in a few words."""
    named = [", ".join(wave.clusters) for wave in waves.order]
    return [*named, waves.across.replace("-", " ")]


def _process_lines(process: Process, pencils: Pencils) -> list[tuple[str, Line]]:
    amounts = process.resources
    scaling = (
        _("{least} to {most}, by itself").format(least=process.autoscaler.least, most=process.autoscaler.most)
        if process.autoscaler
        else str(process.replicas)
    )
    size = [amounts.size] if amounts.size else []
    for title, request, limit in (
        (_("CPU"), amounts.cpu_request, amounts.cpu_limit),
        (_("memory"), amounts.memory_request, amounts.memory_limit),
    ):
        if request or limit:
            size.append(f"{title} {request or '—'} / {limit or '—'}")
    return [
        (
            "replicas",
            {
                "title": _("{process}: instances").format(process=process.name),
                "value": scaling,
                "url": pencils.url(permissions.APP_SCALE, "process.scale", process=process.name),
                "history": pencils.history(q=f"{process.name} replicas"),
            },
        ),
        ("resources", {"title": _("{process}: size").format(process=process.name), "values": size}),
        ("kind", {"title": _("{process}: workload").format(process=process.name), "value": process.kind}),
    ]


def _variable(one: EnvVar, process: str, pencils: Pencils) -> Line:
    title = _("{process}: {name}").format(process=process, name=one.name) if process else one.name
    return _value(one, process, pencils) | {"title": title, "history": pencils.history(q=one.name)}


def _value(one: EnvVar, process: str, pencils: Pencils) -> Line:
    if one.secret is not None:
        url = pencils.url(permissions.APP_SECRETS, "secret.set", name=one.name, process=process)
        value = _("secret, version {version}").format(version=one.secret.version)
        return {"value": value, "secret": True, "url": url}
    if one.reference is not None:
        return {"value": str(one.reference.model_dump(exclude_defaults=True)), "mono": True}
    url = pencils.url(permissions.APP_CONFIGURE, "env.set", name=one.name, process=process)
    return {"value": one.value, "mono": True, "url": url}


def _ports(spec: AppSpec) -> list[Line]:
    return [
        {
            "title": _("{process}: port {name}").format(process=process.name, name=port.name),
            "value": f"{port.port} {port.protocol}, {port.exposure}",
        }
        for process in spec.processes
        for port in process.ports
    ]


def _routes(spec: AppSpec) -> list[Line]:
    return [
        {"title": _("Route"), "value": f"{one.host}{one.path} → {one.process}", "mono": True} for one in spec.routes
    ]


def _dependencies(spec: AppSpec) -> list[Line]:
    if not spec.dependencies:
        return []
    return [{"title": _("Needs"), "values": [one.app for one in spec.dependencies]}]


def _first_checks(spec: AppSpec, pencils: Pencils) -> list[Line]:
    """For the first process that nobody asks yet whether it is well."""
    bare = next((one.name for one in spec.processes if not (one.probes.readiness or one.probes.liveness)), "")
    if not bare:
        return []
    return pencils.action(_("Add a health check"), permissions.APP_CONFIGURE, "probe.path", process=bare)


def _health(spec: AppSpec, pencils: Pencils, mark: Any) -> list[Line]:
    return [
        mark(
            {
                "title": f"{process.name}: {name}",
                "value": _probe(probe),
                "mono": True,
                "url": pencils.url(permissions.APP_CONFIGURE, "probe.path", process=process.name)
                if _has_path(process, name)
                else "",
            },
            f"processes.{process.name}.probes.{name}",
        )
        for process in spec.processes
        for name, probe in process.probes.given()
    ]


def _has_path(process: Process, name: str) -> bool:
    """Whether the form for the path changes this probe, and none that is of another kind."""
    both = (process.probes.readiness, process.probes.liveness)
    return name != "startup" and all(one is None or one.kind == "http" for one in both)


def _probe(probe: Probe) -> str:
    where = {"http": probe.path, "exec": " ".join(probe.command)}.get(probe.kind, "")
    return f"{probe.kind} {probe.port} {where}".strip()


def _target(target: Any) -> str:
    if target.own is not None:
        return _("{cluster}: {own} of its own").format(cluster=target.cluster, own=target.own)
    return _("{cluster}: weight {weight}").format(cluster=target.cluster, weight=target.weight)
