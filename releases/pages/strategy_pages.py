"""The strategies that a tenant saved, each with its versions and the apps that took one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps_mgmt.models import App, StrategyVersion
from apps_mgmt.operations.releasing.step_rows import KINDS as STEPS
from apps_mgmt.operations.releasing.strategy import KINDS
from apps_mgmt.strategies import DEFAULT
from portal import access
from portal.access import Actor, Ref, permissions
from tenants.models import Tenant

USED = "draft__spec__release__strategy__saved"


@login_required
@require_safe
def of_tenant(request: HttpRequest, tenant: str) -> HttpResponse:
    """What apps of the tenant can take, then what nobody can take any more."""
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref("tenant", tenant), permissions.TENANT_VIEW)
    may_change = permissions.TENANT_STRATEGIES in access.rights(actor, tenant_id=found.pk) and not found.suspended
    form = reverse("tenant-operation", args=[found.name, "strategy.save"])
    retire = reverse("tenant-operation", args=[found.name, "strategy.retire"])
    by_name: dict[str, list[StrategyVersion]] = defaultdict(list)
    for row in found.strategies.order_by("name", "-number"):
        by_name[row.name].append(row)
    apps = access.visible(actor, App, permissions.APP_VIEW).filter(tenant=found, deleted_at=None)
    used = _used(apps.exclude(**{USED: ""}).values_list("name", USED, f"{USED}_version").order_by("name"))
    rows: list[dict[str, Any]] = []
    for name, versions in by_name.items():
        query = urlencode({"name": name})
        rows.append(
            {
                "name": name,
                "retired": versions[0].retired,
                "is_default": name == DEFAULT and not versions[0].retired,
                "versions": [_version(one, used[name, one.number]) for one in versions],
                "save_url": f"{form}?{query}" if may_change else "",
                "retire_url": f"{retire}?{query}" if may_change and not versions[0].retired else "",
            }
        )
    rows.sort(key=lambda row: bool(row["retired"]))
    context = {"tenant": found, "rows": rows, "save_url": form if may_change else ""}
    return render(request, "releases/strategies.html", context)


def _used(rows: Iterable[tuple[str, str | None, int | None]]) -> dict[tuple[str, int], list[str]]:
    """The apps whose draft has a version of a strategy."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for app, name, number in rows:
        if name:
            found[name, number or 0].append(app)
    return found


def _detail(strategy: dict[str, Any]) -> str:
    """How much at a time, and how long in between."""
    if strategy["kind"] == "blue-green":
        return _("The old set is kept for {seconds} s.").format(seconds=strategy["keep"])
    if strategy["kind"] != "batches":
        return ""
    if strategy["batch_pause"] < 0:
        return _("{batch} at a time; somebody lets each next batch go on.").format(batch=strategy["batch"])
    return _("{batch} at a time, {seconds} s in between.").format(
        batch=strategy["batch"], seconds=strategy["batch_pause"]
    )


def _version(row: StrategyVersion, apps: list[str]) -> dict[str, Any]:
    strategy = row.strategy
    steps = [{"title": STEPS.get(one["kind"], (one["kind"], ()))[0], "name": one["name"]} for one in strategy["steps"]]
    return {
        "number": row.number,
        "title": row.title,
        "kind": dict(KINDS).get(strategy["kind"], strategy["kind"]),
        "detail": _detail(strategy),
        "steps": steps,
        "by": row.actor_name,
        "at": row.created_at,
        "apps": apps,
    }
