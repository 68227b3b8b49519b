"""Rules for names, labels, annotations and ports, shared by every kind."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import Cause
from ..label_rules import SUBDOMAIN, SUBDOMAIN_WORDS, key_faults, value_faults

_DNS_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
_DNS_1035 = re.compile(r"^[a-z]([-a-z0-9]*[a-z0-9])?$")
_ENV_NAME = re.compile(r"^[-._a-zA-Z][-._a-zA-Z0-9]*$")
_CONFIG_KEY = re.compile(r"^[-._a-zA-Z0-9]+$")
_PORT_NAME = re.compile(r"^[-a-z0-9]+$")
_LETTER = re.compile(r"[a-z]")
_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_1035_WORDS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
ANNOTATIONS_LIMIT = 256 * 1024


def shown(value: Any) -> str:
    """A value as validation messages print it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def required(field: str, message: str = "") -> Cause:
    return Cause(field, "FieldValueRequired", "Required value" + (f": {message}" if message else ""))


def bad(field: str, value: Any, message: str) -> Cause:
    return Cause(field, "FieldValueInvalid", f"Invalid value: {shown(value)}: {message}")


def unsupported(field: str, value: Any, allowed: tuple[str, ...]) -> Cause:
    choices = ", ".join(f'"{choice}"' for choice in allowed)
    return Cause(field, "FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {choices}")


def duplicate(field: str, value: Any) -> Cause:
    return Cause(field, "FieldValueDuplicate", f"Duplicate value: {shown(value)}")


def forbidden(field: str, message: str) -> Cause:
    return Cause(field, "FieldValueForbidden", f"Forbidden: {message}")


def immutable(field: str, value: Any) -> Cause:
    return bad(field, value, "field is immutable")


def dns_label(field: str, value: str) -> list[Cause]:
    causes = [] if len(value) <= 63 else [bad(field, value, "must be no more than 63 characters")]
    return causes if _DNS_LABEL.match(value) else [*causes, bad(field, value, _LABEL_WORDS)]


def dns_1035(field: str, value: str) -> list[Cause]:
    causes = [] if len(value) <= 63 else [bad(field, value, "must be no more than 63 characters")]
    return causes if _DNS_1035.match(value) else [*causes, bad(field, value, _1035_WORDS)]


def dns_subdomain(field: str, value: str) -> list[Cause]:
    causes = [] if len(value) <= 253 else [bad(field, value, "must be no more than 253 characters")]
    return causes if SUBDOMAIN.match(value) else [*causes, bad(field, value, SUBDOMAIN_WORDS)]


def qualified_name(field: str, value: str) -> list[Cause]:
    return [bad(field, value, fault) for fault in key_faults(value)]


def labels(field: str, values: dict[str, Any] | None) -> list[Cause]:
    causes: list[Cause] = []
    for key, value in (values or {}).items():
        causes += qualified_name(field, key)
        causes += [bad(field, value, fault) for fault in value_faults(value)]
    return causes


def annotation_map(field: str, values: dict[str, str] | None) -> list[Cause]:
    causes: list[Cause] = []
    for key in values or {}:
        causes += qualified_name(field, key.lower())
    if sum(len(key) + len(value) for key, value in (values or {}).items()) > ANNOTATIONS_LIMIT:
        causes.append(Cause(field, "FieldValueTooLong", f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"))
    return causes


def port_number(field: str, value: Any) -> list[Cause]:
    if isinstance(value, int) and 1 <= value <= 65535:
        return []
    return [bad(field, value, "must be between 1 and 65535, inclusive")]


def port_name(field: str, value: str) -> list[Cause]:
    faults = ["must be no more than 15 characters"] if len(value) > 15 else []
    if not _PORT_NAME.match(value):
        faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not _LETTER.search(value):
        faults.append("must contain at least one letter (a-z)")
    if "--" in value:
        faults.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        faults.append("must not begin or end with a hyphen")
    return [bad(field, value, fault) for fault in faults]


def env_name(field: str, value: str) -> list[Cause]:
    if _ENV_NAME.match(value):
        return []
    words = (
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must "
        "not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation "
        "is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
    )
    return [bad(field, value, words)]


def config_key(field: str, value: str) -> list[Cause]:
    words = (
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
        "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    )
    causes = [] if _CONFIG_KEY.match(value) and len(value) <= 253 else [bad(field, value, words)]
    if value in (".", ".."):
        causes.append(bad(field, value, f"must not be '{value}'"))
    elif value.startswith(".."):
        causes.append(bad(field, value, "must not start with '..'"))
    return causes


def not_negative(field: str, value: Any) -> list[Cause]:
    if value is None or value >= 0:
        return []
    return [bad(field, value, "must be greater than or equal to 0")]
