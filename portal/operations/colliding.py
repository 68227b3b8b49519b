"""Two who write at the same moment: whoever waited too long is told so, and that nothing was done.

PostgreSQL ends a statement that waits for a lock for longer than `lock_timeout` (see settings), one of two transactions
that wait for each other, one that cannot be put in a row with another, and one that takes longer than it may. Each of
these ends the whole transaction, so what was asked for can be sent again as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.utils.translation import gettext as _

from portal.access import Ref
from portal.errors import Contended

# https://www.postgresql.org/docs/current/errcodes-appendix.html
LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, SERIALIZATION_FAILURE, QUERY_CANCELED = "55P03", "40P01", "40001", "57014"
MET_ANOTHER = (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, SERIALIZATION_FAILURE)


@contextmanager
def told(ref: Ref) -> Iterator[None]:
    """Raises Contended where a transaction in it was ended in favour of another one. To be put around all of them."""
    try:
        yield
    except OperationalError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        if state in MET_ANOTHER and ref.tenant:
            why = _("somebody else is changing something in this tenant")
        elif state in MET_ANOTHER:
            why = _("somebody else is changing something on the platform")
        elif state == QUERY_CANCELED:
            why = _("the database took too long")
        else:
            raise
        sentence = _("{why}. Nothing was changed. Try again in a moment.").format(why=why)
        raise Contended(sentence[:1].upper() + sentence[1:], why=why) from error
