"""How allauth signs somebody in here: a password, then a code where there is a second factor. Nothing else is open."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from portal.access import Actor
from portal.access.actor import SESSION
from tenants import logbook
from tenants.accounts import sessions
from tenants.models import User

PASSWORDS = "django.contrib.auth.backends.ModelBackend"


class AccountAdapter(DefaultAccountAdapter):
    """See `allauth.account.adapter`. Accounts are made by operators, so nobody signs up, and no mail is sent."""

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **given: Any) -> None:
        # What was there before the password was known stays with whoever had it.
        request.session.cycle_key()

    def login(self, request: HttpRequest, user: User) -> None:
        login(request, user, backend=PASSWORDS)
        # Kept at once, so that the session has the id it is listed under.
        request.session.save()

    def post_login(self, request: HttpRequest, user: User, *, redirect_url: str | None, **given: Any) -> HttpResponse:
        sessions.begin(request)
        logbook.note_account(logbook.SIGN_IN, actor=actor_of(request, user), user=user)
        return HttpResponseRedirect(redirect_url or resolve_url(settings.LOGIN_REDIRECT_URL))


def begin(request: HttpRequest, user: User, *, target: str) -> HttpResponse:
    """Go on after the right password: to `target`, or to the page that asks for the code first."""
    credentials = {"username": user.username}
    answer: HttpResponse = perform_password_login(request, credentials, Login(user=user, redirect_url=target or None))
    return answer


def waiting_for_code(request: HttpRequest) -> LoginStage | None:
    """The step of a sign-in that waits for a code, with its `login.user`; None when none does, or no longer."""
    return LoginStageController.enter(request, AuthenticateStage.key)


def actor_of(request: HttpRequest, user: User | None) -> Actor:
    """Who signs in or out, when the request itself does not say so yet."""
    return Actor.of_user(
        user,
        how=SESSION,
        address=request.META.get("REMOTE_ADDR", ""),
        request_id=getattr(request, "request_id", ""),
    )
