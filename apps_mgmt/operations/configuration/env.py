from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.fields import env_name_field, process_or_all_field
from apps_mgmt.spec import AppSpec
from portal.access import permissions
from portal.errors import Refused
from portal.operations import inputs
from portal.operations.fields import MultiPickerField, TextField, rows
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation


class EnvRow(serializers.Serializer[Any]):
    """A variable and its value."""

    name = env_name_field()
    value = TextField(
        label=_("Value"), lines=1, max_length=32768, allow_blank=True, trim_whitespace=False, required=False,
        default="", verbatim=True, help_text=_("Line breaks are kept, as LF."),
    )  # fmt: skip


class SetEnv(Operation):
    """Set variables, for one process or for all. Variables that are not named stay as they are."""

    name = "env.set"
    kind = SPEC
    title = _("Set variables")
    permission = permissions.APP_CONFIGURE
    sentence = _("set {env}")
    icon = "variable"
    example = {"env": [{"name": "LOG_LEVEL", "value": "debug"}], "process": ""}

    class Input(serializers.Serializer[Any]):
        env = rows(EnvRow, label=_("Variables"), most=500)
        process = process_or_all_field()

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        named = chosen.get("name", "")
        own = next((one.env for one in value.processes if one.name == chosen.get("process")), ())
        held = {one.name: one.value or "" for one in (*value.env, *own)}
        return {"env": [{"name": named, "value": held.get(named, "")}] if named else []}

    def shielded(self, value: AppSpec, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was typed for the name of a secret is most likely one."""
        secret = _secrets(value)
        rows = [
            {**row, "value": inputs.concealed(row.get("value", ""))} if row["name"] in secret else row
            for row in given["env"]
        ]
        return {**given, "env": rows}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        names = [row["name"] for row in resolved["env"]]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            sentence = _("A variable is given twice: {name}. Keep one.")
            raise Refused(sentence.format(name=doubled[0]), field=f"env.{doubled[0]}")
        own = value.process(resolved["process"]).env if resolved["process"] else ()
        held = (*value.env, *own)
        secret = sorted(one.name for one in held if one.secret is not None and one.name in names)
        if secret:
            sentence = _("{name} is a secret. Give it a new value with Set a secret, or remove it first.")
            raise Refused(sentence.format(name=secret[0]), field=f"env.{secret[0]}")
        values = {row["name"]: row["value"] for row in resolved["env"]}
        return value.with_env_values(values, process=resolved["process"])


class UnsetEnv(Operation):
    """Remove variables, wherever they are set. Where one is a secret, it takes the right to set secrets, too."""

    name = "env.unset"
    kind = SPEC
    title = _("Remove variables")
    permission = permissions.APP_CONFIGURE
    sentence = _("removed {names}")
    icon = "trash-2"
    example = {"names": ["LOG_LEVEL"]}

    class Input(serializers.Serializer[Any]):
        names = MultiPickerField(picker="env", label=_("Variables"), allow_empty=False)

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"names": [chosen["name"]] if chosen.get("name") else []}

    def second_rights(self, value: AppSpec, resolved: Mapping[str, Any]) -> Mapping[str, str]:
        secret = sorted(_secrets(value).intersection(resolved["names"]))
        return {permissions.APP_SECRETS: _("{name} is a secret.").format(name=secret[0])} if secret else {}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return value.without_env(*resolved["names"])


def _secrets(value: AppSpec) -> set[str]:
    """The names that are secrets for all processes, or for one."""
    return {one.name for one in value.every_variable() if one.secret is not None}
