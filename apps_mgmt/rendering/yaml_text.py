"""Manifests as people read them."""

from __future__ import annotations

from typing import Any

import yaml


class _Readable(yaml.CSafeDumper):
    """No anchors for what happens to be the same object, and text of several lines as lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)


def as_yaml(manifest: Any) -> str:
    """YAML in the order in which the fields were made."""
    return yaml.dump(manifest, Dumper=_Readable, sort_keys=False, allow_unicode=True, width=120)
