"""User names: each is told from every other, and from what the log calls whoever is no person."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.access.actor import ENGINE, NOBODY_NAMED
from portal.errors import Invalid
from portal.spelling import as_read, as_seen
from tenants.models import User

NO_PERSON = frozenset({ENGINE, NOBODY_NAMED, "anonymous", "platform"})
"""What the log says of entries that no account made, and of what belongs to no tenant."""


def check_name(username: str) -> None:
    """Raise Invalid for a name of what is no person, and one that people could take for the name of another account."""
    seen, read = as_seen(username), as_read(username)
    if name := next((one for one in sorted(NO_PERSON) if as_read(one) == read), ""):
        sentence = _("{name} is what the log calls something that is no person. Choose another user name.")
        raise Invalid(sentence.format(name=name), fields={"username": [sentence.format(name=name)]})
    for other in User.objects.order_by("username").values_list("username", flat=True).iterator():
        if other != username and as_seen(other) == seen:
            sentence = _("This name looks like that of the account {other}. Choose one that people can tell from it.")
            raise Invalid(sentence.format(other=other), fields={"username": [sentence.format(other=other)]})
