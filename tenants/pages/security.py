"""What keeps an account safe: the second factor and its recovery codes, the password, the sessions."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import qrcode
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathImage

from portal.access import Actor
from portal.errors import Conflict, NotFound, Refused
from tenants import logbook
from tenants.accounts import changing, duties, factors, sessions, stepping_up
from tenants.accounts.stepping_up import stepped_up
from tenants.models import User
from tenants.pages.browsers import browser_words
from tenants.pages.forms import CodeForm, PasswordForm
from tenants.pages.person import person

FACTOR, CODES, PASSWORD, SESSIONS = (
    f"account/{name}.html" for name in ("second_factor", "recovery_codes", "password", "sessions")
)
PENDING = "second_factor_pending"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@stepped_up("account-second-factor")
def second_factor(request: HttpRequest) -> HttpResponse:
    """The second factor as it is; without one: the secret for an app, and the code that shows it has arrived."""
    user = person(request)
    if row := factors.row_of(user):
        return _as_it_is(request, row)
    sealed = request.session.get(PENDING) or factors.seal_pending(user, factors.new_secret())
    request.session[PENDING] = sealed
    secret = factors.unseal_pending(user, sealed)
    if request.method != "POST":
        return render(request, FACTOR, _offer(user, secret, CodeForm()))
    form = CodeForm(request.POST)
    code, actor = form.cleaned_data["code"] if form.is_valid() else "", Actor.of_request(request)
    try:
        codes = factors.add(user, secret=secret, code=code, actor=actor)
    except Conflict:  # by another browser, since this one looked
        return redirect("account-second-factor")
    if codes is None:
        problem = _("This is not the code that the app shows now. Check that the clock of your phone is right.")
        return render(request, FACTOR, _offer(user, secret, form) | {"problem": problem}, status=422)
    del request.session[PENDING]
    return _shown(request, codes)


@require_POST
@login_required
@stepped_up("account-second-factor")
def second_factor_remove(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if duties.must_have_second_factor(user):
        raise Refused(_("Who operates the platform has to have a second factor here. Set up another app instead."))
    factors.remove(user, actor=Actor.of_request(request))
    messages.success(request, _("The second factor is removed: your password alone signs you in."))
    return redirect("account")


@require_POST
@login_required
@stepped_up("account-second-factor")
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes in place of the old ones, shown in this answer and never again."""
    user = person(request)
    if not factors.has(user):
        raise Refused(_("Recovery codes stand in for a second factor. Add one first."))
    return _shown(request, factors.renew_recovery_codes(user, actor=Actor.of_request(request)))


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Change the password, which ends all other sessions. A first password was typed a moment ago, with the sign-in."""
    user = person(request)
    if not stepping_up.is_fresh(request, or_signed_in=user.must_change_password):
        return stepping_up.to_confirm(reverse("account-password"))
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        first = user.must_change_password
        try:
            changing.set_password(request, user, form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error("password", error)
        else:
            messages.success(request, _("The password is changed. You are signed out everywhere else."))
            return redirect("home" if first else "account")
    return render(request, PASSWORD, {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@login_required
def session_list(request: HttpRequest) -> HttpResponse:
    key = request.session.session_key
    rows = [
        {"session": one, "browser": browser_words(one.user_agent), "here": one.session_key == key}
        for one in sessions.of_user(person(request))
    ]
    return render(request, SESSIONS, {"rows": rows})


@require_POST
@login_required
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one other session; the one in use is ended by signing out."""
    with transaction.atomic():
        if not sessions.end(person(request), session_id, but=request.session.session_key or ""):
            raise NotFound(_("There is no such session among your others. It may have ended already."))
        logbook.note_account(logbook.SESSION_END, actor=Actor.of_request(request), user=person(request))
    messages.success(request, _("The session is ended."))
    return redirect("account-sessions")


@require_POST
@login_required
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    with transaction.atomic():
        sessions.end_all(person(request), but=request.session.session_key or "")
        logbook.note_account(logbook.SESSION_END, actor=Actor.of_request(request), user=person(request))
    messages.success(request, _("All other sessions are ended."))
    return redirect("account-sessions")


def _as_it_is(request: HttpRequest, row: Authenticator) -> HttpResponse:
    """The second factor there is. Whoever was setting up another app here has that on a phone, and is told."""
    user = person(request)
    context = {
        "since": row.created_at,
        "left": factors.recovery_codes_left(user),
        "must": duties.must_have_second_factor(user),
        "problem": factors.taken_words() if request.session.pop(PENDING, "") else "",
    }
    return render(request, FACTOR, context, status=409 if request.method == "POST" else 200)


def _offer(user: User, secret: str, form: CodeForm) -> dict[str, Any]:
    issuer = "Slipway"
    query = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return {
        "form": form,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": _picture(f"otpauth://totp/{quote(f'{issuer}:{user.username}')}?{query}"),
    }


def _picture(text: str) -> str:
    """A QR code as the address of an image."""
    drawn = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(drawn)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def _shown(request: HttpRequest, codes: list[str]) -> HttpResponse:
    lines = [
        _("Recovery codes of {user} for Slipway. Each works once.").format(user=person(request).username),
        "",
        *codes,
    ]
    file = "data:text/plain;charset=utf-8," + quote("\n".join(lines) + "\n")
    return render(request, CODES, {"codes": codes, "file": file})
