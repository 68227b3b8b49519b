"""What is lost for good asks for its name: by form, API and command line alike, in the field `confirm`.

A preview does without it: it shows what will be gone, and that is what the name is typed for.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from portal.errors import Invalid

CONFIRM = "confirm"


def asking(given: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The input of a dangerous operation: its own fields, and the name."""
    field = serializers.CharField(
        label=gettext_lazy("Confirm"),
        required=False,
        allow_blank=True,
        max_length=253,
        help_text=gettext_lazy("The name of what this is done to, once more. Only a preview does without."),
    )
    return type(given.__name__, (given,), {CONFIRM: field, "__doc__": given.__doc__, "__module__": given.__module__})


def confirmed(given: dict[str, Any], *, name: str, danger: object, dry_run: bool) -> dict[str, Any]:
    """Validated input of a dangerous operation without the confirmation. Raises Invalid when that is not `name`."""
    rest = {key: one for key, one in given.items() if key != CONFIRM}
    if dry_run or given.get(CONFIRM) == name:
        return rest
    raise Invalid(
        _("{danger} If that is meant, send its name, {name}, in the field confirm.").format(danger=danger, name=name),
        fields={CONFIRM: [_("Type {name} to confirm.").format(name=name)]},
    )
