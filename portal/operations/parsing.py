"""Strict readers of JSON and YAML from outside: bounded in size, depth and time, no duplicate keys, no aliases."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from portal.errors import Invalid

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_DIGITS = 30


class TooLarge(APIException):
    """413: the body is larger, deeper or longer than any operation needs."""

    status_code = 413
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """DRF's JSON parser with our bounds. An empty body is an empty object."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = min(MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE or MAX_BYTES)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(_("The body is larger than {size} KiB. Send less at a time.").format(size=limit // 1024))
        try:
            return load_json(raw)
        except Invalid as error:
            raise ParseError(str(error)) from None


def load_json(raw: bytes | str, *, malformed: str = "") -> Any:
    """JSON as plain values. Raises Invalid for anything that is not strict, is nested too deep, or repeats a key.

    `malformed`: the sentence for what is no JSON, where it is not the body of a request, with a place for `where`.
    """
    if not raw.strip():
        return {}
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        _bounded_depth(text)
        found = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_int, parse_float=_float
        )
        if "\\ud" in text.lower():  # half of a surrogate pair is no text: nothing could store it or say it back
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except Invalid:
        raise
    except (ValueError, RecursionError) as error:
        where = f" ({error.msg}, line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        sentence = malformed or _("The body is not valid JSON{where}. Send one JSON object.")
        raise Invalid(sentence.format(where=where)) from None


def load_yaml(raw: bytes | str) -> Any:
    """YAML as plain values, one document, without tags, anchors and aliases. Raises Invalid otherwise."""
    text = raw if isinstance(raw, bytes) else raw.encode()
    if len(text) > MAX_BYTES:
        raise Invalid(_("The file is larger than {size} KiB. Send less at a time.").format(size=MAX_BYTES // 1024))
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise Invalid(_("Anchors and aliases are not accepted. Write the values out."))
            depth += isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent))
            depth -= isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent))
            if depth > MAX_DEPTH:
                raise Invalid(_("The input is nested deeper than {depth} levels.").format(depth=MAX_DEPTH))
        return yaml.load(text, Loader=_UniqueLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise Invalid(_("The input is not valid YAML{where}.").format(where=where)) from None
    except (ValueError, RecursionError):
        raise Invalid(_("The input is not valid YAML.")) from None


class _UniqueLoader(yaml.CSafeLoader):
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for node_of_key, _value in node.value:
            key = self.construct_object(node_of_key, deep=True)
            if not isinstance(key, str):
                raise Invalid(_("Keys have to be text. Put {key} in quotes.").format(key=str(key)[:64]))
            if key in seen:
                raise Invalid(_("The key {key} is given twice.").format(key=key[:64]))
            seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_number(self, node: Any) -> Any:
        if len(node.value) > MAX_DIGITS:
            raise Invalid(_("The number {text}… is too long.").format(text=node.value[:10]))
        whole = node.tag.endswith(":int")
        return self.construct_yaml_int(node) if whole else _finite(self.construct_yaml_float(node), node.value)


for _tag in ("int", "float"):
    _UniqueLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _UniqueLoader.construct_number)


def _bounded_depth(text: str) -> None:
    """Refuse deep nesting before the parser recurses. Brackets inside strings count too, which errs on the safe side
    only for texts with many unbalanced ones, so those inside strings are skipped.
    """
    depth, inside, escaped = 0, False, False
    for character in text:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Invalid(_("The input is nested deeper than {depth} levels.").format(depth=MAX_DEPTH))
        elif character in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Invalid(_("The key {key} is given twice.").format(key=key[:64]))
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise Invalid(_("{name} is not a JSON number.").format(name=name))


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Invalid(_("The number {text}… is too long.").format(text=text[:10]))
    return int(text)


def _float(text: str) -> float:
    return _finite(float(text), text)


def _finite(value: float, text: str) -> float:
    if not math.isfinite(value):
        raise Invalid(_("The number {text} is too large, or none at all.").format(text=text[:20]))
    return value
