"""Accounts as the page of operators shows them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.access.roles import TITLES


def account_row(user: Any, *, own: bool) -> dict[str, Any]:
    """A row {user, works, roles, actions} of an account as `accounts` gives it. Nothing is offered on one's own."""
    over_all = [group.name.removeprefix("platform:") for group in user.groups.all()]
    works = [
        {"title": one.tenant.title, "url": reverse("platform-tenant", args=[one.tenant.name]), "role": one.role}
        for one in user.memberships.all()
    ]
    for row in works:
        row["role"] = TITLES.get(row["role"], row["role"])
    return {
        "user": user,
        "works": works,
        "roles": [TITLES[role] for role in sorted(over_all)],
        "actions": {} if own else _actions(user),
        "own": own,
    }


def _actions(user: Any) -> dict[str, Any]:
    def form(name: str, title: str, icon: str, tone: str = "") -> dict[str, Any]:
        url = f"{reverse('platform-operation', args=[name])}?{urlencode({'user': user.username})}"
        return {"title": title, "url": url, "icon": icon, "tone": tone, "dialog": True}

    if not user.is_active:
        return {"items": [form("account.enable", _("Switch on…"), "play")], "more": []}
    reset = [form("account.reset_factor", _("Reset the second factor…"), "key-round")] if user.has_factor else []
    return {
        "items": [],
        "more": [
            form("account.end_sessions", _("End all sessions…"), "log-out"),
            *reset,
            form("account.disable", _("Switch off…"), "ban", "danger"),
        ],
    }
