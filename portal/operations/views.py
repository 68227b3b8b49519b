"""The page of an operation: the form, its preview, and what to do with the answer. One for all operations."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework import serializers

from portal import access
from portal.access import Actor, Ref
from portal.access.ref import APP, CLUSTER, PLATFORM, RELEASE, TENANT
from portal.errors import Conflict, Contended, Forbidden, Invalid, NotFound, Refused, SlipwayError, UserError
from portal.operations import inputs, performing, registry, second_rights
from portal.operations.confirming import CONFIRM
from portal.operations.fields import SecretField
from portal.operations.focus import focused
from portal.operations.forms import Drawing, fields_of, worded
from portal.operations.kinds import READ, SPEC
from portal.operations.operation import Operation
from portal.operations.outcome import Outcome
from portal.operations.performing import home, perform
from portal.operations.subject import SubjectAdapter, adapter_of

DEPLOY = "deploy"
# What a word in the path says about the subject, the most telling first.
KINDS = {"number": RELEASE, "app": APP, "tenant": TENANT, "cluster": CLUSTER}
ADD = "_add"
# In the address after a session that ended before the form was sent.
ENDED = "_ended"
# Asked for by a button that is there only where no script asks for it while one types.
PREVIEW = "_preview"
_ROW = re.compile(r"(?P<name>\w+)\[\d+\](?:\.(?P<cell>\w+))?")
NOTE, VERSION, THEN = "note", "version", "then"
# What a form sends besides its fields.
BESIDES = frozenset({"csrfmiddlewaretoken", VERSION, NOTE, ADD, PREVIEW})


@require_http_methods(["GET", "HEAD", "POST"])
def operation_page(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    """The page of an operation; whoever sends it after their session has ended is told so once they signed in."""
    if request.method == "POST" and not request.user.is_authenticated:
        query = dict(request.GET.lists()) | {ENDED: ["1"]}
        return redirect_to_login(f"{request.path}?{urlencode(query, doseq=True)}")
    return _page(request, name, **path)


@login_required
def _page(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    """GET draws the form, filled from the present value and the address; POST performs and goes to the subject."""
    operation = _operation(name, path)
    ref, actor = Ref(kind=operation.subject, **path), Actor.of_request(request)
    if request.method != "POST":
        return _draw(request, operation, ref, actor, typed=None)
    fields, data = operation.Input().fields, _typed(operation, request)
    address = inputs.from_address(fields, request.GET)
    data = {name: one for name, one in address.items() if name in fields and name != CONFIRM} | data
    if PREVIEW in request.POST:
        return _draw(request, operation, ref, actor, typed=data)
    if ADD in request.POST:
        return _draw(request, operation, ref, actor, typed=data | _one_row_more(operation, request))
    try:
        version, deploys = _version(request, operation, ref, actor), _deploys(request)
        outcome = perform(name, actor=actor, ref=ref, data=data, version=version, note=_note(request))
    except (NotFound, Forbidden):
        raise
    except SlipwayError as error:
        return _draw(request, operation, ref, actor, typed=data, error=error)
    url = outcome.url
    (messages.success if outcome.changed else messages.info)(request, outcome.message)
    follow_up = getattr(adapter_of(ref.kind), "follow_up", "")
    if deploys and follow_up:
        url = _follow(request, follow_up, actor=actor, ref=_made(ref, outcome.result), saved_at=url)
    if request.headers.get("HX-Request"):
        # Whoever asked by a script is told where to go, and the browser goes there itself: what is said is said once.
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url, status=303)


@login_required
@require_POST
def preview(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    """What the form as typed would change, as a fragment. Errors in the input are part of the answer, with 200; who may
    not do it any more is told so in the fragment, too, with the status of the error.
    """
    operation = _operation(name, path)
    ref, actor = Ref(kind=operation.subject, **path), Actor.of_request(request)
    data = _typed(operation, request)
    context: dict[str, Any] = {"outcome": None, "error": None, "quota": ()}
    try:
        context["outcome"] = perform(name, actor=actor, ref=ref, data=data, dry_run=True)
    except (NotFound, Forbidden) as error:
        return render(request, "operations/preview.html", {"error": error}, status=error.status)
    except UserError as error:
        subject = access.get(actor, ref, operation.permission)
        said = inputs.in_words(operation(), error) if isinstance(error, Invalid) else error
        context |= {"error": said, "quota": _quota_now(operation, ref, subject)}
    return render(request, "operations/preview.html", context)


def _draw(
    request: HttpRequest,
    operation: type[Operation],
    ref: Ref,
    actor: Actor,
    *,
    typed: Mapping[str, Any] | None,
    error: SlipwayError | None = None,
) -> HttpResponse:
    subject, adapter = access.get(actor, ref, operation.permission), adapter_of(ref.kind)
    doing, value = operation(), adapter.value(subject, operation.kind)
    given = inputs.from_address(operation.Input().fields, request.GET) if typed is None else dict(typed)
    # The name that confirms is drawn apart, and no link may fill it in.
    names, hidden = set(operation.Input().fields) - {CONFIRM}, {*doing.hidden(value), CONFIRM}
    initial = {name: one for name, one in doing.initial(value, given).items() if name in names}
    values = initial | {name: one for name, one in given.items() if name in names}
    errors, blocked = _field_errors(error), adapter.blocked(subject, operation) or doing.blocked(value)
    pickers = second_rights.offered(doing, value, adapter.pickers(subject), actor=actor, ref=ref, subject=subject)
    drawing = Drawing(pickers=pickers, choices=doing.choices(value), errors=errors)
    outcome, why_not = (None, None) if blocked else _first_preview(operation, actor, ref, subject, value, values)
    stale = isinstance(error, Conflict) and error.current_version is not None
    conflict = worded(doing, error.differences, drawing) if isinstance(error, Conflict) and stale else None
    said = None if error is None or _all_shown(error, operation, hidden) else error
    fields, focus = focused(
        fields_of(doing, values=values, drawing=drawing, hidden=hidden),
        error=said is not None,
        confirm=bool(operation.danger),
        wrongly_confirmed=CONFIRM in errors,
        added=request.POST.get(ADD, ""),
    )
    context = {
        "operation": operation,
        "fields": fields,
        "focus": focus,
        "ref": ref,
        "subject": adapter.describe(subject),
        "subject_url": home(operation, adapter, ref),
        "trail": _trail(operation, adapter, subject, ref),
        "version": adapter.version(subject),
        "preview_url": request.path + "preview/",
        "note": _note(request),
        "asks_why": NOTE in names,
        "blocked": str(blocked) if blocked else "",
        "error": said,
        "ended": typed is None and ENDED in request.GET,
        "conflict": conflict,
        "confirm_name": adapter.confirmation(subject) if operation.danger else "",
        "confirm_typed": request.POST.get(CONFIRM, ""),
        "confirm_error": next(iter(errors.get(CONFIRM, ())), ""),
        "keeps": any(isinstance(one, SecretField) for one in operation.Input().fields.values()),
        "can_deploy": operation.kind is SPEC and not operation.rewinds and _may_deploy(actor, ref, subject),
        "outcome": outcome,
        "why_not": why_not if error is None else None,
        "refused": ("field" if said is None else "form") if error is not None else "",
        "quota": () if outcome else _quota_now(operation, ref, subject),
    }
    status = 200 if error is None else 422 if isinstance(error, Invalid) else error.status
    response = render(request, "operations/form.html", context, status=status)
    if error is not None and error.retry_seconds:
        response["Retry-After"] = str(error.retry_seconds)
    return response


def _trail(operation: type[Operation], adapter: SubjectAdapter, subject: Any, ref: Ref) -> list[tuple[Any, str]]:
    page = operation.page
    if page is None:
        return list(adapter.trail(subject, ref))
    return [*([] if page.top else adapter.trail(subject, ref)), *page.way(ref)]


def _operation(name: str, path: Mapping[str, Any]) -> type[Operation]:
    operation = registry.find(name)
    kind = next((kind for part, kind in KINDS.items() if part in path), PLATFORM)
    if operation.subject != kind or operation.kind is READ:
        raise NotFound(_("There is no such form here. Check the address."))
    return operation


def _one_row_more(operation: type[Operation], request: HttpRequest) -> dict[str, Any]:
    """*Add a row* without JavaScript: the rows as typed, those left blank too, and one more. Nothing is performed."""
    name = request.POST[ADD]
    field = operation.Input().fields.get(name)
    if not isinstance(field, serializers.ListSerializer):
        return {}
    return {name: [*inputs.rows_as_typed(field, request.POST, name), {}]}


def _follow(request: HttpRequest, name: str, *, actor: Actor, ref: Ref, saved_at: str) -> str:
    """Save and deploy: the second half. When it is refused, the draft stays, and the page says so, or
    the form where one can choose how to go on.
    """
    try:
        outcome = perform(name, actor=actor, ref=ref, data={}, note=_note(request))
    except (UserError, Contended) as error:
        sentence = _("Saved to the draft, but not deployed: {reason}")
        reason = _("{why}. Deploy it again.").format(why=error.why) if isinstance(error, Contended) else error
        messages.error(request, sentence.format(reason=reason))
        if isinstance(error, Conflict) and error.fields:
            return reverse(f"{ref.kind}-operation", kwargs={"tenant": ref.tenant, "app": ref.app, "name": name})
        return saved_at
    messages.success(request, outcome.message)
    return outcome.url


def _made(ref: Ref, result: Mapping[str, Any]) -> Ref:
    """The app an operation of a tenant has just made, or the subject itself."""
    return Ref(kind="app", tenant=ref.tenant, app=str(result["app"])) if "app" in result else ref


def _may_deploy(actor: Actor, ref: Ref, subject: Any) -> bool:
    follow_up = getattr(adapter_of(ref.kind), "follow_up", "")
    return bool(follow_up) and access.allows(actor, ref.kind, subject, registry.find(follow_up).permission)


def _first_preview(
    operation: type[Operation], actor: Actor, ref: Ref, subject: Any, value: Any, values: Mapping[str, Any]
) -> tuple[Outcome | None, UserError | None]:
    """The preview of the form as it is first shown, or why what it is filled with is refused; neither while it lacks
    something.
    """
    given = {name: one for name, one in values.items() if one not in ("", None)}
    try:
        return performing.preview(operation, actor=actor, ref=ref, subject=subject, value=value, data=given), None
    except Invalid:
        return None, None
    except UserError as error:
        return None, error


def _quota_now(operation: type[Operation], ref: Ref, subject: Any) -> Sequence[Mapping[str, Any]]:
    """What a form that takes quota shows of it while there is no preview to compare with."""
    return adapter_of(ref.kind).quota(subject) if operation.kind is SPEC or operation.reserves else ()


def _typed(operation: type[Operation], request: HttpRequest) -> dict[str, Any]:
    """What was typed, and whatever else was sent that no form of this operation has, to be refused."""
    besides = {*BESIDES, THEN} if operation.kind is SPEC else BESIDES
    return inputs.from_form(operation.Input().fields, request.POST, besides=besides)


def _deploys(request: HttpRequest) -> bool:
    if (given := request.POST.get(THEN, "")) not in ("", DEPLOY):
        raise Invalid(_("then has to be deploy, or blank: what to do once it is saved. Nothing was saved."))
    return given == DEPLOY


def _version(request: HttpRequest, operation: type[Operation], ref: Ref, actor: Actor) -> int | None:
    """The version the form was made from; None when it says none, or what it changes has none."""
    given = request.POST.get(VERSION)
    if given is None:
        return None
    if given.isascii() and given.isdigit() and len(given) < 19:
        return int(given)
    if given == "" and adapter_of(ref.kind).version(access.get(actor, ref, operation.permission)) is None:
        return None
    raise Invalid(
        _(
            "The form does not say which version it was made from, so nothing was saved. What you typed is kept below. "
            "Look at what is there now, then save again."
        )
    )


def _note(request: HttpRequest) -> str:
    return request.POST.get(NOTE, "")


def _field_errors(error: SlipwayError | None) -> Mapping[str, list[str]]:
    if isinstance(error, Invalid):
        return error.fields
    if isinstance(error, Refused) and error.field:
        return {error.field: [str(error)]}
    return {}


def _all_shown(error: SlipwayError, operation: type[Operation], hidden: Collection[str]) -> bool:
    """Whether every sentence of the error stands at a field of the form already."""
    shown = {name: one for name, one in operation.Input().fields.items() if name == CONFIRM or name not in hidden}
    errors = _field_errors(error)
    return bool(errors) and all(_stands_at(name, shown) for name in errors)


def _stands_at(path: str, fields: Mapping[str, Any]) -> bool:
    row = _ROW.fullmatch(path)
    if row is None:
        return path in fields
    rows: Any = fields.get(row["name"])
    if not isinstance(rows, serializers.ListSerializer) or not isinstance(rows.child, serializers.Serializer):
        return False
    return not row["cell"] or row["cell"] in rows.child.fields
