"""The page on which a person says once more who they are, and from which they go on to what they were about to do."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portal.access import Actor
from tenants import logbook
from tenants.accounts import factors, stepping_up
from tenants.models import User
from tenants.pages.forms import ConfirmForm
from tenants.pages.local import local_path
from tenants.pages.person import person

TEMPLATE = "account/confirm.html"


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password, and for a code where there is a second factor; then on to `next`, or the account page."""
    user = person(request)
    target = local_path(request.POST.get("next") or request.GET.get("next") or "")
    form = ConfirmForm(request.POST if request.method == "POST" else None, with_code=factors.has(user))
    context = {"form": form, "next": target}
    if not form.is_bound:
        return render(request, TEMPLATE, context)
    problem, status = _problem(request, user, form)
    if problem:
        logbook.note_account(logbook.CONFIRM, actor=Actor.of_request(request), user=user, reason=problem)
        return render(request, TEMPLATE, {**context, "problem": problem}, status=status)
    stepping_up.confirm(request)
    return HttpResponseRedirect(target or resolve_url("account"))


def _problem(request: HttpRequest, user: User, form: ConfirmForm) -> tuple[str, int]:
    """What is wrong and the status of the answer; nothing is wrong with "". The code is used up after the password."""
    wrong = _("The password is not right. Check it and try again.")
    if "code" in form.fields:
        wrong = _("Password or code are not right. Check both and try again. Each code works once.")
    if not form.is_valid():
        return wrong, 422
    if authenticate(request, username=user.username, password=form.cleaned_data["password"]) != user:
        if getattr(request, "axes_locked_out", False):
            return _("Too many tries. Wait a quarter of an hour, then try again."), 429
        return wrong, 422
    if "code" not in form.fields:
        return "", 200
    used = factors.use(user, form.cleaned_data["code"], actor=Actor.of_request(request))
    if used == factors.LOCKED:
        return factors.words(used), 429
    return (wrong, 422) if used == factors.WRONG else ("", 200)
