"""YAML from outside: bounded in size, depth and number of entries before anything is built from it."""

from __future__ import annotations

import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 5_000


class UnsafeYaml(ValueError):
    """The text is not one small, plain YAML document; the message is a sentence for the person who sent it."""


def load_safely(text: str | bytes) -> object:
    """The document as plain values. Raises UnsafeYaml."""
    raw = text.encode() if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise UnsafeYaml(
            _("The text is larger than {limit} KB. Keep only what is needed in it.").format(limit=MAX_BYTES // 1024)
        )
    try:
        source = raw.decode("utf-8")
        _check_shape(source)
        return yaml.load(source, Loader=_UniqueKeys)
    except UnsafeYaml:
        raise
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = _("line {line}").format(line=mark.line + 1) if mark else _("an unreadable value")
        raise UnsafeYaml(_("This is not valid YAML: {where}. Paste the file unchanged.").format(where=where)) from None


def _check_shape(source: str) -> None:
    """Refuse bombs before anything is built: aliases, deep nesting, too many nodes, several documents."""
    depth = documents = 0
    for nodes, event in enumerate(yaml.parse(source, Loader=yaml.CSafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise UnsafeYaml(_("The text uses YAML aliases. Write every value out."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise UnsafeYaml(_("The text holds several YAML documents, with --- between them. Keep only one."))
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise UnsafeYaml(_("The text is nested too deeply or has too many entries. Keep only what is needed."))


class _UniqueKeys(yaml.CSafeLoader):
    """YAML lets a key come twice and keeps the last: what a reader checked would not be what is used."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "key comes twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
