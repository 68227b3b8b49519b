"""A person's own page: who they are, where they are members, and their API tokens."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import TENANT_VIEW
from portal.access.ref import TENANT
from portal.errors import Invalid, NotFound
from tenants import logbook, tokens
from tenants.accounts import factors, stepping_up
from tenants.accounts.stepping_up import stepped_up
from tenants.members import rights_on_apps, titles_in
from tenants.models import Tenant
from tenants.pages.fields import drawn
from tenants.pages.forms import TokenForm
from tenants.pages.person import person

TEMPLATE = "account/account.html"
# No tenant can have this name.
PLATFORM_CHOICE = ":platform"


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render(request, TEMPLATE, _context(request, form=_form(request)))


@require_POST
@login_required
@stepped_up("account")
def token_create(request: HttpRequest) -> HttpResponse:
    """Make a token and show its text, in this answer and never again."""
    form = _form(request, data=request.POST)
    if not form.is_valid():
        return render(request, TEMPLATE, _context(request, form=form), status=422)
    actor = Actor.of_request(request)
    name = form.cleaned_data["tenant"]
    tenant: Tenant | None = (
        None if name == PLATFORM_CHOICE else access.get(actor, Ref(TENANT, tenant=name), TENANT_VIEW)
    )
    try:
        issued = tokens.issue(
            person(request),
            tenant=tenant,
            name=form.cleaned_data["name"],
            permissions=form.cleaned_data["permissions"],
            days=form.cleaned_data["days"],
            actor=actor,
        )
    except Invalid as error:
        for name, sentences in error.fields.items():
            form.add_error(name if name in form.fields else None, sentences)
        return render(request, TEMPLATE, _context(request, form=form), status=422)
    return render(request, TEMPLATE, _context(request, form=_form(request), issued=issued))


@require_POST
@login_required
def token_revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    token = person(request).api_tokens.select_related("tenant").filter(pk=token_id).first()
    if token is None:
        raise NotFound(_("There is no such token among yours."))
    with transaction.atomic():
        tokens.revoke(token.pk)
        values = {"name": token.name}
        logbook.note_token(logbook.TOKEN_REVOKE, actor=Actor.of_request(request), token=token, values=values)
    messages.success(request, _("The token {name} is revoked.").format(name=token.name))
    return redirect("account")


def _form(request: HttpRequest, **kwargs: Any) -> TokenForm:
    memberships = list(person(request).memberships.select_related("tenant").order_by("tenant__name"))
    actor = Actor.of_request(request)
    platform = access.platform_rights(actor)
    rights = platform.union(*(access.rights(actor, tenant_id=one.tenant_id) for one in memberships))
    rights |= frozenset[str]().union(*(rights_on_apps(actor.username, tenant=one.tenant) for one in memberships))
    places = [(one.tenant.name, one.tenant.title) for one in memberships]
    places += [(PLATFORM_CHOICE, _("The platform"))] if platform else []
    return TokenForm(tenants=places, rights=rights, **kwargs)


def _context(request: HttpRequest, *, form: TokenForm, issued: tokens.Issued | None = None) -> dict[str, Any]:
    now = timezone.now()
    own = person(request).api_tokens.select_related("tenant")
    memberships = list(person(request).memberships.select_related("tenant").order_by("tenant__name"))
    titles = titles_in(memberships)
    return {
        "form": form,
        "fields": drawn(form),
        "issued": issued,
        "fresh": stepping_up.is_fresh(request),
        "second_factor": factors.has(person(request)),
        "tokens": [{"token": token, "state": token.state(now)} for token in own],
        "memberships": [{"tenant": one.tenant, "role": titles[one.pk]} for one in memberships],
    }
