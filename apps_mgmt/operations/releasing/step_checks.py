"""What a row of a step is refused for when it is saved, beyond what no spec can be: such steps are in old logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps_mgmt import approvers
from apps_mgmt.operations.releasing import windows
from apps_mgmt.operations.releasing.step_rows import TAKING
from apps_mgmt.spec import SpecError
from apps_mgmt.spec.health import check_header
from apps_mgmt.spec.steps import AnyStep
from portal.errors import Refused
from tenants.models import Tenant

complaints: list[Callable[[str], str]] = []
"""Who can read what is said of earlier steps: what keeps it from being read, in a sentence, or blank; from above."""


def check_rows(
    rows: Iterable[Mapping[str, Any]], *, tenant: Tenant, field: str = "steps", before: Iterable[AnyStep] = ()
) -> None:
    """Raise Refused at the row and the cell, as `steps[1].members`, for a step that could not be done.

    The members whom an approval of `before` names are let be: somebody may have left since, and of that the preview
    warns (see `approvers`).
    """
    rows, old = list(rows), {(step.name, step.members) for step in approvers.naming(before)}
    named = [(row["name"], tuple(row.get("members") or ())) for row in rows if row["kind"] == "approval"]
    unknown = approvers.strangers(tenant, (name for one in named if one not in old for name in one[1]))
    for number, row in enumerate(rows):
        kept = (row["name"], tuple(row.get("members") or ())) in old
        for cell, why in _wrong(row, tenant, strangers=set() if kept else unknown):
            raise Refused(why, field=f"{field}[{number}].{cell}")


def _wrong(row: Mapping[str, Any], tenant: Tenant, *, strangers: set[str]) -> Iterable[tuple[str, str]]:
    kind = row["kind"]
    yield from _unreadable("condition", [row.get("condition") or ""])
    if kind in TAKING:
        lines = (row.get("inputs") or "").splitlines()
        yield from _unreadable("inputs", [line.partition("=")[2] for line in lines if "=" in line])
    if kind == "approval" and (others := [one for one in row.get("members") or () if one in strangers]):
        sentence = _("{names} cannot approve anything here: no member of {tenant}. Choose members.")
        yield "members", sentence.format(names=", ".join(others), tenant=tenant.name)
    if kind == "traffic" and row.get("header"):
        try:
            check_header(row["header"], row.get("value") or "")
        except SpecError as error:
            yield "header", str(error)
    if kind == "window" and (why := windows.unknown_days(row.get("days") or "")):
        yield "days", why
    if kind == "window" and row.get("time_zone") and not _is_zone(row["time_zone"]):
        sentence = _("{name} is not a time zone. Write it like Europe/Berlin or UTC.")
        yield "time_zone", sentence.format(name=row["time_zone"])


def _unreadable(cell: str, texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in filter(None, map(str.strip, texts)):
        for asks in complaints:
            if why := asks(text):
                yield cell, why


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # one that there is not is a KeyError
        return False
    return True
