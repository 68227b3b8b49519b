"""Paths by which instances are asked whether they are well: what a server can be asked for. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.errors import SpecError, say

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def check_begins(path: str, *, field: str) -> None:
    """SpecError, with what it should be, for a path that does not begin with a slash."""
    if not path.startswith("/"):
        raise SpecError(refusal(path) or "", field=field)


def refusal(path: str) -> str | Promise | None:
    """Why no server can be asked for that, and what to write; None where one can."""
    if _URL.match(path):
        sentence = _("Each instance is asked for itself, so {path} cannot name a scheme or a host. Write {right}.")
    elif not path.startswith("/"):
        sentence = _("The path {path} does not begin with /. Write {right}.")
    elif _UNSEEN.search(path):
        sentence = _("The path {path} holds a space, or something unseen. Leave that out, or write {right}.")
    elif "#" in path:
        sentence = _("What follows # in {path} never reaches a server. Write {right}.")
    elif _HALF_ESCAPE.search(path):
        sentence = _("In {path} a % is not followed by two hexadecimal digits. For the sign itself write {right}.")
    else:
        return None
    return say(sentence, path=_UNSEEN.sub(" ", path) or "“”", right=_right(path))


def _right(path: str) -> str:
    """What is most likely meant."""
    rest = _URL.sub("", path.strip(), count=1).partition("#")[0]
    whole = _HALF_ESCAPE.sub("%25", rest)
    return "/" + _UNSEEN.sub(lambda found: quote(found[0]), whole).removeprefix("/")
