"""What keys and values of labels may look like, for objects and for selectors."""

from __future__ import annotations

import re

SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_QUALIFIED = re.compile(r"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")
_LABEL_VALUE = re.compile(r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")
SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_NAME_WORDS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def key_faults(value: str) -> list[str]:
    """What is wrong with a label or annotation key: an optional DNS prefix and a name."""
    if value.count("/") > 1:
        words = _NAME_WORDS.removeprefix("name part ")
        return [f"a qualified name {words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    prefix, slash, name = value.rpartition("/")
    faults = []
    if slash and not SUBDOMAIN.match(prefix):
        faults.append("prefix part " + (SUBDOMAIN_WORDS if prefix else "must be non-empty"))
    if not name:
        faults.append("name part must be non-empty")
    elif len(name) > 63:
        faults.append("name part must be no more than 63 characters")
    return faults if _QUALIFIED.match(name) else [*faults, _NAME_WORDS]


def value_faults(value: str) -> list[str]:
    """What is wrong with the value of a label."""
    faults = [] if len(value) <= 63 else ["must be no more than 63 characters"]
    return faults if _LABEL_VALUE.match(value) else [*faults, _VALUE_WORDS]
