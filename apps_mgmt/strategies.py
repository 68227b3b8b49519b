"""The strategies that a tenant saved: the newest version of each, as operations see it, and how changes are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.models import StrategyVersion
from apps_mgmt.spec import Strategy
from apps_mgmt.spec.unsigned import unsigned_in
from portal.errors import Refused
from tenants.models import Tenant

DEFAULT = "default"
"""The name of the saved strategy that new apps begin with, where the tenant has one."""

OWN = frozenset({"preview_host", "saved", "saved_version"})
"""What of a strategy is an app's own, and is not saved with it."""


@dataclass(frozen=True)
class SavedStrategy:
    """The newest version of a saved strategy; `number` is 0 of one that is about to be saved for the first time."""

    name: str
    title: str
    strategy: Strategy
    number: int = 0


def of(tenant: Tenant) -> tuple[SavedStrategy, ...]:
    """What apps of the tenant can take, by name."""
    rows = tenant.strategies.order_by("name", "-number").distinct("name")
    return tuple(
        SavedStrategy(row.name, row.title, Strategy.model_validate(row.strategy), row.number)
        for row in rows
        if not row.retired
    )


def newest(tenant: Tenant, name: str) -> StrategyVersion | None:
    """The version that an app gets now; None where there is none of that name, or nobody shall take it any more."""
    found = tenant.strategies.filter(name=name).order_by("-number").first()
    return None if found is None or found.retired else found


def resolved(tenant: Tenant, name: str) -> dict[str, Any]:
    """`{saved, content, saved_version}` of a saved strategy at this moment; no content where there is none."""
    found = newest(tenant, name)
    return {
        "saved": name,
        "content": unsigned_in(found.strategy) if found else None,
        "saved_version": found.number if found else 0,
    }


def taken(given: Mapping[str, Any], *, field: str = "saved") -> Strategy:
    """What was resolved, as an app has it from now on, whatever becomes of that. Refused where there was none."""
    if not given["content"]:
        sentence = _("The tenant has no strategy {name}. Choose one of those it saved, or say what you want here.")
        raise Refused(sentence.format(name=given["saved"]), field=field)
    own = {name: given[name] for name in OWN if name in given}
    return Strategy.model_validate({**given["content"], **own})


def choices(tenant: Tenant) -> list[tuple[str, str]]:
    return [(one.name, f"{one.title} ({one.number})") for one in of(tenant)]


def content(strategy: Strategy) -> dict[str, Any]:
    """A strategy as it is saved."""
    kept: dict[str, Any] = strategy.model_dump(mode="json", exclude=set(OWN))
    return kept


def keep(tenant: Tenant, before: Iterable[SavedStrategy], after: Iterable[SavedStrategy], *, by: str) -> None:
    """Write a new version of what differs, and retire what is gone. The tenant's row is locked."""
    old, new = ({one.name: one for one in some} for some in (before, after))
    for name in sorted(old.keys() - new.keys()):
        tenant.strategies.filter(name=name).update(retired=True)
    for name, one in sorted(new.items()):
        if old.get(name) == one:
            continue
        last = tenant.strategies.filter(name=name).order_by("-number").values_list("number", flat=True).first()
        StrategyVersion.objects.create(
            tenant=tenant,
            name=name,
            number=(last or 0) + 1,
            title=one.title,
            strategy=content(one.strategy),
            actor_name=by,
        )


def rows_of_change(before: Iterable[SavedStrategy], after: Iterable[SavedStrategy]) -> list[dict[str, Any]]:
    """The rows {label, before, after, kind} of a preview or an audit entry."""
    old, new = ({one.name: words(one.title, content(one.strategy)) for one in some} for some in (before, after))
    rows = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, ""), new.get(name, "")
        if was != now:
            kind = "changed" if was and now else "added" if now else "removed"
            rows.append({"label": _("Strategy {name}").format(name=name), "before": was, "after": now, "kind": kind})
    return rows


def words(title: str, strategy: Mapping[str, Any]) -> str:
    """A strategy in one line: its title, its kind, and its steps by name."""
    steps = ", ".join(step["name"] for step in strategy.get("steps", ()))
    told = {"batches": strategy.get("batch"), "blue-green": f"{strategy.get('keep')} s"}.get(strategy["kind"])
    return f"{title}: {strategy['kind']}" + (f" {told}" if told else "") + (f" ({steps})" if steps else "")
