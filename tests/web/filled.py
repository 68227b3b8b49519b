"""What the fields of a form hold."""

from __future__ import annotations

import html
import re
from typing import Any

_FIELDS = re.compile(r"<(?:input|select)\b[^>]*>|<textarea\b[^>]*>[^<]*")


def values(page: Any, name: str) -> list[str]:
    """The values of the fields of a name, in order."""
    chosen = [one for one in _FIELDS.findall(page.text) if re.search(rf'\sname="{re.escape(name)}"', one)]
    return [html.unescape(_value(one)) for one in chosen]


def _value(field: str) -> str:
    if field.startswith("<textarea"):
        return field.partition(">")[2].removeprefix("\n")
    found = re.search(r'\svalue="([^"]*)"', field)
    return found.group(1) if found else ""
