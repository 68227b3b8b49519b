"""What turns text around, hides in it or steers a terminal: a person's words must not change how ours are read."""

from __future__ import annotations

import re
import unicodedata

# Letters of other alphabets that look like Latin ones, after Unicode's confusables (UTS 39), as lower case.
_LOOK_LIKE = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0131\u0261\u0578\u057d\u0585\u0475\u04cf",
    "abekmhopctyxsijhdqwabeikvoptuxignuovl",
)

# Digits that are put for letters, and the letters that one digit is put for, as one of them.
_READ_AS = str.maketrans("01345789i", "oleastbgl")

# Control characters, which a terminal obeys, but for tabs and line ends; then controls of direction and hidden line
# ends; then what has no width, but for what joins letters (or parts of an emoji) in scripts that need it.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)"
    "|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
    "|[\u00ad\u034f\u180e\u200b\u2060-\u2064\u3164\ufeff\uffa0]"
    "|(?<![^\\x00-\\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\\x00-\\x7f])"
)


def spelled_out(text: str) -> str:
    """The text with each control character, control of direction, hidden line end and mark without width as its number:
    U+202E becomes `\\u202e`. Tabs and line ends stay.

    For where it is shown. What was given is kept as it was. JSON means the same after it as before.
    """
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def for_terminal(name: object) -> str:
    """A name as a command prints it: in quotes where it is not plain, with what is not seen, or steers a terminal, as
    numbers.
    """
    return str(name) if re.fullmatch(r"[\w./@+-]+", str(name), re.ASCII) else ascii(str(name))


def as_seen(text: str) -> str:
    """What texts have in common that people cannot tell apart: letters of either case, letters of other alphabets that
    look the same, spaces of any kind and number, characters that are not seen. Blank for what nobody sees.
    """
    seen = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in ("Cf", "Cc"))
    return " ".join(seen.casefold().translate(_LOOK_LIKE).split())


def as_read(text: str) -> str:
    """As `as_seen`, with digits as the letters that they are put for: `adm1n` and `admin` are alike.

    For names that nobody but us may have: elsewhere `web1` is not `web2`, and no `webi`.
    """
    return as_seen(text).translate(_READ_AS)


def misleads(text: str) -> bool:
    """Whether something that turns text around, steers a terminal, or that nobody sees, is in the text."""
    return _HIDDEN.search(text) is not None
