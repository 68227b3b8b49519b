"""Signing in and out: a password, then a code where there is a second factor.

A failed sign-in looks the same whether the account exists or not.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal import live
from tenants import logbook
from tenants.accounts import adapter, factors, spraying
from tenants.accounts.adapter import actor_of
from tenants.pages.forms import CodeForm, SignInForm
from tenants.pages.local import local_path

TEMPLATE, CODE_TEMPLATE = "account/sign_in.html", "account/code.html"
WRONG = "wrong user name or password"
LOCKED = "too many failed sign-ins"
SLOWED = "too many failed sign-ins from this address"
WRONG_CODE = "wrong code"
LOCKED_CODE = "too many wrong codes"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in form; afterwards on to `next`, when that is a path of this site, else home."""
    target = local_path(request.POST.get("next") or request.GET.get("next") or "")
    if request.user.is_authenticated:
        return HttpResponseRedirect(target or resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.method != "POST":
        return render(request, TEMPLATE, {"form": SignInForm(request), "next": target})
    form = SignInForm(request, data=request.POST)
    if spraying.too_many_from(request.META.get("REMOTE_ADDR", "")):
        return _slowed(request, target)
    if not form.is_valid():
        return _refused(request, form, target)
    return adapter.begin(request, form.get_user(), target=target)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step of a sign-in, for the person whose password was right a moment ago."""
    step = None if request.user.is_authenticated else adapter.waiting_for_code(request)
    if step is None:
        return redirect("sign-in")
    if request.method != "POST":
        return render(request, CODE_TEMPLATE, {"form": CodeForm()})
    form = CodeForm(request.POST)
    user = step.login.user
    given = form.cleaned_data["code"] if form.is_valid() else ""
    used = factors.use(user, given, actor=actor_of(request, user))
    if used in (factors.WRONG, factors.LOCKED):
        locked = used == factors.LOCKED
        reason = LOCKED_CODE if locked else WRONG_CODE
        logbook.note_failed_sign_in(actor=actor_of(request, None), username=user.username, reason=reason)
        context = {"form": form, "problem": factors.words(used), "locked": locked}
        return render(request, CODE_TEMPLATE, context, status=429 if locked else 422)
    answer: HttpResponse = step.exit()
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    user, session_key = request.user, request.session.session_key or ""
    user_id = user.pk if user.is_authenticated else None
    if user.is_authenticated:
        logbook.note_account(logbook.SIGN_OUT, actor=actor_of(request, user), user=user)
    logout(request)
    live.session_ended(session_key=session_key, user_id=user_id)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def _refused(request: HttpRequest, form: SignInForm, target: str) -> HttpResponse:
    locked = bool(getattr(request, "axes_locked_out", False))
    name = form.cleaned_data.get("username", "") if hasattr(form, "cleaned_data") else ""
    logbook.note_failed_sign_in(actor=actor_of(request, None), username=name, reason=LOCKED if locked else WRONG)
    return _page(request, form, target, locked=locked)


def _slowed(request: HttpRequest, target: str) -> HttpResponse:
    """Before any password is looked at."""
    name = request.POST.get("username", "").replace("\0", "")
    logbook.note_failed_sign_in(actor=actor_of(request, None), username=name, reason=SLOWED)
    problem = _("Too many tries from this address. Wait a quarter of an hour, then try again.")
    context = {"form": SignInForm(request), "next": target, "problem": problem, "locked": True}
    return render(request, TEMPLATE, context, status=429)


def _page(request: HttpRequest, form: SignInForm, target: str, *, locked: bool) -> HttpResponse:
    if locked:
        problem = _("Too many tries with this name. Wait a quarter of an hour, then try again.")
    else:
        problem = _("User name and password do not match. Check both and try again.")
    context = {"form": form, "next": target, "problem": problem, "locked": locked}
    return render(request, TEMPLATE, context, status=429 if locked else 422)
