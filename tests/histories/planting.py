"""A bug put in on purpose: one line of the product is another one for a while, in this process only.

The functions that the line is in get the code they would have with it, so whoever imported them has the bug, too; where
it is in no function, the constants of the module are those it would have.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLAIN = (str, int, float, tuple, frozenset, timedelta)


@dataclass(frozen=True)
class Bug:
    """`before` is a whole line of `file`, as it stands there once; `after` what it is with the bug.

    `finds` names the test that has to fail, as `module:function`; empty: the histories of releases. `rare`: it takes
    many of these, so that only `make chaos-long` looks for it.
    """

    file: str
    before: str
    after: str
    breaks: str
    finds: str = ""
    rare: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {self.breaks}"


def sources(bug: Bug, *, root: Path = ROOT) -> tuple[str, str]:
    """The file as it is, and with the bug. LookupError when the line is not there exactly once."""
    sound = (root / bug.file).read_text(encoding="utf-8")
    lines = sound.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if line.strip() == bug.before]
    if len(places) != 1:
        raise LookupError(f"{bug.file} has this line {len(places)} times, not once; write the bug anew: {bug.before}")
    line = lines[places[0]]
    lines[places[0]] = line.replace(bug.before, bug.after)
    return sound, "".join(lines)


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The product with a bug, as long as the block runs."""
    sound, ill = sources(bug)
    module = importlib.import_module(bug.file.removesuffix(".py").replace("/", "."))
    was, will_be = (dict(_codes(compile(text, bug.file, "exec", dont_inherit=True))) for text in (sound, ill))
    found = {name: _function(module, name) for name, code in will_be.items() if was.get(name) != code}
    functions = [(one, will_be[name]) for name, one in found.items() if one is not None]
    constants = {} if functions else _constants(module, ill)
    if not functions and not constants:
        raise LookupError(f"Nothing that can be changed depends on this line of {bug.file}: {bug.before}")
    codes = [(one, one.__code__) for one, _code in functions]
    values = {name: getattr(module, name) for name in constants}
    try:
        for one, code in functions:
            one.__code__ = code
        vars(module).update(constants)
        yield
    finally:
        for one, code in codes:
            one.__code__ = code
        vars(module).update(values)


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if "<locals>" not in one.co_qualname:
                yield one.co_qualname, one
            yield from _codes(one)


def _function(module: ModuleType, name: str) -> FunctionType | None:
    """The function or method of this name; None for a class, whose methods are found by themselves."""
    found: Any = module
    for part in name.split("."):
        found = vars(found).get(part)
        found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
    found = inspect.unwrap(found) if callable(found) else found
    return found if isinstance(found, FunctionType) else None


def _constants(module: ModuleType, source: str) -> dict[str, Any]:
    fresh: dict[str, Any] = {
        "__name__": module.__name__,
        "__package__": module.__package__,
        "__file__": module.__file__,
    }
    exec(compile(source, str(module.__file__), "exec", dont_inherit=True), fresh)
    return {
        name: value
        for name, value in fresh.items()
        if isinstance(value, PLAIN) and not name.startswith("__") and getattr(module, name, value) != value
    }
