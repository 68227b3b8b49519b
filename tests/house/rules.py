"""What a rule is: a sentence, the files it is for, and a check, tried on examples that break it and that do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.house.tree import File

Finding = tuple[int, str]
Check = Callable[[File], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """`excepted` maps a path to the reason why the rule does not hold there."""

    name: str
    why: str
    applies: Callable[[File], bool]
    check: Check
    bad: tuple[str, ...]
    good: tuple[str, ...]
    example_path: str = "apps_mgmt/example.py"
    excepted: dict[str, str] = field(default_factory=dict)

    def findings(self, file: File) -> list[str]:
        """`path:line: what stands there` for everything that breaks the rule."""
        return [f"{file.path}:{line}: {said.strip()[:100]}" for line, said in self.check(file)]

    def __str__(self) -> str:
        return self.name


def lines(pattern: str, *, flags: int = 0) -> Check:
    """A check that no line matches."""
    compiled = re.compile(pattern, flags)

    def check(file: File) -> Iterator[Finding]:
        for number, line in enumerate(file.text.splitlines(), start=1):
            if compiled.search(line):
                yield number, line

    return check


def nodes(wrong: Callable[[ast.AST], bool]) -> Check:
    """A check that no node of the Python syntax tree is wrong."""

    def check(file: File) -> Iterator[Finding]:
        for node in ast.walk(ast.parse(file.text)):
            if wrong(node):
                yield getattr(node, "lineno", 1), ast.unparse(node).splitlines()[0]

    return check


def python(*rooms: str) -> Callable[[File], bool]:
    """The product's Python, or that of some folders of it."""
    return lambda file: file.is_product and file.suffix == ".py" and (not rooms or file.path.startswith(rooms))


def ending(*suffixes: str) -> Callable[[File], bool]:
    """The product's files with one of these endings."""
    return lambda file: file.is_product and file.suffix in suffixes


def imported(file: File) -> Iterator[tuple[int, str]]:
    """Every absolute module name a file imports, with its line; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(ast.parse(file.text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
