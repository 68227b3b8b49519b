"""Input fields the kernel draws and treats in a way of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.spelling import misleads

MISLEADING = _("This changes the direction of text, or has characters that nobody sees. Write it without them.")


def readable(text: str) -> None:
    """A validator of what one person says to others: nothing in it turns their words around, or is not seen.

    Every text that an operation takes is held to it by `inputs`, but for secrets, names that are chosen and what is
    `verbatim`; where a field is asked why, it says so itself.
    """
    if misleads(text):
        raise serializers.ValidationError(MISLEADING)


class ExactField(serializers.CharField):
    """One line that is taken as it is: what checks it says itself which characters it may not have."""

    verbatim = True


class PickerField(serializers.CharField):
    """A name chosen from those the subject has. `picker` says which list: `process`, `port`, `cluster` …

    That the name exists is checked by `apply`, on the locked value; the form offers the list.
    """

    def __init__(self, *, picker: str, **options: Any) -> None:
        self.picker = picker
        super().__init__(max_length=options.pop("max_length", 253), **options)


class NumberPickerField(serializers.IntegerField):
    """The number of a thing chosen from those the subject has; as with `PickerField`."""

    def __init__(self, *, picker: str, **options: Any) -> None:
        self.picker = picker
        super().__init__(**options)


class MultiPickerField(serializers.ListField):
    """Several names from one list of the subject; one that is named twice is named."""

    def __init__(self, *, picker: str, **options: Any) -> None:
        self.picker = picker
        super().__init__(child=serializers.CharField(max_length=253), max_length=200, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        return list(dict.fromkeys(super().to_internal_value(data)))


def has_entries(field: Any) -> bool:
    """Whether it is a list of single values that are typed, a row of the form for each."""
    return isinstance(field, serializers.ListField) and not isinstance(field, MultiPickerField)


def may_be_blank(field: Any) -> bool:
    """Whether a blank entry of such a list is one. Else it is a row that nobody filled in."""
    return bool(getattr(field.child, "allow_blank", False))


class SecretField(serializers.CharField):
    """A value that is stored sealed and never shown, logged or audited; entries hold that it changed, and a digest.

    It may have several lines, as keys and certificates do. The form masks them until somebody asks to see them.
    `lines` as with TextField.
    """

    def __init__(self, *, lines: int = 1, **options: Any) -> None:
        self.lines = lines
        super().__init__(trim_whitespace=False, write_only=True, max_length=options.pop("max_length", 65536), **options)


class DateField(serializers.CharField):
    """A day as its ISO text, `2026-12-31`; blank for none, which is what it is where it is not given."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "default": "", "max_length": 10, **options})

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            raise serializers.ValidationError(_("This is no day. Write it as in 2026-12-31.")) from None


class MomentField(serializers.CharField):
    """A moment by the clocks of some place, as ISO text to the minute: `2026-12-31T18:00`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 25, **options})

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None or not 1970 < found.year < 9000:
            raise serializers.ValidationError(_("This is no date with a time. Write it as in 2026-12-31T18:00."))
        return found.isoformat(timespec="minutes")


class TextField(serializers.CharField):
    """Text of several lines, which end in LF however they were sent: an HTML form sends CRLF.

    `lines`: how many of them the form has room for before anything is typed; it grows with what is. `verbatim`: for a
    program, which may want any character; it is spelled out where people see it.
    """

    def __init__(self, *, lines: int = 4, verbatim: bool = False, **options: Any) -> None:
        self.lines = lines
        self.verbatim = verbatim
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        return with_lf(super().to_internal_value(data))


def with_lf(text: str) -> str:
    """The text with lines that end in LF, as a browser takes it from a page."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def rows(
    row: type[serializers.Serializer[Any]],
    *,
    label: Any,
    most: int,
    least: int = 1,
    style: Mapping[str, Any] | None = None,
    help_text: Any = "",
) -> Any:
    """A list of rows of several fields, from `least` to `most` of them; it may be left out where none will do."""
    options: dict[str, Any] = {"label": label, "min_length": least, "max_length": most, "allow_empty": least == 0}
    options["help_text"] = help_text
    options["style"] = dict(style or {})
    if least == 0:
        options |= {"required": False, "default": list}
    return row(many=True, **options)
