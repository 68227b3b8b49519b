"""API tokens: made once, shown once, kept as a digest.

A token's text is `slw_` and 32 random bytes in URL-safe base64. It acts for its user in one tenant, or over the
platform, with all of the user's rights there or with those of its list, until it expires or is revoked.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal import access
from portal.access import Actor
from portal.access import permissions as catalogue
from portal.access.actor import SESSION, TOKEN
from portal.errors import Invalid
from portal.operations import refusals
from portal.operations.fields import MISLEADING
from portal.spelling import misleads
from tenants import logbook
from tenants.models import ApiToken, Tenant, User

TEXT_PREFIX = "slw_"
RANDOM_BYTES = 32
SHOWN_LENGTH = len(TEXT_PREFIX) + 8
DEFAULT_DAYS = 90
LONGEST_DAYS = 366
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Issued:
    """A new token and its text, which nothing can show again."""

    token: ApiToken
    text: str

    def __repr__(self) -> str:
        return f"Issued({self.token.prefix}…)"


@transaction.atomic
def issue(
    user: User,
    *,
    tenant: Tenant | None,
    name: str,
    permissions: Iterable[str] = (),
    days: int = DEFAULT_DAYS,
    actor: Actor | None = None,
) -> Issued:
    """Make a token for a member of the tenant, or without one for somebody with rights over the platform.

    `permissions` empty: all the rights the user has there at the time of use. `actor` is who makes it, the user by
    default; the audit log says so. Raises Invalid for a name, right or lifetime that cannot be, and for someone who has
    no business there.
    """
    wanted = sorted(set(permissions))
    fields: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= 60:
        fields["name"] = [_("Give the token a name of 1 to 60 characters.")]
    elif misleads(name) or "\n" in name:
        fields["name"] = [str(MISLEADING)]
    unknown = ", ".join(right for right in wanted if right not in (catalogue.TENANT if tenant else catalogue.PLATFORM))
    if unknown:
        sentence = _("There is no right {names} in a tenant.") if tenant else _("There is no platform right {names}.")
        fields["permissions"] = [sentence.format(names=unknown)]
    elif words := catalogue.lacking_words(wanted):
        fields["permissions"] = [words]
    if not 1 <= days <= LONGEST_DAYS:
        fields["days"] = [_("A token lasts 1 to {days} days.").format(days=LONGEST_DAYS)]
    if tenant is None and not access.platform_rights(Actor.of_user(user, how=SESSION)):
        fields["tenant"] = [_("{user} has no right over the platform.").format(user=user.username)]
    if tenant is not None and not tenant.memberships.filter(user=user).exists():
        fields["tenant"] = [_("{user} is not a member of {tenant}.").format(user=user.username, tenant=tenant.name)]
    if fields:
        raise Invalid(next(iter(fields.values()))[0], fields=fields)
    text = TEXT_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    token = ApiToken.objects.create(
        user=user,
        tenant=tenant,
        name=name.strip(),
        prefix=text[:SHOWN_LENGTH],
        digest=_digest(text),
        permissions=wanted,
        expires_at=timezone.now() + timedelta(days=days),
    )
    by = actor or Actor.of_user(user, how=SESSION)
    values = {"name": token.name, "user": user.username, "permissions": wanted}
    logbook.note_token(logbook.TOKEN_CREATE, actor=by, token=token, values=values)
    return Issued(token=token, text=text)


def find(text: str) -> ApiToken | None:
    """The token with this text, whatever its state; None when there is none."""
    digest = _digest(text)
    for token in ApiToken.objects.select_related("user", "tenant").filter(prefix=text[:SHOWN_LENGTH]):
        if hmac.compare_digest(token.digest, digest):
            return token
    return None


def revoke(token_id: uuid.UUID | str) -> None:
    """End a token now. Revoking twice keeps the first time."""
    ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=timezone.now())


def working_in(tenant: Tenant) -> list[ApiToken]:
    """The tokens for a tenant that are neither revoked nor expired, with their users, the newest first."""
    rows = ApiToken.objects.filter(tenant=tenant, revoked_at=None).select_related("user")
    return list(rows.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now())).order_by("-created_at", "pk"))


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token slw_…` for the API; `request.auth` is the ApiToken."""

    keyword = "Token"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("Write the header as: Authorization: Token slw_…"))
        token = find(words[1].decode("ascii", errors="replace"))
        if token is None:
            raise AuthenticationFailed(_("There is no such token. Check that the whole of it was copied."))
        try:
            _refuse_unusable(token)
        except AuthenticationFailed as refusal:
            _note_refused(token, _user_of(token, request), str(refusal.detail))
            raise
        _note_use(token, _user_of(token, request))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


def _refuse_unusable(token: ApiToken) -> None:
    state = token.state(timezone.now())
    if state == "revoked":
        raise AuthenticationFailed(_("This token was revoked. Make a new one on your account page."))
    if state == "expired":
        raise AuthenticationFailed(_("This token has expired. Make a new one on your account page."))
    if not token.user.is_active:
        who = ", ".join(access.holders(catalogue.PLATFORM_TENANTS)) or _("a platform operator")
        sentence = _("The account of this token is switched off. Ask {who} to switch it on again.")
        raise AuthenticationFailed(sentence.format(who=who))


def _note_use(token: ApiToken, actor: Actor) -> None:
    """When it was last used; the log has the first use of each day (UTC), as a token may be used all day long."""
    now = timezone.now()
    row, day = ApiToken.objects.filter(pk=token.pk), now.replace(hour=0, minute=0, second=0, microsecond=0)
    with transaction.atomic():
        if row.filter(_unused_since(day)).update(last_used_at=now):
            logbook.note_token(logbook.TOKEN_USE, actor=actor, token=token, values={"name": token.name})
        elif token.last_used_at is None or token.last_used_at < now - USED_EVERY:
            row.filter(_unused_since(now - USED_EVERY)).update(last_used_at=now)


def _note_refused(token: ApiToken, actor: Actor, reason: str) -> None:
    if refusals.first_in_a_while((str(token.pk), logbook.TOKEN_USE)):
        with transaction.atomic():
            logbook.note_token(logbook.TOKEN_USE, actor=actor, token=token, values={"name": token.name}, reason=reason)


def _unused_since(moment: datetime) -> Q:
    return Q(last_used_at=None) | Q(last_used_at__lt=moment)


def _user_of(token: ApiToken, request: Request) -> Actor:
    """The owner of a token as who uses it, whether or not they still may."""
    http: Any = getattr(request, "_request", request)
    return Actor(
        how=TOKEN,
        user_id=token.user.pk,
        username=token.user.get_username(),
        token_id=str(token.pk),
        address=http.META.get("REMOTE_ADDR", ""),
        request_id=getattr(http, "request_id", ""),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
