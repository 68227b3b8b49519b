"""What a page says to somebody who reads it."""

from __future__ import annotations

import html
import re

from tenants.models import User
from tests import cast


def said_on(path: str, person: User) -> str:
    """The words of a page without its marks, spaces made one."""
    answer = cast.signed_in(person).get(path)
    assert answer.status_code == 200, path
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)))
