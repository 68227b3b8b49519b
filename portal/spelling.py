"""What turns text around, spelled out: a person's words beside ours must not change how ours are read."""

from __future__ import annotations

import re

_TURNING = re.compile("[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def spelled_out(text: str) -> str:
    """The text with each control of direction, and each hidden line end, as its number: U+202E becomes `\\u202e`.

    For where it is shown. What was given is kept as it was.
    """
    return _TURNING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def for_terminal(name: object) -> str:
    """A name as a command prints it: in quotes where it is not plain, with what is not seen, or steers a terminal, as
    numbers.
    """
    return str(name) if re.fullmatch(r"[\w./@+-]+", str(name), re.ASCII) else ascii(str(name))
