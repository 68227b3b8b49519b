"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

Both are rows of allauth, one of each kind per user. The secret of the app is sealed for that row. A code is used up in
the database, under a lock on the row: the app's by its time step, so that neither it nor an older one works again; a
recovery code by taking its digest out. Wrong codes are counted there too, whatever address they come from: whoever
tries them knows the password already.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import transaction
from django.utils.translation import gettext as _

from portal import crypto
from portal.access import Actor
from portal.errors import Conflict
from tenants import logbook
from tenants.models import User

TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
APP, SPARE, WRONG, LOCKED = "app", "recovery", "wrong", "locked"
RECOVERY_CODES = 10
FAILURES, FAILURES_SECONDS = 5, 15 * 60


def has(user: User) -> bool:
    """Whether a person has a second factor."""
    return Authenticator.objects.filter(user=user, type=TOTP).exists()


def row_of(user: User) -> Authenticator | None:
    """The row of the authenticator app; None without one."""
    return Authenticator.objects.filter(user=user, type=TOTP).first()


def recovery_codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    row = Authenticator.objects.filter(user=user, type=RECOVERY).first()
    return len(row.data["digests"]) if row else 0


def new_secret() -> str:
    """A secret for an authenticator app, in base32."""
    secret: str = generate_totp_secret()
    return secret


def seal_pending(user: User, secret: str) -> str:
    """The secret of an app that is not confirmed yet, as a session may hold it."""
    return crypto.seal(secret.encode(), context=f"second-factor:{user.pk}:pending")


def unseal_pending(user: User, sealed: str) -> str:
    return crypto.unseal(sealed, context=f"second-factor:{user.pk}:pending").decode()


@transaction.atomic
def add(user: User, *, secret: str, code: str, actor: Actor) -> list[str] | None:
    """Make an authenticator app the second factor, once it has shown that it has the secret.

    Returns new recovery codes, which nothing can show again; None when the code is not one of the app. Raises Conflict
    when there is a second factor already.
    """
    _lock_user(user)
    if has(user):
        raise Conflict(taken_words())
    counter = _counter_of(secret, code, after=0)
    if counter is None:
        return None
    data = {"secret": crypto.seal(secret.encode(), context=_context(user.pk)), "used": counter, "failed": []}
    Authenticator.objects.create(user=user, type=TOTP, data=data)
    codes = _new_recovery_codes(user)
    logbook.note_account(logbook.FACTOR_ADD, actor=actor, user=user)
    return codes


@transaction.atomic
def renew_recovery_codes(user: User, *, actor: Actor) -> list[str]:
    """New recovery codes in place of those there were."""
    _lock_user(user)
    codes = _new_recovery_codes(user)
    logbook.note_account(logbook.RECOVERY_RENEW, actor=actor, user=user)
    return codes


@transaction.atomic
def remove(user: User, *, actor: Actor) -> None:
    """Take the second factor away, with its recovery codes, because its owner wants that."""
    take_away(user)
    logbook.note_account(logbook.FACTOR_REMOVE, actor=actor, user=user)


def take_away(user: User) -> None:
    """The same without a line in the log, for what writes one itself."""
    Authenticator.objects.filter(user=user, type__in=(TOTP, RECOVERY)).delete()


@transaction.atomic
def use(user: User, code: str, *, actor: Actor) -> str:
    """Use up a code of the app (APP) or a recovery code (SPARE); otherwise WRONG, or LOCKED after too many of those."""
    row = Authenticator.objects.select_for_update().filter(user=user, type=TOTP).first()
    if row is None:
        return WRONG
    now = time.time()
    row.data["failed"] = [at for at in row.data["failed"] if now - at < FAILURES_SECONDS]
    if len(row.data["failed"]) >= FAILURES:
        return LOCKED
    secret = crypto.unseal(row.data["secret"], context=_context(user.pk)).decode()
    counter = _counter_of(secret, code, after=row.data["used"])
    if counter is not None:
        row.data |= {"used": counter, "failed": []}
        found = APP
    elif _use_recovery_code(user, code):
        row.data["failed"] = []
        found = SPARE
    else:
        row.data["failed"].append(now)
        found = WRONG
    row.save(update_fields=["data"])
    if found == SPARE:
        logbook.note_account(logbook.RECOVERY_USE, actor=actor, user=user)
    return found


def words(used: str) -> str:
    """What somebody is told whose code was WRONG, or not looked at because of LOCKED."""
    if used == LOCKED:
        return _("Too many wrong codes. Wait a quarter of an hour, then try again.")
    return _("This code does not work. Each works once: wait for the next one, or use a recovery code.")


def taken_words() -> str:
    """What somebody is told who set up an app while another one was added, as from a second browser."""
    return _(
        "A second factor was added somewhere else in the meantime, so the app that you set up here was not: its codes "
        "will never work. Delete its entry on your phone, and use the app that was added. If that was not you, change "
        "your password."
    )


def sealed() -> Iterator[str]:
    """Every sealed secret there is."""
    for data in Authenticator.objects.filter(type=TOTP).values_list("data", flat=True).iterator():
        yield data["secret"]


def reseal_all() -> int:
    """Seal every secret with the key that seals now; how many were sealed anew. Errors as `portal.crypto.reseal`."""
    changed = 0
    for pk in list(Authenticator.objects.filter(type=TOTP).values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=pk)
            text = crypto.reseal(row.data["secret"], context=_context(row.user_id))
            if text != row.data["secret"]:
                row.data["secret"] = text
                row.save(update_fields=["data"])
                changed += 1
    return changed


def _counter_of(secret: str, code: str, *, after: int) -> int | None:
    """The time step, later than `after`, whose code this is; None for none."""
    given = re.sub(r"\s", "", code)
    for counter in yield_hotp_counters_from_time():
        if counter > after and hmac.compare_digest(
            given.encode(), format_hotp_value(hotp_value(secret, counter)).encode()
        ):
            return int(counter)
    return None


def _new_recovery_codes(user: User) -> list[str]:
    # 80 random bits each: what a digest of them gives away cannot be tried out.
    codes = ["-".join(re.findall("....", secrets.token_hex(10))) for _one in range(RECOVERY_CODES)]
    data = {"digests": [_digest(user, code) for code in codes]}
    Authenticator.objects.update_or_create(user=user, type=RECOVERY, defaults={"data": data})
    return codes


def _use_recovery_code(user: User, code: str) -> bool:
    row = Authenticator.objects.select_for_update().filter(user=user, type=RECOVERY).first()
    digest = _digest(user, code)
    if row is None or digest not in row.data["digests"]:
        return False
    row.data["digests"].remove(digest)
    row.save(update_fields=["data"])
    return True


def _digest(user: User, code: str) -> str:
    plain = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(f"{user.pk}:{plain}".encode()).hexdigest()


def _context(user_id: object) -> str:
    return f"second-factor:{user_id}:totp"


def _lock_user(user: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
