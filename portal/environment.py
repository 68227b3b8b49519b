"""Reads `$SLIPWAY_HOME/env`, the file in which `make run` keeps the addresses and keys of this installation.

What is already in the environment wins, so a production setup never needs the file.
"""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The data folder of this installation: `SLIPWAY_HOME`, by default `.slipway` beside `manage.py`."""
    default = Path(__file__).resolve().parent.parent / ".slipway"
    return Path(os.environ.get("SLIPWAY_HOME") or default).absolute()


def load_environment() -> None:
    """Set every `KEY=value` line of the file that the environment does not hold yet. No file: nothing happens."""
    try:
        text = (home() / "env").read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        if separator and not key.startswith("#"):
            os.environ.setdefault(key.strip(), value.strip())
