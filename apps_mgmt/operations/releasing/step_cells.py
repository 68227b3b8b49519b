"""Which cell of a step's row something of the spec was written in, and what to write where a row lacks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from django.utils.translation import gettext as _

from apps_mgmt.operations.releasing.step_rows import EVERY, KINDS, StepRow
from apps_mgmt.spec import SpecError
from apps_mgmt.spec.step import StepBase
from apps_mgmt.spec.steps import Leaf
from portal.errors import Refused

MODELS: dict[str, type[StepBase]] = {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(Leaf)}
"""Kind → what the spec has of it."""

_CELLS = {"retry.limit": "retries", "retry.backoff": "backoff"}
_AS = {
    "replicas": "25%",
    "lasts": "300",
    "process": "web",
    "processes": "web, worker",
    "command": "bin/migrate",
    "query": "sum(rate(errors_total[5m]))",
    "text": "Empty the cache",
    "url": "https://ci.example.com/done",
}
"""What may be written in the cells that a kind of step cannot do without."""


def cell_of(kind: str, path: str) -> str:
    """The cell of a row of this kind which says what the spec has at a path: `hours.0.days.1` is said in `days`."""
    if path in _CELLS:
        return _CELLS[path]
    fields: tuple[str, ...] = KINDS[kind][1]
    if path == "name" or path in EVERY:
        return path
    found = next((part for part in reversed(path.split(".")) if part in (*fields, *EVERY)), "")
    # What concerns a step as a whole is told where its row begins to say what it does.
    return found or next(iter(fields), "name")


def check_step(step: Mapping[str, Any]) -> None:
    """Raise Refused, or SpecError, with the path in the step, for one that cannot be."""
    model, kind = MODELS[step["kind"]], step["kind"]
    for name, field in model.model_fields.items():
        if field.is_required() and name in _AS and not step.get(name):
            raise _lacking(step, name)
    if kind == "http-call" and not step["request"]["url"]:
        raise _lacking(step, "url")
    try:
        model(**step)
    except SpecError as error:
        told = str(error)
        if error.field and told.startswith(error.field):  # which means nothing to somebody who filled in a row
            told = f"{step['name']}, {label_of(cell_of(kind, error.field))}{told.removeprefix(error.field)}"
        raise Refused(told, field=error.field) from None


def _lacking(step: Mapping[str, Any], cell: str) -> Refused:
    sentence = _("The step {name} says nothing at “{label}”. Write it, as {example}.")
    return Refused(sentence.format(name=step["name"], label=label_of(cell), example=_AS[cell]), field=cell)


def label_of(cell: str) -> str:
    """What a form calls a cell."""
    return str(StepRow().fields[cell].label)
