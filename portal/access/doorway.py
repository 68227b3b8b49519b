"""The doorway: the only functions that fetch tenant data, for pages, API, sockets, command line and workers alike.

A stranger gets the same `NotFound` for "not yours" and "not there". A member without the right gets `Forbidden` with
the right and who can give it; so does whoever is signed in, over the platform, which everybody knows to be there: what
it holds is looked for behind that, so that the answer says nothing of it. Superuser flags mean nothing here: rights
come from roles, granted as guardian object permissions on the tenant (and, to add to them, on one app) to groups.
Rights are read once per actor and tenant.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Count, Model, Q, QuerySet, Value
from django.utils.translation import gettext as _
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from portal.access import permissions
from portal.access import ref as refs
from portal.access.actor import Actor
from portal.access.ref import Ref
from portal.errors import Forbidden, NotFound

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Locator:
    """How the things of one kind are found. `find` gives the object or None; paths lead from it to tenant and app id.

    `tenant_path` is a look-up path that ends in the tenant's id ("" for things of the platform), `app_path` one that
    ends in the app's id ("" where a right on a single app says nothing). The platform itself has no `model`: there is
    one, and no rows of it.
    """

    model: type[Model] | None
    find: Callable[[Ref], Any]
    tenant_path: str = "tenant_id"
    app_path: str = ""


_locators: dict[str, Locator] = {}


def register(kind: str, locator: Locator) -> None:
    """Tell the doorway how to find things of `kind`; each kind once, from the room that owns the model."""
    known = _locators.get(kind)
    if known is not None and known.model is not locator.model:
        raise RuntimeError(f"Two rooms register a locator for {kind!r}.")
    _locators[kind] = locator


def get(actor: Actor, ref: Ref, permission: str) -> Any:
    """The thing `ref` names, if the actor may do what `permission` says; else NotFound or Forbidden."""
    locator = _locators[ref.kind]
    if permission in permissions.PLATFORM:
        _refuse_narrowed(actor, permission)
    if not locator.tenant_path:
        require_platform(actor, permission)
        found = locator.find(ref)
        if found is None:
            raise NotFound(_missing())
        return found
    found = locator.find(ref)
    if found is None:
        raise NotFound(_missing())
    tenant_id = _follow(found, locator.tenant_path)
    if permission in permissions.PLATFORM:
        _require_over(actor, permission, tenant_id=tenant_id)
    else:
        require(actor, permission, tenant_id=tenant_id, app_id=_app_id(found, locator))
    return found


def allows(actor: Actor, kind: str, found: Any, permission: str) -> bool:
    """Whether the actor may also do this with a thing of a tenant that `get` has found."""
    locator = _locators[kind]
    tenant_id, app_id = _follow(found, locator.tenant_path), _app_id(found, locator)
    return permission in rights(actor, tenant_id=tenant_id, app_id=app_id)


def require(actor: Actor, permission: str, *, tenant_id: uuid.UUID, app_id: uuid.UUID | None = None) -> None:
    """Pass when the actor has the right on the tenant or the app; NotFound for a stranger, Forbidden for a member."""
    held = rights(actor, tenant_id=tenant_id, app_id=app_id)
    if permission in held:
        return
    if not held:
        raise NotFound(_missing())
    raise Forbidden(_forbidden(actor, permission, tenant_id=tenant_id, app_id=app_id))


def require_platform(actor: Actor, permission: str) -> None:
    """Pass when the actor has the platform right; Forbidden for whoever is signed in, NotFound for nobody."""
    if permission in platform_rights(actor):
        return
    if actor.user_id is None:
        raise NotFound(_missing())
    _refuse_narrowed(actor, permission)
    who = ", ".join(holders(permissions.PLATFORM_TENANTS)) or _("a platform operator")
    raise Forbidden(_right_needed(permission, who))


def _require_over(actor: Actor, permission: str, *, tenant_id: uuid.UUID) -> None:
    """Pass when the actor has a platform right that acts on a tenant; a member of it is told whose right it is."""
    if permission in platform_rights(actor):
        return
    if not rights(actor, tenant_id=tenant_id):
        raise NotFound(_missing())
    raise Forbidden(
        _("You need the right {right} ({sentence}), which is not given in a tenant. Ask {operators}.").format(
            **_words_of(permission),
            operators=", ".join(holders(permission)) or _("a platform operator"),
        )
    )


def _refuse_narrowed(actor: Actor, permission: str) -> None:
    """Forbidden for a token without a platform right that its owner has, whatever is named, there or not."""
    if permission in platform_rights(actor):
        return
    if permission in platform_rights(replace(actor, rights_scope=None, tenant_scope=None)):
        raise Forbidden(_lacking_token(permission))


def visible(actor: Actor, model: type[M], permission: str) -> QuerySet[M]:
    """The rows of `model` the actor may see with `permission`: those of tenants and apps where it is granted.

    With a platform right, all rows.
    """
    rows: QuerySet[M] = model._default_manager.all()
    if actor.may_everything:
        return rows
    if permission in permissions.PLATFORM:
        return rows if permission in platform_rights(actor) else rows.none()
    locator = next(one for one in _locators.values() if one.model is model)
    if actor.user_id is None or (actor.rights_scope is not None and permission not in actor.rights_scope):
        return rows.none()
    allowed = Q(**{f"{locator.tenant_path}__in": _granted(refs.TENANT, actor, permission)})
    if locator.app_path and refs.APP in _locators and permission in permissions.APP:
        allowed |= Q(**{f"{locator.app_path}__in": _granted(refs.APP, actor, permission)})
    if actor.tenant_scope is not None:
        allowed &= Q(**{locator.tenant_path: actor.tenant_scope})
    return rows.filter(allowed)


def rights(actor: Actor, *, tenant_id: uuid.UUID, app_id: uuid.UUID | None = None) -> frozenset[str]:
    """The rights of an actor in a tenant, with those on one app added; one set per actor is kept."""
    if actor.may_everything:
        return permissions.ALL
    if actor.user_id is None or (actor.tenant_scope is not None and actor.tenant_scope != tenant_id):
        return frozenset()
    things = [(refs.TENANT, tenant_id)]
    if app_id is not None and refs.APP in _locators:
        things.append((refs.APP, app_id))
    held = _held(actor, *things)
    return held if actor.rights_scope is None else held & actor.rights_scope


def read_ahead(actor: Actor, app_ids: Iterable[uuid.UUID]) -> None:
    """Read what an actor may do with each of these apps with one query, for `rights` to find it."""
    if actor.user_id is not None and (things := [(refs.APP, one) for one in app_ids]):
        _held(actor, *things)


def platform_rights(actor: Actor) -> frozenset[str]:
    """The platform rights of an actor. A token that is bound to a tenant carries none."""
    if actor.may_everything:
        return permissions.ALL
    if actor.user_id is None or actor.tenant_scope is not None:
        return frozenset()
    key = "platform"
    if key not in actor.cache:
        names = Permission.objects.filter(group__user=actor.user_id).values_list("codename", flat=True)
        actor.cache[key] = frozenset(filter(None, map(permissions.permission_of, names))) & permissions.PLATFORM
    return actor.cache[key] if actor.rights_scope is None else actor.cache[key] & actor.rights_scope


def _held(actor: Actor, *things: tuple[str, uuid.UUID]) -> frozenset[str]:
    """The rights of an actor on any of these things (a tenant, an app in it), read with one query for them all."""
    unknown = [one for one in things if one not in actor.cache]
    if unknown:
        found: dict[tuple[str, uuid.UUID], set[str]] = {one: set() for one in unknown}
        for kind, object_id, name in _grants_on(actor, unknown):
            found[kind, object_id].add(permissions.permission_of(name) or "")
        actor.cache.update({one: frozenset(filter(None, names)) for one, names in found.items()})
    return frozenset().union(*(actor.cache[one] for one in things))


def _grants_on(actor: Actor, things: list[tuple[str, uuid.UUID]]) -> list[tuple[str, uuid.UUID, str]]:
    """Rows (kind, id, codename): what is granted on these things to the actor's groups and to the actor."""
    sql, parameters, stand_ins = _grants_statement(tuple(kind for kind, _object_id in things))
    values = dict(zip(stand_ins, [actor.user_id, *(object_id for _kind, object_id in things)], strict=True))
    with connection.cursor() as cursor:
        cursor.execute(sql, [values.get(one, one) for one in parameters])
        rows: list[tuple[str, uuid.UUID, str]] = cursor.fetchall()
    return rows


