"""Save and deploy: the operation that a page performs after the one its form is for, and what is said of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import access
from portal.access import Actor, Ref
from portal.errors import Conflict, Contended, Invalid, UserError
from portal.operations import registry
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.operations.subject import adapter_of

THEN, DEPLOY = "then", "deploy"


def is_asked(request: HttpRequest) -> bool:
    """Whether the form was sent to do both. Raises Invalid for anything else that is asked to follow."""
    if (given := request.POST.get(THEN, "")) not in ("", DEPLOY):
        raise Invalid(_("then has to be deploy, or blank: what to do once it is saved. Nothing was saved."))
    return given == DEPLOY


def may_follow(actor: Actor, ref: Ref, subject: Any) -> bool:
    """Whether a form of the subject offers it, and its person may."""
    follow_up = getattr(adapter_of(ref.kind), "follow_up", "")
    return bool(follow_up) and access.allows(actor, ref.kind, subject, registry.find(follow_up).permission)


def made(ref: Ref, result: Mapping[str, Any]) -> Ref:
    """The app an operation of a tenant has just made, or the subject itself."""
    return Ref(kind="app", tenant=ref.tenant, app=str(result["app"])) if "app" in result else ref


def follow(request: HttpRequest, name: str, *, actor: Actor, ref: Ref, saved: Outcome, note: str) -> str:
    """Save and deploy: the second half. When it is refused, the draft stays, and the page says so, or
    the form where one can choose how to go on. Where nothing had to be saved, that is said in the same breath.
    """
    try:
        outcome = perform(name, actor=actor, ref=ref, data={}, note=note)
    except (UserError, Contended) as error:
        sentence = _("Saved to the draft, but not deployed: {reason}")
        if not saved.changed:
            sentence = _("Nothing had to be saved: the draft is like that already. It was not deployed: {reason}")
        reason = _("{why}. Deploy it again.").format(why=error.why) if isinstance(error, Contended) else error
        messages.error(request, sentence.format(reason=reason))
        if isinstance(error, Conflict) and error.fields:
            return reverse(f"{ref.kind}-operation", kwargs={"tenant": ref.tenant, "app": ref.app, "name": name})
        return saved.url
    done = outcome.message
    if not saved.changed:
        done = _("The draft is like that already, so it is deployed as it is. {done} Look below how it goes.")
        done = done.format(done=outcome.message)
    messages.success(request, done)
    warn(request, outcome)
    return outcome.url


def warn(request: HttpRequest, outcome: Outcome) -> None:
    """What the answer of the API warns of, too."""
    for sentence in outcome.result.get("warnings", ()):
        messages.warning(request, sentence)
