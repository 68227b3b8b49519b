from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt import secrets
from apps_mgmt.fields import env_name_field, process_or_all_field, secret_value_field
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.names import check_env_name
from portal.access import permissions
from portal.operations.context import Context
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation


class SetSecret(Operation):
    """Give a variable a secret value. The value goes to the secret store; the spec holds its name and version.

    Where the variable has a value that is no secret, replacing that takes the right to change settings, too.
    """

    name = "secret.set"
    kind = SPEC
    title = _("Set a secret")
    permission = permissions.APP_SECRETS
    sentence = _("set the secret {name}, version {version}")
    icon = "key-round"
    example = {"name": "API_KEY", "value": "correct horse battery staple", "process": ""}

    class Input(serializers.Serializer[Any]):
        name = env_name_field()
        value = secret_value_field()
        process = process_or_all_field()

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"name": chosen.get("name", "")}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        name, process = given["name"], given["process"]
        check_env_name(name, field="name")
        if context.dry_run:
            return {"name": name, "process": process, "version": secrets.next_number(context.subject.pk, name)}
        stored = secrets.store(context.subject, name, given["value"], actor_name=context.actor.username)
        context.undo_with(lambda: secrets.forget(stored.pk))
        return {"name": name, "process": process, "version": stored.number}

    def second_rights(self, value: AppSpec, resolved: Mapping[str, Any]) -> Mapping[str, str]:
        name, process = resolved["name"], resolved["process"]
        held = (*value.env, *(value.process(process).env if process else ()))
        if all(one.secret is not None for one in held if one.name == name):
            return {}
        return {permissions.APP_CONFIGURE: _("{name} is a variable that is no secret.").format(name=name)}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return value.with_secret(resolved["name"], resolved["version"], process=resolved["process"])