@cache
def _grants_statement(kinds: tuple[str, ...]) -> tuple[str, tuple[Any, ...], list[uuid.UUID]]:
    """The statement for one thing of each kind: SQL, parameters, and which of these stand for the user and the things.

    Compiled once: nearly every request asks it, and compiling took longer than all else it does about rights.
    """
    user, *ids = stand_ins = [uuid.uuid4() for _place in range(len(kinds) + 1)]
    parts = [
        grants.filter(content_object_id=object_id).values_list(Value(kind), "content_object_id", "permission__codename")
        for kind, object_id in zip(kinds, ids, strict=True)
        for grants in _grants(kind, user)
    ]
    sql, parameters = parts[0].union(*parts[1:]).query.sql_with_params()
    return sql, parameters, stand_ins


def _granted(kind: str, actor: Actor, permission: str) -> QuerySet[Any]:
    by_group, by_user = _grants(kind, actor.user_id)
    codename = permissions.codename(permission)
    ids = by_group.filter(permission__codename=codename).values("content_object_id")
    return ids.union(by_user.filter(permission__codename=codename).values("content_object_id"))


def _grants(kind: str, user_id: uuid.UUID | None) -> tuple[QuerySet[Any], QuerySet[Any]]:
    model: Any = _locators[kind].model
    by_group = get_group_obj_perms_model(model)._default_manager.filter(group__user=user_id)
    by_user = get_user_obj_perms_model(model)._default_manager.filter(user=user_id)
    return by_group, by_user


