"""What the query of a request holds."""

from __future__ import annotations

from collections.abc import Callable

from ..core import errors
from ..core.kinds import Kind
from ..core.objects import Object
from ..core.selectors import by_fields, by_labels

Query = dict[str, str]


def matcher(query: Query, *, kind: Kind) -> Callable[[Object], bool] | None:
    """One test for both selectors of a query; None when there is neither."""
    tests = [
        test
        for test in (
            by_labels(query.get("labelSelector", "")),
            by_fields(query.get("fieldSelector", ""), kind=kind),
        )
        if test is not None
    ]
    return (lambda obj: all(test(obj) for test in tests)) if tests else None


def flag(query: Query, name: str) -> bool:
    """Whatever is said means yes, except for these."""
    return name in query and query[name].lower() not in ("false", "0")


def number(query: Query, name: str) -> int:
    text = query.get(name, "0")
    fault = "" if text.removeprefix("-").isdecimal() else "invalid syntax"
    if not fault and not -(2**63) <= int(text) < 2**63:
        fault = "value out of range"
    if fault:
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": {fault}')
    return int(text)


def version(query: Query, *, of_list: bool = True) -> int:
    """The resource version that is asked for; 0 for any. One that is none fails outside of lists."""
    text = query.get("resourceVersion", "") or "0"
    fault = "invalid syntax" if not text.isdecimal() else "value out of range" if int(text) >= 2**64 else ""
    if not fault:
        return int(text)
    why = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": {fault}'
    raise errors.bad_request(f"invalid resource version: {why}") if of_list else errors.ApiError(500, "", why)


def not_to_come(query: Query, *, present: int) -> None:
    """Refuse to show one object as of a version that is none, or is still to come."""
    asked = version(query, of_list=False)
    if asked > present:
        raise errors.too_new(asked, current=present)
