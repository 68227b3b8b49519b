"""The rows of a list in a submitted form: `env[0]name=A&env[0]value=1`, and `args[0]=-c` of single entries. Pure.

Unlike `parse_html_list` of REST framework it keeps all values of a name: several boxes of one row are several.
"""

from __future__ import annotations

import re

from django.utils.datastructures import MultiValueDict

_ROW = re.compile(r"(?P<list>.*?)\[(?P<index>[0-9]{1,9})\](?P<inner>.*)", re.DOTALL)

Sent = MultiValueDict[str, str]


def row_of(key: str) -> tuple[str, str]:
    """The list whose row a name stands in, "" for none, and what it is called there, "" for the row itself."""
    found = _ROW.fullmatch(key)
    return (found["list"], found["inner"]) if found else ("", "")


def rows_of(data: Sent, name: str) -> list[Sent]:
    """What was sent of each row of the list `name`, in the order of their numbers, which may have gaps."""
    rows: dict[int, Sent] = {}
    for key, values in data.lists():
        found = _ROW.fullmatch(key)
        if found and found["list"] == name and found["inner"]:
            rows.setdefault(int(found["index"]), MultiValueDict()).setlist(found["inner"], values)
    return [rows[index] for index in sorted(rows)]


def entries_of(data: Sent, name: str) -> list[str]:
    """What was sent for the list `name` that has one value in each row, in the order of their numbers."""
    entries: dict[int, str] = {}
    for key, values in data.lists():
        found = _ROW.fullmatch(key)
        if found and found["list"] == name and not found["inner"] and values:
            entries[int(found["index"])] = values[-1]
    return [entries[index] for index in sorted(entries)]
