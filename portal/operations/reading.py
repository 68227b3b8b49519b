"""READ operations: the doorway, the input, one line in the audit log, and what is shown. They change nothing."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal import access
from portal.access import Actor, Ref
from portal.audit.recording import Change, record
from portal.errors import Invalid, UserError
from portal.operations import colliding, inputs, refusals, registry
from portal.operations.context import Context
from portal.operations.kinds import READ
from portal.operations.subject import adapter_of


def read(name: str, *, actor: Actor, ref: Ref, data: Any) -> Any:
    """What the operation shows, as JSON. Raises UserError with a sentence; Contended where the log is held too long."""
    with colliding.told(ref):
        return _read(name, actor=actor, ref=ref, data=data)


def _read(name: str, *, actor: Actor, ref: Ref, data: Any) -> Any:
    operation = registry.find(name)
    try:
        if operation.kind is not READ or ref.kind != operation.subject:
            raise Invalid(_("{name} cannot be read here.").format(name=operation.name))
        doing, adapter = operation(), adapter_of(ref.kind)
        subject = access.get(actor, ref, operation.permission)
        value = adapter.value(subject, READ)
        given = inputs.validate(doing, data, read=lambda: value)
        context = Context(actor=actor, ref=ref, subject=subject, read=lambda: value, dry_run=False)
        shown = doing.apply(value, doing.resolve(context, given))
    except UserError as error:
        refusals.record_refusal(error, operation=operation, actor=actor, ref=ref, data=data)
        raise
    with transaction.atomic():
        change = Change(operation=operation.name, input=inputs.redacted(doing, given))
        record(change, actor=actor, subject=adapter.describe(subject))
    return shown
