"""The secret store: puts values away sealed, and gives them out only to the worker that fills a manifest."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps_mgmt.models import App, SecretVersion
from portal import crypto
from portal.crypto import seal, unseal
from portal.errors import Conflict, Refused


def next_number(app_id: uuid.UUID, name: str) -> int:
    """The number the next version of a secret will get."""
    last: int | None = SecretVersion.objects.filter(app_id=app_id, name=name).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def store(app: App, name: str, value: str, *, actor_name: str) -> SecretVersion:
    """Seal a value as the next version of a secret."""
    number = next_number(app.pk, name)
    sealed = seal(value.encode(), context=_context(app.pk, name, number))
    try:
        with transaction.atomic():
            return SecretVersion.objects.create(app=app, name=name, number=number, sealed=sealed, actor_name=actor_name)
    except IntegrityError:
        raise Conflict(_("Somebody else is setting {name} at this moment. Send it again.").format(name=name)) from None


def forget(version_id: int) -> None:
    """Remove a version that no revision came to name, because the operation that stored it was refused."""
    SecretVersion.objects.filter(pk=version_id).delete()


def reveal(app_id: uuid.UUID, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The values of (name, version) pairs, for filling manifests. Raises Refused for a missing or revoked one."""
    wanted = sorted(set(wanted))
    rows = SecretVersion.objects.filter(app_id=app_id, name__in={name for name, _version in wanted}, revoked_at=None)
    sealed = {(row.name, str(row.number)): row for row in rows}
    values = {}
    for name, version in wanted:
        row = sealed.get((name, version))
        if row is None:
            raise Refused(
                _("Version {version} of the secret {name} does not exist any more. Set it again and deploy.").format(
                    version=version, name=name
                )
            )
        values[name, version] = unseal(row.sealed, context=_context(app_id, name, row.number)).decode()
    return values


def reseal(row: SecretVersion) -> str:
    """What a version looks like under the key that seals now. Raises PlatformError when no key opens it."""
    return crypto.reseal(row.sealed, context=_context(row.app_id, row.name, row.number))


def _context(app_id: uuid.UUID, name: str, number: int) -> str:
    return f"app:{app_id}:secret:{name}:{number}"
