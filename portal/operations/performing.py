"""`perform`: the only way state changes, always in this order.

doorway → validate (and confirm, where something is lost for good) → resolve → (a dry run ends here) → lock → compare
versions → blocked, second rights, apply, check, reserve quota → nothing changed: write nothing → save state, revision,
effects and audit entry in one transaction. Nudges and messages go out after the commit, by whoever was asked inside it;
they never raise and never wait.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal import access
from portal.access import Actor, Ref
from portal.audit.recording import Change, record
from portal.errors import Conflict, Invalid, Refused, UserError
from portal.failpoints import reach
from portal.operations import actions, colliding, confirming, inputs, refusals, registry, second_rights
from portal.operations.context import Context
from portal.operations.fields import MISLEADING
from portal.operations.kinds import NOW, READ
from portal.operations.operation import Operation
from portal.operations.outcome import Outcome
from portal.operations.subject import Saved, Saving, SubjectAdapter, adapter_of
from portal.spelling import misleads

NOTE_LENGTH = 2000


def perform(
    name: str,
    *,
    actor: Actor,
    ref: Ref,
    data: Any,
    version: int | None = None,
    dry_run: bool = False,
    note: str = "",
) -> Outcome:
    """Do (or, as a dry run, preview) one operation on what `ref` names.

    `data` is JSON-like input, `version` the subject's version the input was made from (None: whatever it is now).
    Raises UserError with a sentence; whatever was refused has left no trace but its audit entry. Raises Contended where
    it gave way to somebody else's change; that leaves none at all.
    """
    operation, note = registry.find(name), note.replace("\0", "")
    with colliding.told(ref):
        try:
            if ref.kind != operation.subject:
                raise Invalid(_wrong_subject(operation, ref))
            return _perform(operation, actor=actor, ref=ref, data=data, version=version, dry_run=dry_run, note=note)
        except UserError as error:
            if not dry_run:
                refusals.record_refusal(error, operation=operation, actor=actor, ref=ref, data=data)
            raise


def _perform(
    operation: type[Operation], *, actor: Actor, ref: Ref, data: Any, version: int | None, dry_run: bool, note: str
) -> Outcome:
    doing, adapter = operation(), adapter_of(ref.kind)
    subject = access.get(actor, ref, operation.permission)
    if operation.kind is READ:
        raise Invalid(_("{name} only shows something. Ask for it with GET.").format(name=operation.name))
    read = partial(adapter.value, subject, operation.kind)
    context = Context(actor=actor, ref=ref, subject=subject, read=read, dry_run=dry_run)
    given, resolved = _resolved(doing, adapter, context, data, note=note)
    if dry_run:
        return _preview(doing, adapter, context, resolved)
    try:
        with transaction.atomic():
            outcome = _commit(
                doing, adapter, subject, given, resolved, actor=actor, ref=ref, version=version, note=note
            )
            reach("perform.before")
        reach("perform.after")
    except BaseException:  # whatever ends it, what `resolve` stored must not stay behind
        context.take_back()
        raise
    if not outcome.changed:
        context.take_back()
    return outcome


def preview(operation: type[Operation], *, actor: Actor, ref: Ref, subject: Any, value: Any, data: Any) -> Outcome:
    """A dry run on a subject that came through the doorway with the operation's right, and whose value is known.

    What `perform` with `dry_run` says, without looking both up a second time. Raises UserError.
    """
    doing, adapter = operation(), adapter_of(ref.kind)
    context = Context(actor=actor, ref=ref, subject=subject, read=lambda: value, dry_run=True)
    _given, resolved = _resolved(doing, adapter, context, data)
    return _preview(doing, adapter, context, resolved)


def _resolved(
    doing: Operation, adapter: SubjectAdapter, context: Context, data: Any, *, note: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The input as it was validated, and what `resolve` made of it."""
    given = inputs.validate(doing, data, read=lambda: context.value)
    _check_note(note)
    if doing.danger:
        name = adapter.confirmation(context.subject)
        given = confirming.confirmed(given, name=name, danger=doing.danger, dry_run=context.dry_run)
    return given, doing.resolve(context, given)


