"""`GET` of the API tokens of a tenant: whose, what for and how long; never what opens with them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import TENANT
from portal.errors import Invalid
from portal.operations.parameters import ShowingView
from releases.api.views import AFTER, ERRORS, PAGE, page_of
from tenants.models import ApiToken
from tenants.tokens import working_in


class TokenShape(serializers.Serializer[Any]):
    """A token that works: `id` is what the operation token.revoke takes."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    begins_with = serializers.CharField(help_text="The first characters of its text, to tell it by.")
    user = serializers.CharField(help_text="Who it acts for.")
    rights = serializers.ListField(
        child=serializers.CharField(), help_text="All it may do, as far as its user may; empty: all the user may here."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")


class Tokens(ShowingView):
    """The API tokens that work in a tenant, the newest first."""

    parameters = (AFTER.name,)

    @extend_schema(operation_id="tokens", parameters=[AFTER], responses={200: TokenShape(many=True)} | ERRORS)
    def get(self, request: Request, tenant: str) -> Response:
        found = access.get(Actor.of_request(request), Ref(TENANT, tenant), permissions.TENANT_MEMBERS)
        rows = _behind(working_in(found), request.query_params.get(AFTER.name, ""))
        return page_of([_row(one) for one in rows[: PAGE + 1]], key="id")


def _behind(rows: list[ApiToken], token_id: str) -> list[ApiToken]:
    places = {str(one.pk): place for place, one in enumerate(rows, start=1)}
    if token_id and token_id not in places:
        sentence = _("after has to be the id of a token that works. Begin again without it.")
        raise Invalid(sentence, fields={AFTER.name: [sentence]})
    return rows[places.get(token_id, 0) :]


def _row(token: ApiToken) -> dict[str, Any]:
    return {
        "id": str(token.pk),
        "name": token.name,
        "begins_with": token.prefix,
        "user": token.user.username,
        "rights": token.permissions,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }
