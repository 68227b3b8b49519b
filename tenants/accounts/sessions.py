"""The sessions of a person: noted as they are used, listed, ended one by one or all others at once.

allauth keeps a row beside each session: from where, with which browser, since when. An ended session closes its open
sockets.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

from allauth.core.internal.sessionkit import get_session_user
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from portal import live
from tenants.models import User

# What this process has noted lately, by session: most requests neither ask nor write anything. Kept here and not in the
# session, whose late saving could undo what another request has just written there.
NOTE_EVERY_SECONDS = 60
MOST_NOTED = 10_000
NO_ADDRESS = "0.0.0.0"
_noted: dict[str, float] = {}


def note_use(request: HttpRequest) -> None:
    """Note from where and with what the session of a signed-in person is used; at most once a minute."""
    key, now = request.session.session_key or "", time.monotonic()
    if not key or now - _noted.get(key, -NOTE_EVERY_SECONDS) < NOTE_EVERY_SECONDS:
        return
    if len(_noted) >= MOST_NOTED:
        _noted.clear()
    _noted[key] = now
    agent = request.headers.get("User-Agent", "").replace("\0", "")
    values: dict[str, Any] = {
        "user": request.user,
        "ip": request.META.get("REMOTE_ADDR") or NO_ADDRESS,
        "user_agent": agent[: UserSession._meta.get_field("user_agent").max_length],
        "last_seen_at": timezone.now(),
    }
    if not UserSession.objects.filter(session_key=key).update(**values):
        UserSession.objects.get_or_create(session_key=key, defaults=values)


def begin(request: HttpRequest) -> None:
    """Note a session that has just begun, and forget those of the same person that are over."""
    UserSession.objects.purge_and_list(request.user)
    note_use(request)


def of_user(user: User) -> list[UserSession]:
    """The sessions of a person that still hold, the one used last first."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    return [
        row for row in rows if get_session_user(import_module(settings.SESSION_ENGINE).SessionStore(row.session_key))
    ]


@transaction.atomic
def end(user: User, session_id: int, *, but: str = "") -> bool:
    """End one session of a person, not the one with the key `but`. False when there is no other with this id."""
    found = UserSession.objects.filter(user=user, pk=session_id).exclude(session_key=but).first()
    if found is not None:
        _end(found)
    return found is not None


@transaction.atomic
def end_all(user: User, *, but: str = "") -> int:
    """End all sessions of a person but the one with the key `but`; how many there were."""
    rows = list(UserSession.objects.filter(user=user).exclude(session_key=but))
    for row in rows:
        _end(row)
    return len(rows)


@transaction.atomic
def keep_after_new_password(request: HttpRequest, user: User) -> None:
    """Let the session in which a password was changed go on, under a new id, and end all others."""
    before = request.session.session_key or ""
    update_session_auth_hash(request, user)
    request.session.save()
    after = request.session.session_key or ""
    UserSession.objects.filter(session_key=before).update(session_key=after)
    live.session_ended(session_key=before, user_id=user.pk)
    end_all(user, but=after)


def _end(row: UserSession) -> None:
    row.end()
    live.session_ended(session_key=row.session_key, user_id=row.user_id)
