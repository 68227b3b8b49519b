"""Manifests as people read them."""

from __future__ import annotations

from typing import Any

import yaml


class _Plain:
    """No anchors for what happens to be the same object."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Readable(_Plain, yaml.CSafeDumper):
    """Text of several lines as lines."""


class _Wide(_Plain, yaml.SafeDumper):
    """The same in Python, ten times slower: libyaml knows no characters beyond the first 65,536, as emoji are."""


def _text(dumper: Any, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)
_Wide.add_representer(str, _text)


def as_yaml(manifest: Any) -> str:
    """YAML in the order in which the fields were made."""
    text = _dumped(manifest, _Readable)
    return _dumped(manifest, _Wide) if "\\U000" in text else text


def _dumped(manifest: Any, dumper: Any) -> str:
    return yaml.dump(manifest, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
