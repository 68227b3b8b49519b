from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import TENANT
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.operations.member.roles import check_giving
from tenants.operations.pages import TOKENS
from tenants.values import TenantRecord, Token


class RevokeToken(Operation):
    """End an API token that a member has in the tenant, at once."""

    name = "token.revoke"
    kind = RECORD
    subject = TENANT
    title = _("Revoke a token")
    permission = permissions.TENANT_MEMBERS
    sentence = _("revoked the API token {name}")
    icon = "key-round"
    page = TOKENS
    allowed_while_locked = True
    example = {"token": "3f1b5ad4-93a0-4c9c-8f0d-6f1f3f6f9a52"}

    class Input(serializers.Serializer[Any]):
        token = PickerField(picker="token", label=_("Token"))

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        found = _token(context.value, given["token"])
        check_giving(self, context, given)
        return {**given, "name": found.name, "user": found.user}

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        gone = _token(value, resolved["token"])
        return value.change(tokens=tuple(one for one in value.tokens if one != gone))


def _token(value: TenantRecord, token_id: str) -> Token:
    for one in value.tokens:
        if one.id == token_id:
            return one
    sentence = _now("{tenant} has no such token that still works. It may be revoked or expired already.")
    raise Refused(sentence.format(tenant=value.name), field="token")
