"""Reading an object field by field: what was not asked for, and says something, is told by its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOTHING: tuple[Any, ...] = (None, "", {}, [], False)


class Part:
    """A part of an object. `beyond` gathers the paths of what a spec cannot say; `close` adds what was left unread."""

    def __init__(self, data: Mapping[str, Any] | None, *, at: str = "", beyond: list[str] | None = None) -> None:
        self._left = dict(data or {})
        self._at = at
        self._parts: list[Part] = []
        self.beyond = beyond if beyond is not None else []

    def __bool__(self) -> bool:
        return bool(self._left)

    def names(self) -> tuple[str, ...]:
        """The fields that were not read yet."""
        return tuple(self._left)

    def peek(self, name: str) -> Any:
        """The value of a field, which is not read by that."""
        return self._left.get(name)

    def take(self, name: str, default: Any = None) -> Any:
        """The value of a field, which is then read."""
        value = self._left.pop(name, None)
        return default if value is None else value

    def part(self, name: str) -> Part:
        """A field that has fields; an empty part where there is none."""
        value = self.take(name, {})
        return self._inside(value if isinstance(value, Mapping) else {}, name)

    def rows(self, name: str) -> list[Part]:
        """The rows of a list, each with fields."""
        return [self._inside(row, f"{name}[{index}]") for index, row in enumerate(self.take(name, []))]

    def usual(self, **values: Any) -> None:
        """Fields that say what the cluster would fill in anyway, or nothing; any other value is beyond a spec."""
        for name, value in values.items():
            if name in self._left and self._left[name] in (value, None):
                self._left.pop(name)

    def refuse(self, name: str) -> None:
        """A spec cannot say what this field says."""
        self._left.pop(name, None)
        self.beyond.append(self.path(name))

    def path(self, name: str = "") -> str:
        return ".".join(one for one in (self._at, name) if one)

    def close(self) -> None:
        """Nothing more is read: whatever is left and says something (0 does) is beyond a spec."""
        for name, value in self._left.items():
            if not any(value is one or (value == one and not isinstance(value, int)) for one in _NOTHING):
                self.beyond.append(self.path(name))
        self._left.clear()
        for part in self._parts:
            part.close()

    def _inside(self, data: Mapping[str, Any], name: str) -> Part:
        part = Part(data, at=self.path(name), beyond=self.beyond)
        self._parts.append(part)
        return part