def _app_id(found: Model, locator: Locator) -> uuid.UUID | None:
    return _follow(found, locator.app_path) if locator.app_path else None


def _follow(found: Any, path: str) -> Any:
    for name in path.split("__"):
        found = getattr(found, name)
    return found


def _missing() -> str:
    return _("There is nothing here, or it is not yours to see. Check the name, or ask an admin for access.")


def _forbidden(actor: Actor, permission: str, *, tenant_id: uuid.UUID, app_id: uuid.UUID | None) -> str:
    things = [(refs.TENANT, tenant_id)]
    if app_id is not None and refs.APP in _locators:
        things.append((refs.APP, app_id))
    if actor.rights_scope is not None and permission in _held(actor, *things):
        return _lacking_token(permission)
    # A right on this app is given beside the role; any other with a role in place of the one the person has, which is
    # for those who have all rights of that one.
    beside = app_id is not None and permission in permissions.APP
    needed = {permission} if beside else {permission, *_held(actor, (refs.TENANT, tenant_id))}
    return _right_needed(permission, ", ".join(who_can_give(tenant_id, needed)) or _("a tenant admin"))


def _right_needed(permission: str, who: str) -> str:
    sentence = _("You need the right {right} ({sentence}). Ask {admins} to give it to you.")
    return sentence.format(admins=who, **_words_of(permission))


def _lacking_token(permission: str) -> str:
    sentence = _("This token lacks the right {right} ({sentence}). Make a token that has it.")
    return sentence.format(**_words_of(permission))


def _words_of(permission: str) -> dict[str, Any]:
    return {"right": permission, "sentence": permissions.SENTENCES[permission]}


def holders(permission: str) -> list[str]:
    """User names of those who have a platform right, at most five."""
    groups = Group.objects.filter(permissions__codename=permissions.codename(permission))
    return _active_in(groups.values("pk"))


def _active_in(groups: Any) -> list[str]:
    users = get_user_model()._default_manager.filter(groups__in=groups, is_active=True).order_by("username").distinct()
    return list(users.values_list("username", flat=True)[:5])


def who_can_give(tenant_id: uuid.UUID, rights: Iterable[str]) -> list[str]:
    """User names of those who manage the members of a tenant and have these rights in it, at most five."""
    model: Any = _locators[refs.TENANT].model
    wanted = {permissions.codename(right) for right in {permissions.TENANT_MEMBERS, *rights}}
    grants = get_group_obj_perms_model(model)._default_manager
    held = grants.filter(content_object_id=tenant_id, permission__codename__in=wanted)
    # A member has one role, and so one group.
    groups = held.values("group_id").annotate(count=Count("permission_id", distinct=True)).filter(count=len(wanted))
    return _active_in(groups.values("group_id"))
