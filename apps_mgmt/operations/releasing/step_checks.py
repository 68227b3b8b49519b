"""What a row of a step is refused for when it is saved, beyond what no spec can be: such steps are in old logs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt import approvers
from apps_mgmt.operations.releasing import windows
from apps_mgmt.operations.releasing.step_cells import label_of
from apps_mgmt.operations.releasing.step_rows import EVERY, KINDS, TAKING
from apps_mgmt.spec import SpecError
from apps_mgmt.spec.health import check_header
from apps_mgmt.spec.releasing import why_idle
from apps_mgmt.spec.steps import AnyStep, ParallelStep, leaves
from portal.errors import Refused
from portal.zones import is_zone
from tenants.models import Tenant

ALL_WELL = "on-success"
_NEEDING = {
    "value": "header",
    "backoff": "retries",
    **dict.fromkeys(("method", "headers", "secret_headers", "body", "statuses"), "url"),
}
"""Cell → the one of the same row without which nothing reads it. A call has to have an address in any case."""
complaints: list[Callable[[str], str]] = []
"""Who can read what is said of earlier steps: what keeps it from being read, in a sentence, or blank; from above."""


def check_rows(
    rows: Iterable[Mapping[str, Any]],
    *,
    tenant: Tenant,
    field: str = "steps",
    before: Iterable[AnyStep] = (),
    kinds: Collection[str] = tuple(KINDS),
) -> None:
    """Raise Refused at the row and the cell, as `steps[1].members`, for a step that could not be done.

    The members whom an approval of `before` names are let be: somebody may have left since, and of that the preview
    warns (see `approvers`). `kinds`: those there are here, which is what somebody may choose instead.
    """
    rows, old = list(rows), {(step.name, step.members) for step in approvers.naming(before)}
    _check_words(rows, field=field, kinds=kinds)
    named = [(row["name"], tuple(row.get("members") or ())) for row in rows if row["kind"] == "approval"]
    unknown = approvers.strangers(tenant, (name for one in named if one not in old for name in one[1]))
    for number, row in enumerate(rows):
        kept = (row["name"], tuple(row.get("members") or ())) in old
        for cell, why in _wrong(row, tenant, strangers=set() if kept else unknown):
            raise Refused(why, field=f"{field}[{number}].{cell}")


def unlike_a_branch(name: str) -> str:
    """Why a step for a failure has no place in a branch, and where it has one."""
    sentence = _(
        "{step} runs beside others, and those run while all goes well. Put what a failure needs after the group."
    )
    return sentence.format(step=name)


def check_branches(steps: Iterable[AnyStep], *, field: str) -> None:
    """Raise Refused for a step for a failure in a branch of a saved strategy: it may be older than that rule."""
    groups = [step for step in steps if isinstance(step, ParallelStep)]
    for leaf in leaves(groups):
        if leaf.when != ALL_WELL:
            raise Refused(unlike_a_branch(leaf.name), field=field)


def check_kinds(strategy: str, rows: Iterable[Mapping[str, Any]], *, among: Collection[str]) -> None:
    """Raise Refused at each row of a step that does nothing in a strategy; `among`: the others that take steps."""
    told = {
        f"steps[{number}].kind": why
        for number, row in enumerate(rows)
        if (why := why_idle(row["kind"], row["name"], strategy=strategy, among=among))
    }
    if told:
        first = next(iter(told))
        raise Refused(told[first], field=first, others=told)


def _check_words(rows: Iterable[Mapping[str, Any]], *, field: str, kinds: Collection[str]) -> None:
    """Raise Refused at each cell that says something which the step would go without."""
    told = {f"{field}[{number}].{cell}": why for number, row in enumerate(rows) for cell, why in _in_vain(row, kinds)}
    if told:
        first = next(iter(told))
        raise Refused(told[first], field=first, others=told)


def _in_vain(row: Mapping[str, Any], kinds: Collection[str]) -> Iterable[tuple[str, str]]:
    kind = row["kind"]
    for cell, one in row.items():
        # A form sends all cells, and those of other kinds blank: as no text, a box that is not ticked, nothing chosen.
        if cell in ("kind", "name", "beside") or one is False or one in (None, "", []):
            continue
        values = {"name": row["name"], "cell": cell, "label": label_of(cell)}
        if not _reads(kind, cell):
            others = ", ".join(f"{other} ({KINDS[other][0]})" for other in kinds if _reads(other, cell))
            sentence = (
                _(
                    "The step {name} is of the kind {kind} ({title}), which has no {cell} ({label}). Take it out, or "
                    "choose {others}."
                )
                if others
                else _("The step {name} is of the kind {kind} ({title}), which has no {cell} ({label}). Take it out.")
            )
            yield cell, sentence.format(**values, kind=kind, title=KINDS[kind][0], others=others)
        elif (other := _NEEDING.get(cell)) and not row.get(other) and (kind, other) != ("http-call", "url"):
            sentence = _(
                "The step {name} has {cell} ({label}), which does nothing without {other} ({needed}). Take it out, or "
                "write that as well."
            )
            yield cell, sentence.format(**values, other=other, needed=label_of(other))


def _reads(kind: str, cell: str) -> bool:
    return kind in TAKING if cell == "inputs" else cell in KINDS[kind][1] or cell in EVERY


def _wrong(row: Mapping[str, Any], tenant: Tenant, *, strangers: set[str]) -> Iterable[tuple[str, str]]:
    kind = row["kind"]
    if row.get("beside") and (row.get("when") or ALL_WELL) != ALL_WELL:
        yield "when", unlike_a_branch(row["name"])
    yield from _unreadable("condition", [row.get("condition") or ""])
    if kind in TAKING:
        lines = (row.get("inputs") or "").splitlines()
        yield from _unreadable("inputs", [line.partition("=")[2] for line in lines if "=" in line])
    if kind == "approval" and (others := [one for one in row.get("members") or () if one in strangers]):
        sentence = _("{names} cannot approve anything here: no member of {tenant}. Choose members.")
        yield "members", sentence.format(names=", ".join(others), tenant=tenant.name)
    if "@" in re.split(r"[/?#]", (row.get("url") or "").partition("://")[2], maxsplit=1)[0]:
        sentence = _(
            "An address is read by everybody who sees the app. Leave out what stands before @, and send what signs in "
            "as a header from a secret."
        )
        yield "url", sentence
    if kind == "traffic" and row.get("header"):
        try:
            check_header(row["header"], row.get("value") or "")
        except SpecError as error:
            yield "header", str(error)
    if kind == "window" and (why := windows.unknown_days(row.get("days") or "")):
        yield "days", why
    if kind == "window" and row.get("time_zone") and not is_zone(row["time_zone"]):
        sentence = _("{name} is not a time zone. Write it like Europe/Berlin or UTC.")
        yield "time_zone", sentence.format(name=row["time_zone"])


def _unreadable(cell: str, texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in filter(None, map(str.strip, texts)):
        for asks in complaints:
            if why := asks(text):
                yield cell, why
