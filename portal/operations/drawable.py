"""Which inputs a form can draw and read back without losing anything. Pure.

An operation with any other is refused when it is imported: its form would show less than is there, and save that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from portal.operations.fields import MultiPickerField, SecretField

NUMBERS = (serializers.IntegerField, serializers.FloatField, serializers.DecimalField)
SINGLE = (serializers.CharField, serializers.ChoiceField, serializers.BooleanField, *NUMBERS)


def undrawable(fields: Mapping[str, Any]) -> str:
    """Why no form can draw all these fields, for who writes them; "" when one can."""
    return next((why for name, field in fields.items() if (why := _why(name, field))), "")


def _why(name: str, field: Any) -> str:
    if isinstance(field, serializers.ListSerializer):
        if not isinstance(field.child, serializers.Serializer):
            return f"has a list without named fields, {name}. Make it a ListField."
        cells = {f"{name}.{cell}": inner for cell, inner in field.child.fields.items()}
        lists = [cell for cell, inner in cells.items() if _is_list(inner)]
        if lists:
            return (
                f"has a list in the rows of another, {lists[0]}, which no form draws. Give it an operation of its own."
            )
        return undrawable(cells)
    if isinstance(field, MultiPickerField):
        return ""
    if isinstance(field, serializers.ListField):
        return _why_no_entries(name, field.child)
    if isinstance(field, serializers.BooleanField) and field.allow_null:
        return f"has a box that may be null, {name}: one is ticked or not. Make it a ChoiceField."
    if isinstance(field, serializers.MultipleChoiceField) or not isinstance(field, SINGLE):
        return (
            f"has {name}, a {type(field).__name__}, which no form draws. Take fields for text, numbers, choices and "
            f"boxes, a ListField of those, or rows() of several."
        )
    return ""


def _why_no_entries(name: str, child: Any) -> str:
    if isinstance(child, SecretField):
        return (
            f"has a list of secrets, {name}, which would be shown and logged. Take rows() with a SecretField in them."
        )
    if isinstance(child, serializers.BooleanField) or _is_list(child):
        return f"has a list of {type(child).__name__}, {name}, which no form draws. Take rows() of named fields."
    return _why(name, child)


def _is_list(field: Any) -> bool:
    lists = (serializers.ListSerializer, serializers.ListField)
    return isinstance(field, lists) and not isinstance(field, MultiPickerField)
