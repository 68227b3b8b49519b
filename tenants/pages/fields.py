"""Django form fields as the view models that `portal.ui` draws."""

from __future__ import annotations

from django import forms

from portal.ui.fields import Choice, Field


def drawn(form: forms.Form) -> list[Field]:
    """The fields of a form in their order, with what was typed and what is wrong with it."""
    return [_drawn(bound) for bound in form]


def _drawn(bound: forms.BoundField) -> Field:
    value = bound.value()
    chosen = {str(one) for one in value} if isinstance(value, list | tuple) else {str(value)}
    choices = [
        Choice(value=str(key), label=label, selected=str(key) in chosen)
        for key, label in getattr(bound.field, "choices", ())
    ]
    return Field(
        kind=_kind(bound.field),
        name=bound.name,
        label=bound.label,
        value="" if value is None else value,
        help=bound.help_text,
        errors=[str(error) for error in bound.errors],
        required=bound.field.required,
        choices=choices,
        maxlength=getattr(bound.field, "max_length", None),
    )


def _kind(field: forms.Field) -> str:
    if isinstance(field, forms.MultipleChoiceField):
        return "multi"
    return "select" if isinstance(field, forms.ChoiceField) else "text"
