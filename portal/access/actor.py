"""`Actor`: who does something, and how they came: with a session, a token, the command line, or the engine itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from portal.access.permissions import PLATFORM

SESSION = "session"
TOKEN = "token"
COMMAND = "command"
ENGINE = "engine"
NOBODY_NAMED = "manage.py"
"""Who did what was done by a command that names no person."""


@dataclass(frozen=True)
class Actor:
    """A person or the engine. `tenant_scope` and `rights_scope` are the limits a token brings; None: no limit."""

    how: str
    user_id: uuid.UUID | None = None
    username: str = ""
    token_id: str = ""
    tenant_scope: uuid.UUID | None = None
    rights_scope: frozenset[str] | None = None
    address: str = ""
    request_id: str = ""
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def engine(cls) -> Actor:
        """The engine: releases that end by themselves, timers, the first set-up. It has every right."""
        return cls(how=ENGINE, username="engine")

    @classmethod
    def of_command(cls) -> Actor:
        """Whoever may run commands on the machine, and named nobody. They have the database, and so every right."""
        return cls(how=COMMAND, username=NOBODY_NAMED)

    @property
    def may_everything(self) -> bool:
        """Whether no right is asked for: of the engine, and of a command without a person."""
        unnamed = self.how == COMMAND and self.user_id is None and self.username == NOBODY_NAMED
        return self.how == ENGINE or unnamed

    @classmethod
    def of_user(cls, user: Any, *, how: str, address: str = "", request_id: str = "") -> Actor:
        """A signed-in person without a token's limits; an anonymous or inactive user has no id and so no right."""
        known = user is not None and user.is_authenticated and user.is_active
        return cls(
            how=how,
            user_id=user.pk if known else None,
            username=user.get_username() if known else "",
            address=address,
            request_id=request_id,
        )

    @classmethod
    def of_request(cls, request: HttpRequest) -> Actor:
        """The actor of a page or an API call; kept on the request, so that rights are read once per request.

        A token (`request.auth`) narrows the person's rights to its tenant and to its list of rights.
        """
        django_request: Any = getattr(request, "_request", request)
        token = getattr(request, "auth", None)
        kept: Actor | None = getattr(django_request, "slipway_actor", None)
        if kept is not None and kept.token_id == str(getattr(token, "pk", "")):
            return kept
        base = cls.of_user(
            request.user,
            how=TOKEN if token is not None else SESSION,
            address=django_request.META.get("REMOTE_ADDR", ""),
            request_id=getattr(django_request, "request_id", ""),
        )
        actor = base if token is None else base._narrowed(token)
        django_request.slipway_actor = actor
        return actor

    def _narrowed(self, token: Any) -> Actor:
        return Actor(
            how=TOKEN,
            user_id=self.user_id,
            username=self.username,
            token_id=str(token.pk),
            tenant_scope=token.tenant_id,
            # Without a tenant it is for the platform, and for no tenant.
            rights_scope=frozenset(token.permissions) or (None if token.tenant_id else PLATFORM),
            address=self.address,
            request_id=self.request_id,
        )
