"""The rights that an input takes besides that of its operation: asked where it is done and where it is only tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from portal import access
from portal.access import Actor, Ref
from portal.errors import Forbidden, NeedsRight
from portal.operations.fields import MultiPickerField
from portal.operations.operation import Operation
from portal.operations.pickers import Choices, Pickers


def require(actor: Actor, ref: Ref, subject: Any, wanted: Mapping[str, Any]) -> None:
    """Pass when the actor has all of `wanted` (right → sentence why) on what `ref` names, `subject`; else NeedsRight,
    which says of each that is missing why it is needed, and who can give it.
    """
    said = []
    for right in lacking(actor, ref, subject, wanted):
        try:
            access.get(actor, ref, right)
        except Forbidden as error:
            said.append(f"{wanted[right]} {error}".strip())
    if said:
        raise NeedsRight(" ".join(said))


def lacking(actor: Actor, ref: Ref, subject: Any, rights: Iterable[str]) -> list[str]:
    """Those of these rights that the actor does not have, sorted. No query where those of its tenant were read."""
    return [one for one in sorted(rights) if not access.allows(actor, ref.kind, subject, one)]


def offered(
    doing: Operation, value: Any, pickers: Mapping[str, Choices], *, actor: Actor, ref: Ref, subject: Any
) -> Mapping[str, Choices]:
    """The lists of a form's pickers, without what the actor lacks a second right to pick."""
    fields = {one.picker: name for name, one in doing.Input().fields.items() if isinstance(one, MultiPickerField)}
    if type(doing).second_rights is Operation.second_rights or not fields:
        return pickers

    def may_pick(picker: str) -> Choices:
        def may(one: str) -> bool:
            return not lacking(actor, ref, subject, doing.second_rights(value, {fields[picker]: [one]}))

        return [(one, title) for one, title in pickers[picker] if may(one)]

    every = {name: partial(pickers.__getitem__, name) for name in pickers}
    return Pickers(**{**every, **{name: partial(may_pick, name) for name in fields}})
