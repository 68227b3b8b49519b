"""What a number looks like where it comes as text. Pure.

Python reads more than people mean: `int("1_000")` is 1000, and digits of every script count.
"""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")
_ANY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def is_plain(field: Any, text: str) -> bool:
    """Whether a text is a number in ASCII digits, as a field takes it that `drawable.NUMBERS` are; spaces around it
    do not matter. How large it may be is for the field to say.
    """
    shape = _WHOLE if isinstance(field, serializers.IntegerField) else _ANY
    return shape.fullmatch(text.strip()) is not None
