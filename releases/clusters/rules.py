"""Rights as rules of roles say them: what of them an account lacks, and how people read it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

_SHOWN = 6

Right = tuple[str, str, str]
"""Group, resource or resource/subresource, verb."""


def missing(rules: Sequence[Mapping[str, Any]], *, wanted: Sequence[Mapping[str, Any]]) -> list[Right]:
    """What of the wanted rules none of the given ones allows, each right once."""
    rights = dict.fromkeys(right for rule in wanted for right in _each(rule))
    return [right for right in rights if not any(_allows(one, *right) for one in rules)]


def lacking(rules: Sequence[Mapping[str, Any]], *, wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    """The same in words: `verb resource`, or `verb resource.group`."""
    return [named(right) for right in missing(rules, wanted=wanted)]


def named(right: Right) -> str:
    """A right in words, as `kubectl auth can-i` takes them."""
    group, resource, verb = right
    return f"{verb} {resource}.{group}" if group else f"{verb} {resource}"


def short(lacks: Iterable[str]) -> str:
    """Rights as people read them, not all of many."""
    words = grouped(lacks)
    more = len(words) - _SHOWN
    told = "; ".join(words[:_SHOWN])
    return _("{some}, and more of {count} other kinds").format(some=told, count=more) if more > 0 else told


def grouped(lacks: Iterable[str]) -> list[str]:
    """The verbs of a resource together, all of them."""
    by_resource: dict[str, list[str]] = {}
    for right in lacks:
        verb, _space, resource = right.partition(" ")
        by_resource.setdefault(resource, []).append(verb)
    return [f"{', '.join(verbs)} {resource}" for resource, verbs in by_resource.items()]


def _each(rule: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                yield group, resource, verb


def _allows(rule: Mapping[str, Any], group: str, resource: str, verb: str) -> bool:
    """Whether a rule of the cluster's allows it for objects of every name."""
    if rule.get("resourceNames"):
        return False
    below = f"*/{resource.partition('/')[2]}" if "/" in resource else resource
    asked = (("apiGroups", {group}), ("resources", {resource, below}), ("verbs", {verb}))
    return all({"*", *ones} & set(rule.get(key) or ()) for key, ones in asked)
