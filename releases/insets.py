"""Texts that people wrote with `{NAME}` where an input goes. Pure."""

from collections.abc import Mapping


def filled_in(text: str, inputs: Mapping[str, str]) -> str:
    """The text with each value in its place. In one go: what a value holds is not looked through again."""
    parts: list[str] = []
    while text and inputs:
        place, name = min(((text.find(f"{{{one}}}"), one) for one in inputs), key=lambda pair: (pair[0] < 0, pair[0]))
        if place < 0:
            break
        parts += [text[:place], inputs[name]]
        text = text[place + len(name) + 2 :]
    return "".join([*parts, text])
