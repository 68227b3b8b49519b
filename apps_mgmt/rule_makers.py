"""What whoever sets the rules of the platform is told: which rule nothing could keep, and what of today would break."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.models import Deployed
from apps_mgmt.ruling import broken, is_from
from apps_mgmt.spec import SpecError, load, parse_image
from apps_mgmt.spec.quantity import bytes_of, human_bytes, millicores
from portal.errors import Refused
from tenants.rules import PlatformRules

# So many of what is deployed are looked at while somebody types; each costs about a millisecond.
MOST = 300
NAMED = 3
# Bytes. What starts a container (runc) takes up to 5 MiB of it; Docker refuses less than this, too.
LEAST_MEMORY = 6 * 1024**2
_ANNOTATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9._-]*)?")


def check_keepable(rules: PlatformRules) -> None:
    """Raise Refused, with the field, for a rule that no app there could be keeps."""
    for prefix in rules.registries:
        if not _begins_an_image(prefix):
            sentence = _(
                "No image begins with {prefix}, so nothing could be released. Write a registry, with a path or not, "
                "such as registry.example.com/team, or docker.io/team for Docker Hub; spaces between several."
            )
            raise Refused(sentence.format(prefix=prefix[:100]), field="registries")
    for prefix in rules.annotations:
        if not _ANNOTATION.fullmatch(prefix):
            sentence = _(
                "No annotation begins with {prefix}. Write how their keys begin, such as example.com/; spaces between "
                "several."
            )
            raise Refused(sentence.format(prefix=prefix[:100]), field="annotations")
    amounts = {"cpu": millicores(rules.cpu, field="cpu"), "memory": bytes_of(rules.memory, field="memory")}
    for field, amount in amounts.items():
        if getattr(rules, field) and not amount:
            raise Refused(_("No instance runs with 0. Write the most one may use, or leave it blank."), field=field)
    if rules.memory and amounts["memory"] < LEAST_MEMORY:
        sentence = _(
            "{amount} of memory are {words}, and no container starts with less than {least}: what starts it needs that "
            "much. Write the most one instance may use with its unit, such as 8Gi, or leave it blank."
        )
        words = {"words": human_bytes(amounts["memory"]), "least": human_bytes(LEAST_MEMORY)}
        raise Refused(sentence.format(amount=rules.memory, **words), field="memory")


def said_of(rules: PlatformRules) -> list[str]:
    """Sentences about what is deployed now and would break the rules: how many apps, some by name. Reads only."""
    rows = Deployed.objects.filter(app__deleted_at=None).order_by("app__tenant__name", "app__name", "revision_id")
    apart = rows.distinct("app__tenant__name", "app__name", "revision_id")
    found = list(apart.values_list("app__tenant__name", "app__name", "revision__spec")[: MOST + 1])
    names = dict.fromkeys(f"{tenant}/{app}" for tenant, app, spec in found[:MOST] if broken(load(spec), rules))
    said = []
    if names:
        sentence = ngettext(
            "{count} deployed app breaks these rules: {names}. It runs on, and its next release has to keep them.",
            "{count} deployed apps break these rules: {names}. They run on, and their next releases have to keep them.",
            len(names),
        )
        some = ", ".join(list(names)[:NAMED]) + (", …" if len(names) > NAMED else "")
        said.append(sentence.format(count=len(names), names=some))
    if len(found) > MOST:
        said.append(_("More is deployed than was looked at ({most}). Others may break them, too.").format(most=MOST))
    return said


def _begins_an_image(prefix: str) -> bool:
    try:
        image = parse_image(f"{prefix.rstrip('/')}/any")
    except SpecError:
        return False
    return is_from(image, (prefix,))
