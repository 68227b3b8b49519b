"""The steps of a strategy as rows of a form: flat, with the fields that a kind of step has, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.spec.steps import AnyStep
from portal.operations.fields import MultiPickerField, TextField

A_DAY = 86_400

KINDS = {
    "batch": (_("Replace instances"), ("replicas",)),
    "traffic": (_("Move traffic"), ("traffic", "header", "value")),
    "pause": (_("Pause"), ("seconds",)),
    "wait": (_("Wait for ready"), ()),
    "approval": (_("Approval"), ("count", "members", "roles", "author", "expires")),
    "soak": (_("Look on"), ("lasts", "restarts")),
    "window": (_("Wait for a window"), ("begin", "end", "days", "time_zone")),
    "note": (_("By hand"), ("text",)),
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
    count = serializers.IntegerField(
        label=_("People"), min_value=1, max_value=20, required=False, allow_null=True, default=None,
        style=_of("count"), help_text=_("How many have to approve; empty is one."),
    )  # fmt: skip
    members = MultiPickerField(picker="member", label=_("Of these"), required=False, default=list, style=_of("members"))
    roles = MultiPickerField(
        picker="role", label=_("With these roles"), required=False, default=list, style=_of("roles")
    )
    author = serializers.BooleanField(
        label=_("Who starts the release counts, too"), required=False, default=False, style=_of("author")
    )
    expires = serializers.IntegerField(
        label=_("Expires after, in seconds"), min_value=0, max_value=2_592_000, required=False, allow_null=True,
        default=None, style=_of("expires"), help_text=_("Empty: never."),
    )  # fmt: skip
    lasts = serializers.IntegerField(
        label=_("Seconds to look on"), min_value=1, max_value=604_800, required=False, allow_null=True, default=None,
        style=_of("lasts"),
    )  # fmt: skip
    restarts = serializers.IntegerField(
        label=_("Restarts allowed"), min_value=0, max_value=100, required=False, allow_null=True, default=None,
        style=_of("restarts"),
    )  # fmt: skip
    begin = serializers.CharField(
        label=_("From"), max_length=5, required=False, allow_blank=True, default="", style=_of("begin"),
        help_text=_("As 09:30."),
    )  # fmt: skip
    end = serializers.CharField(
        label=_("Until"), max_length=5, required=False, allow_blank=True, default="", style=_of("end")
    )
    days = serializers.CharField(
        label=_("Days"), max_length=40, required=False, allow_blank=True, default="", style=_of("days"),
        help_text=_("As mon, tue; empty: every day."),
    )  # fmt: skip
    time_zone = serializers.CharField(
        label=_("Time zone"), max_length=64, required=False, allow_blank=True, default="", style=_of("time_zone"),
        help_text=_("As Europe/Berlin; empty: UTC."),
    )  # fmt: skip
    text = TextField(
        label=_("What to do"), max_length=2000, required=False, allow_blank=True, default="", style=_of("text")
    )


def step_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The step that a row says, as the spec has it."""
    _title, fields = KINDS[row["kind"]]
    given = {name: row[name] for name in fields if row.get(name) not in (None, "", [])}
    if row["kind"] == "traffic":
        value = given.pop("value", "")
        if name := given.pop("header", ""):
            given["header"] = {"name": name, "value": value}
    elif row["kind"] == "window":
        days = [day.strip().lower()[:3] for day in given.pop("days", "").split(",") if day.strip()]
        hours: dict[str, Any] = {"begin": given.pop("begin", "00:00"), "end": given.pop("end", "24:00"), "days": days}
        given["hours"] = [hours]
    return {"kind": row["kind"], "name": row["name"], **given}


def row_of(step: AnyStep) -> dict[str, Any]:
    """The row of a step."""
    given = step.model_dump(mode="json")
    _title, fields = KINDS.get(step.kind, ("", ()))
    row = {name: given.get(name) for name in fields}
    if step.kind == "traffic":
        header = given.get("header") or {}
        row |= {"header": header.get("name", ""), "value": header.get("value", "")}
    elif step.kind == "window":
        hours: dict[str, Any] = next(iter(given["hours"]), {})
        row |= {"begin": hours.get("begin", ""), "end": hours.get("end", ""), "days": ", ".join(hours.get("days", ()))}
    return {"kind": step.kind, "name": step.name, **row}
