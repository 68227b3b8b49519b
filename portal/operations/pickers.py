"""The lists that pickers choose from, each read when a form asks for it: few forms need more than one or two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

Choices = list[tuple[str, str]]


class Pickers(Mapping[str, Choices]):
    """Picker → (value, title) pairs; made from functions that read them, each called at most once."""

    def __init__(self, **lists: Callable[[], Choices]) -> None:
        self._lists = lists
        self._read: dict[str, Choices] = {}

    def __getitem__(self, name: str) -> Choices:
        if name not in self._read:
            self._read[name] = self._lists[name]()
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)
