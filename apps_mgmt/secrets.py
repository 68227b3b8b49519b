"""The secret store: puts values away sealed, and gives them out only to the worker that fills a manifest."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from apps_mgmt.models import App, SecretVersion
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.config import EnvVar, File
from apps_mgmt.spec.invariants import MAX_CONFIG
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


def sizes(app_id: uuid.UUID, names: Iterable[str]) -> dict[tuple[str, int], int]:
    """How many bytes the values of these secrets have, by (name, version); none is opened."""
    rows = SecretVersion.objects.filter(app_id=app_id, name__in=set(names)).annotate(length=Length("sealed"))
    return {(row.name, row.number): crypto.plain_length(row.length) for row in rows.only("name", "number")}


def check_fit(app: App, spec: AppSpec) -> None:
    """Refused where the secrets that go into one object of a cluster are larger than what fits into it."""
    apart: list[Sequence[EnvVar | File]] = [spec.env]
    for process in spec.processes:
        apart += [process.env, spec.files_of(process.name)]
    objects = [{row.name: row.secret for row in rows if row.secret} for rows in apart]
    known = sizes(app.pk, (ref.name for rows in objects for ref in rows.values()))
    for rows in objects:
        if sum(len(key) + known.get((ref.name, ref.version), 0) for key, ref in rows.items()) > MAX_CONFIG:
            sentence = _("The secrets are larger than what fits into one object (900 kB). Take one out first.")
            raise Refused(sentence)


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