def _commit(
    operation: Operation,
    adapter: SubjectAdapter,
    found: Any,
    given: dict[str, Any],
    resolved: dict[str, Any],
    *,
    actor: Actor,
    ref: Ref,
    version: int | None,
    note: str,
) -> Outcome:
    subject = adapter.lock(found)
    now = adapter.version(subject)
    if version is not None and version != now and not operation.adds:
        theirs = inputs.differences(operation, given, value=adapter.value(subject, operation.kind))
        raise Conflict(_stale(version, now), code="stale_version", current_version=now, differences=theirs)
    before = adapter.value(subject, operation.kind)
    _allowed(operation, adapter, actor, ref, subject, before, resolved)
    after = _applied(operation, adapter, subject, before, resolved)
    if operation.kind is NOW:
        described = adapter.describe(subject)
        done = actions.run(subject, after, actor=actor, note=note)
        saved = Saved(version_before=now, version_after=adapter.version(subject), result=done.result, subject=described)
        diff = list(done.diff)
    elif after == before and not operation.rewinds:
        return Outcome(
            operation.name, ref, changed=False, message=_nothing(), version=now, url=home(operation, adapter, ref)
        )
    else:
        adapter.usage(subject, type(operation), after)
        diff = [*adapter.diff(before, after)]
        saving = Saving(type(operation), before, after, resolved, actor, note)
        saved = adapter.save(subject, saving)
        adapter.effects(subject, saved)
    change = Change(
        operation=operation.name,
        input=inputs.redacted(operation, given),
        resolved=inputs.redacted(operation, resolved),
        diff=diff,
        result=saved.result,
        version_before=saved.version_before,
        version_after=saved.version_after,
        note=note,
    )
    entry = record(change, actor=actor, subject=saved.subject or adapter.describe(subject))
    message = refusals.done_words(entry)
    url = str(saved.result.get("url", "")) or home(operation, adapter, ref)
    return Outcome(
        operation.name, ref, True, message, saved.version_after, saved.revision, saved.result, preview=None, url=url
    )


def _preview(operation: Operation, adapter: SubjectAdapter, context: Context, resolved: dict[str, Any]) -> Outcome:
    subject, value = context.subject, context.value
    _allowed(operation, adapter, context.actor, context.ref, subject, value, resolved)
    after = _applied(operation, adapter, subject, value, resolved)
    if operation.kind is NOW:
        shown, changed = actions.preview(subject, after, actor=context.actor), True
    else:
        shown, changed = adapter.preview(subject, type(operation), value, after), after != value
    would = shown.happens or _("This is what it would change. Nothing is saved yet.")
    message = would if changed else _nothing()
    return Outcome(operation.name, context.ref, changed, message, adapter.version(subject), preview=shown)


def _allowed(
    operation: Operation,
    adapter: SubjectAdapter,
    actor: Actor,
    ref: Ref,
    subject: Any,
    value: Any,
    resolved: dict[str, Any],
) -> None:
    for sentence in (adapter.blocked(subject, type(operation)), operation.blocked(value)):
        if sentence:
            raise Conflict(sentence, code="blocked")
    second_rights.require(actor, ref, subject, operation.second_rights(value, resolved))


def _applied(operation: Operation, adapter: SubjectAdapter, subject: Any, value: Any, resolved: dict[str, Any]) -> Any:
    try:
        after = operation.apply(value, resolved)
        adapter.check(subject, type(operation), after)
    except Refused as error:
        error.field = inputs.path_in(operation, resolved, error.field)
        error.message = inputs.with_path(error.message, error.field)
        raise
    except UserError:
        raise
    except ValueError as error:  # the invariants of a value speak in sentences, as ValueError
        raise Refused(str(error), field=getattr(error, "field", "")) from None
    return after


def home(operation: Operation | type[Operation], adapter: SubjectAdapter, ref: Ref) -> str:
    """The address of the page where an operation on `ref` is done, and where one looks at what came of it."""
    return operation.page.url(ref) if operation.page else adapter.url(ref)


def _check_note(note: str) -> None:
    if len(note) > NOTE_LENGTH:
        sentence = _("The note is longer than {most} characters. Shorten it.").format(most=NOTE_LENGTH)
        raise Invalid(sentence, fields={"note": [sentence]})
    if misleads(note):
        raise Invalid(str(MISLEADING), fields={"note": [str(MISLEADING)]})


def _stale(version: int, now: int) -> str:
    return _(
        "This changed while you were editing: your input was made from version {old}, it is at version {new} now. "
        "Look at both and send it again."
    ).format(old=version, new=now)


def _nothing() -> str:
    return _("Nothing changes: everything is like that already.")


def _wrong_subject(operation: type[Operation], ref: Ref) -> str:
    return _("{name} belongs to the address of its {kind}, not of its {given}. Send it there.").format(
        name=operation.name, kind=operation.subject, given=ref.kind
    )
