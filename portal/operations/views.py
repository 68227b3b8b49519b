"""The page of an operation: the form, its preview, and what to do with the answer. One for all operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from portal import access
from portal.access import Actor, Ref
from portal.access.ref import APP, CLUSTER, PLATFORM, RELEASE, TENANT
from portal.errors import Conflict, Forbidden, Invalid, NotFound, SlipwayError, UserError
from portal.operations import ended, following, inputs, performing, registry, second_rights, typed_rows
from portal.operations.choosing import meant
from portal.operations.confirming import CONFIRM
from portal.operations.fields import SecretField
from portal.operations.focus import focused
from portal.operations.forms import Drawing, fields_of, worded
from portal.operations.kinds import READ, SPEC
from portal.operations.operation import Operation
from portal.operations.outcome import Outcome
from portal.operations.performing import home, perform
from portal.operations.standing import all_shown, errors_of
from portal.operations.subject import SubjectAdapter, adapter_of

# What a word in the path says about the subject, the most telling first.
KINDS = {"number": RELEASE, "app": APP, "tenant": TENANT, "cluster": CLUSTER}
# In the address after a session that ended before the form was sent.
ENDED = "_ended"
# Asked for by a button that is there only where no script asks for it while one types.
PREVIEW = "_preview"
NOTE, VERSION = "note", "version"
# Who was signed in when the form was made: another person may be, in another tab, when it is sent.
DRAWN_FOR = "drawn_for"
# What a form sends besides its fields.
BESIDES = frozenset({"csrfmiddlewaretoken", VERSION, NOTE, DRAWN_FOR, typed_rows.ADD, typed_rows.REMOVE, PREVIEW})


@csrf_exempt  # `_sent` asks for the token; who signed in in another tab has a new one, which the page of `_again` lacks
@require_http_methods(["GET", "HEAD", "POST"])
def operation_page(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    """The page of an operation; whoever sends it after their session has ended gets back what was typed."""
    if request.method == "POST" and ended.AGAIN in request.POST:
        return _again(request, name, **path)
    answer = _sent(request, name, **path)
    let_in = getattr(request, "csrf_processing_done", False)  # so Django notes that the token was the right one
    if request.method == "POST" and not let_in and request.user.is_authenticated:
        return _told(request, name, path) or answer
    return answer


@csrf_protect
def _sent(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    if request.method != "POST" or request.user.is_authenticated:
        return _page(request, name, **path)
    if page := _told(request, name, path):
        return page
    query = dict(request.GET.lists()) | {ENDED: ["1"]}
    return redirect_to_login(f"{request.path}?{urlencode(query, doseq=True)}")


def _told(request: HttpRequest, name: str, path: Mapping[str, Any]) -> HttpResponse | None:
    """What was typed, in a page that goes on with it; None where nothing was, or there is no such form."""
    with suppress(NotFound):
        typed = ended.kept(_operation(name, path), request.POST)
        return ended.page(request, typed) if ended.is_worth_it(typed) else None
    return None


def _again(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    """The form as it was filled in when its session had ended. It performs nothing, as a link that fills in a form."""
    operation = _operation(name, path)
    request.POST = typed = ended.kept(operation, request.POST)  # type: ignore[assignment]  # it is one made by hand
    if not request.user.is_authenticated:
        return ended.page(request, typed)
    data, ref = _typed(operation, request), Ref(kind=operation.subject, **path)
    return _draw(request, operation, ref, Actor.of_request(request), typed=data, back=True)


@login_required
def _page(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    """GET draws the form, filled from the present value and the address; POST performs and goes to the subject."""
    operation = _operation(name, path)
    ref, actor = Ref(kind=operation.subject, **path), Actor.of_request(request)
    if request.method != "POST":
        return _draw(request, operation, ref, actor, typed=None)
    if request.POST.get(DRAWN_FOR) not in (None, request.user.get_username()):
        return _of_another(request, operation, ref, actor)
    fields, data = operation.Input().fields, _typed(operation, request)
    if PREVIEW in request.POST:
        return _draw(request, operation, ref, actor, typed=data, asked=True)
    if typed_rows.is_asked(request.POST):
        return _draw(request, operation, ref, actor, typed=data | typed_rows.rows(operation, request.POST))
    try:
        version, deploys = _version(request, operation, ref, actor), following.is_asked(request)
        outcome = perform(name, actor=actor, ref=ref, data=meant(fields, data), version=version, note=_note(request))
    except (NotFound, Forbidden):
        raise
    except SlipwayError as error:
        return _draw(request, operation, ref, actor, typed=data, error=error)
    url = outcome.url
    follow_up = getattr(adapter_of(ref.kind), "follow_up", "") if deploys else ""
    if outcome.changed or not follow_up:
        (messages.success if outcome.changed else messages.info)(request, outcome.message)
        following.warn(request, outcome)
    if follow_up:
        url = following.follow(
            request, follow_up, actor=actor, ref=following.made(ref, outcome.result), saved=outcome, note=_note(request)
        )
    if request.headers.get("HX-Request"):
        # Whoever asked by a script is told where to go, and the browser goes there itself: what is said is said once.
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url, status=303)


def _of_another(request: HttpRequest, operation: type[Operation], ref: Ref, actor: Actor) -> HttpResponse:
    """The form as it was filled in for somebody else, which performs nothing and says who is signed in now; what was
    typed alone where that one may not have the form.
    """
    request.POST = typed = ended.kept(operation, request.POST)  # type: ignore[assignment]  # as in `_again`
    sentence = _(
        "This form was made for somebody else, and {who} is signed in here now, so nothing was done. What was typed is "
        "kept below. Look at it, then send it again to do it as {who}."
    )
    error = Conflict(sentence.format(who=actor.username), code="another_user")
    try:
        return _draw(request, operation, ref, actor, typed=_typed(operation, request), error=error)
    except (NotFound, Forbidden):
        return ended.page(request, typed)


@login_required
@require_POST
def preview(request: HttpRequest, name: str, **path: Any) -> HttpResponse:
    """What the form as typed would change, as a fragment. Errors in the input are part of the answer, with 200; who may
    not do it any more is told so in the fragment, too, with the status of the error.
    """
    operation = _operation(name, path)
    ref, actor = Ref(kind=operation.subject, **path), Actor.of_request(request)
    data = meant(operation.Input().fields, _typed(operation, request))
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
    back: bool = False,
    asked: bool = False,
) -> HttpResponse:
    """The page of the form. `asked`: somebody wants to see what it would do, and is told what is wrong with its input;
    a form as it is first opened is not finished.
    """
    subject, adapter = access.get(actor, ref, operation.permission), adapter_of(ref.kind)
    doing, value = operation(), adapter.value(subject, operation.kind)
    given = inputs.from_address(operation.Input().fields, request.GET) if typed is None else dict(typed)
    # The name that confirms is drawn apart, and no link may fill it in.
    names, hidden = set(operation.Input().fields) - {CONFIRM}, {*doing.hidden(value), CONFIRM}
    initial = {name: one for name, one in doing.initial(value, given).items() if name in names}
    values = initial | {name: one for name, one in given.items() if name in names}
    blocked = adapter.blocked(subject, operation) or doing.blocked(value)
    data = given if asked else {name: one for name, one in values.items() if one not in ("", None)}
    outcome, why_not = (None, None) if blocked else _first_preview(operation, actor, ref, subject, value, data)
    if isinstance(why_not, Invalid):
        error, why_not = why_not if asked else error, None
    errors = errors_of(error)
    pickers = second_rights.offered(doing, value, adapter.pickers(subject), actor=actor, ref=ref, subject=subject)
    drawing = Drawing(pickers=pickers, choices=doing.choices(value), errors=errors)
    stale = isinstance(error, Conflict) and error.current_version is not None
    conflict = worded(doing, error.differences, drawing) if isinstance(error, Conflict) and stale else None
    said = None if error is None or all_shown(error, operation, hidden) else error
    fields, focus = focused(
        fields_of(doing, values=values, drawing=drawing, hidden=hidden),
        error=said is not None,
        confirm=bool(operation.danger),
        wrongly_confirmed=CONFIRM in errors,
        added=typed_rows.changed_in(request.POST),
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
        "back": back,
        "conflict": conflict,
        "confirm_name": adapter.confirmation(subject) if operation.danger else "",
        "confirm_typed": request.POST.get(CONFIRM, ""),
        "confirm_error": next(iter(errors.get(CONFIRM, ())), ""),
        "keeps": any(isinstance(one, SecretField) for one in operation.Input().fields.values()),
        "can_deploy": operation.kind is SPEC and not operation.rewinds and following.may_follow(actor, ref, subject),
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


def _first_preview(
    operation: type[Operation], actor: Actor, ref: Ref, subject: Any, value: Any, data: Mapping[str, Any]
) -> tuple[Outcome | None, UserError | None]:
    """The preview of the form as it is drawn, or why what it is filled with is refused: Invalid also while it lacks
    something.
    """
    given = meant(operation.Input().fields, data)
    try:
        return performing.preview(operation, actor=actor, ref=ref, subject=subject, value=value, data=given), None
    except UserError as error:
        return None, error


def _quota_now(operation: type[Operation], ref: Ref, subject: Any) -> Sequence[Mapping[str, Any]]:
    """What a form that takes quota shows of it while there is no preview to compare with."""
    return adapter_of(ref.kind).quota(subject) if operation.kind is SPEC or operation.reserves else ()


def _typed(operation: type[Operation], request: HttpRequest) -> dict[str, Any]:
    """What was typed, over what the address fills in; and what was sent that no form of this has, to be refused."""
    besides, fields = {*BESIDES, following.THEN} if operation.kind is SPEC else BESIDES, operation.Input().fields
    address = inputs.from_address(fields, request.GET)
    filled = {name: one for name, one in address.items() if name in fields and name != CONFIRM}
    return filled | inputs.from_form(fields, request.POST, besides=besides)


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
