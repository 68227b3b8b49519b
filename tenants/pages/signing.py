"""Signing in and out. A failed sign-in looks the same whether the account exists or not."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal import live
from portal.access import Actor
from tenants import logbook
from tenants.pages.forms import SignInForm

TEMPLATE = "account/sign_in.html"
WRONG = "wrong user name or password"
LOCKED = "too many failed sign-ins"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in form; afterwards on to `next`, when that is a path of this site, else home."""
    target = _local(request.POST.get("next") or request.GET.get("next") or "")
    if request.user.is_authenticated:
        return HttpResponseRedirect(target or resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.method != "POST":
        return render(request, TEMPLATE, {"form": SignInForm(request), "next": target})
    form = SignInForm(request, data=request.POST)
    if not form.is_valid():
        return _refused(request, form, target)
    user = form.get_user()
    login(request, user)
    logbook.note_account(logbook.SIGN_IN, actor=_actor(request, user), user=user)
    return HttpResponseRedirect(target or resolve_url(settings.LOGIN_REDIRECT_URL))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    user, session_key = request.user, request.session.session_key or ""
    user_id = user.pk if user.is_authenticated else None
    if user.is_authenticated:
        logbook.note_account(logbook.SIGN_OUT, actor=_actor(request, user), user=user)
    logout(request)
    live.session_ended(session_key=session_key, user_id=user_id)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """What django-axes answers with once name and address are locked: our own page, which says so already."""
    return response or _page(request, SignInForm(request), "", locked=True)


def _refused(request: HttpRequest, form: SignInForm, target: str) -> HttpResponse:
    locked = bool(getattr(request, "axes_locked_out", False))
    name = form.cleaned_data.get("username", "") if hasattr(form, "cleaned_data") else ""
    logbook.note_failed_sign_in(actor=_actor(request, None), username=name, reason=LOCKED if locked else WRONG)
    return _page(request, form, target, locked=locked)


def _page(request: HttpRequest, form: SignInForm, target: str, *, locked: bool) -> HttpResponse:
    if locked:
        problem = _("Too many tries with this name. Wait a quarter of an hour, then try again.")
    else:
        problem = _("User name and password do not match. Check both and try again.")
    context = {"form": form, "next": target, "problem": problem, "locked": locked}
    return render(request, TEMPLATE, context, status=429 if locked else 422)


def _local(url: str) -> str:
    """The url when it is a path of this site, else nothing: `next` must not lead anywhere else."""
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""


def _actor(request: HttpRequest, user: Any) -> Actor:
    return Actor.of_user(
        user,
        how="session",
        address=request.META.get("REMOTE_ADDR", ""),
        request_id=getattr(request, "request_id", ""),
    )
