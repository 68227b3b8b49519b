"""Accounts as the page of operators shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.access.roles import TITLES
from tenants.members import titles_in


def account_rows(users: Sequence[Any], *, self: str) -> list[dict[str, Any]]:
    """Rows {user, works, roles, actions} of accounts as `accounts` gives them. Nothing is offered on one's own."""
    titles = titles_in(one for user in users for one in user.memberships.all())
    return [_row(user, titles, own=user.username == self) for user in users]


def _row(user: Any, titles: Mapping[int, str], *, own: bool) -> dict[str, Any]:
    over_all = [group.name.removeprefix("platform:") for group in user.groups.all()]
    works = [
        {"title": one.tenant.title, "url": reverse("platform-tenant", args=[one.tenant.name]), "role": titles[one.pk]}
        for one in user.memberships.all()
    ]
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
