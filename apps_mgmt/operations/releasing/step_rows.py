"""The steps of a strategy as rows of a form: flat, with the fields that a kind of step has, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.spec.steps import AnyStep

A_DAY = 86_400

KINDS = {
    "batch": (_("Replace instances"), ("replicas",)),
    "traffic": (_("Move traffic"), ("traffic", "header", "value")),
    "pause": (_("Pause"), ("seconds",)),
    "wait": (_("Wait for ready"), ()),
}
"""Kind → what it is called, and which of the row's fields it reads."""


def _of(field: str) -> dict[str, Any]:
    """Shown with the kinds that read it."""
    return {"only": {"kind": [kind for kind, (_title, fields) in KINDS.items() if field in fields]}}


class StepRow(serializers.Serializer[Any]):
    """A step. What its kind does not read is left empty."""

    kind = serializers.ChoiceField(label=_("Step"), choices=[(kind, title) for kind, (title, _fields) in KINDS.items()])
    name = serializers.CharField(label=_("Name"), max_length=40)
    replicas = serializers.CharField(
        label=_("New instances"), max_length=10, style=_of("replicas"), required=False, allow_blank=True, default="",
        help_text=_("How many are new by then: a number, or 25%."),
    )  # fmt: skip
    traffic = serializers.IntegerField(
        label=_("Traffic, %"), min_value=0, max_value=100, required=False, allow_null=True, default=None,
        style=_of("traffic"),
    )  # fmt: skip
    header = serializers.CharField(
        label=_("Header"), max_length=256, required=False, allow_blank=True, default="", style=_of("header")
    )
    value = serializers.CharField(
        label=_("Its value"), max_length=256, required=False, allow_blank=True, default="", style=_of("value")
    )
    seconds = serializers.IntegerField(
        label=_("Seconds"), min_value=-1, max_value=A_DAY, required=False, allow_null=True, default=None,
        style=_of("seconds"),
        help_text=_("-1, or empty: until somebody lets it go on."),
    )  # fmt: skip


def step_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The step that a row says, as the spec has it."""
    _title, fields = KINDS[row["kind"]]
    given = {name: row[name] for name in fields if row.get(name) not in (None, "")}
    if "header" in fields:
        value = given.pop("value", "")
        if name := given.pop("header", ""):
            given["header"] = {"name": name, "value": value}
    return {"kind": row["kind"], "name": row["name"], **given}


def row_of(step: AnyStep) -> dict[str, Any]:
    """The row of a step."""
    given = step.model_dump(mode="json")
    header = given.get("header") or {}
    _title, fields = KINDS.get(step.kind, ("", ()))
    row = {name: given.get(name) for name in fields}
    if "header" in fields:
        row |= {"header": header.get("name", ""), "value": header.get("value", "")}
    return {"kind": step.kind, "name": step.name, **row}
