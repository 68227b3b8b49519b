"""Roles that a tenant makes for itself: what they give, and which there cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group

from portal import access
from portal.access import Actor, Ref
from portal.audit.models import AuditEntry
from portal.audit.wording import words
from portal.errors import Forbidden, Invalid, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants.models import CustomRole, Tenant, User
from tests import cast


def rights_of(user: User, tenant: Tenant) -> frozenset[str]:
    return access.rights(cast.actor(user), tenant_id=tenant.pk)


def change(by: User, operation: str, *, actor: Actor | None = None, **data: object) -> Outcome:
    return perform(operation, actor=actor or cast.actor(by), ref=Ref("tenant", "boutique"), data=data)


def test_a_role_of_ones_own_gives_just_its_rights_and_follows_its_changes(people: cast.Cast) -> None:
    define = {"name": "release-manager", "title": "Release manager"}
    change(people.alice, "role.define", **define, rights=["app.view", "app.deploy", "tenant.view"])
    change(people.alice, "member.role", user="vera", role="release-manager")
    assert rights_of(people.vera, people.boutique) == {"app.view", "app.deploy", "tenant.view"}

    change(people.alice, "role.define", **define, rights=["app.view", "tenant.view"])
    assert rights_of(people.vera, people.boutique) == {"app.view", "tenant.view"}


def test_what_a_role_always_has_is_named_with_what_was_chosen(people: cast.Cast) -> None:
    done = change(people.alice, "role.define", name="look", title="Looks", rights=["app.view"])

    assert done.message == "Defined the role look: app.view, tenant.view."
    assert words(AuditEntry.objects.get(operation="role.define")) == "defined the role look: app.view, tenant.view"


def test_a_role_that_somebody_has_stays(people: cast.Cast) -> None:
    change(people.alice, "role.define", name="watcher", title="Watcher", rights=["app.view"])
    change(people.alice, "member.role", user="vera", role="watcher")
    with pytest.raises(Refused, match="vera still has this role"):
        change(people.alice, "role.remove", role="watcher")
    change(people.alice, "member.role", user="vera", role="viewer")
    change(people.alice, "role.remove", role="watcher")

    assert not Group.objects.filter(name__endswith=":watcher").exists()


def test_a_role_cannot_be_given_rights_its_maker_lacks(people: cast.Cast) -> None:
    narrowed = replace(cast.actor(people.alice), how="token", rights_scope=frozenset({"tenant.members", "app.view"}))
    with pytest.raises(Forbidden, match=r"app\.delete"):
        change(people.alice, "role.define", actor=narrowed, name="x", title="X", rights=["app.view", "app.delete"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "viewer"}, "built-in"),
        ({"name": "Boss!"}, "lower-case"),
        ({"rights": ["platform.tenants"]}, "no right platform.tenants"),
        ({"rights": []}, "at least one"),
        ({"rights": ["app.operate", "app.scale"]}, r"app\.operate, app\.scale take app\.view .*Add it"),
        ({"rights": ["audit.export", "app.view"]}, r"audit\.export takes audit\.view .*Add it"),
        ({"title": "\N{ZERO WIDTH SPACE}"}, "characters that nobody sees"),
        ({"title": "\N{RIGHT-TO-LEFT OVERRIDE}ssob"}, "changes the direction of text"),
        ({"title": "Bo\N{ZERO WIDTH SPACE}ss"}, "has characters that nobody sees"),
    ],
)
def test_a_role_that_cannot_be_is_refused(people: cast.Cast, data: dict[str, object], words: str) -> None:
    given = {"name": "boss", "title": "Boss", "rights": ["app.view"]} | data
    with pytest.raises((Refused, Invalid), match=words):
        change(people.alice, "role.define", **given)


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Tenant admin",
            "tenant ADMIN",
            "Tenant\N{NO-BREAK SPACE} admin",
            "admin",
            "Ten\N{CYRILLIC SMALL LETTER A}nt admin",
            "\N{GREEK CAPITAL LETTER TAU}enant admin",
            "0perator",
            "adm1n",
            "Ten4nt adm1n",
            "P1atform 0perator",
        ),
        *("Night watch", "\N{FULLWIDTH LATIN CAPITAL LETTER N}ight watch", "watcher"),
    ],
)
def test_no_role_looks_like_another_one(people: cast.Cast, title: str) -> None:
    rights = ["app.view"]
    change(people.alice, "role.define", name="watcher", title="Night watch", rights=rights)
    change(people.alice, "role.define", name="boss", title="Boss", rights=rights)
    for name in ("boss", "another"):
        with pytest.raises(Refused, match=r"There is a role .* already") as refusal:
            change(people.alice, "role.define", name=name, title=title, rights=rights)
        assert refusal.value.field == "title"


def test_roles_of_the_tenants_own_are_told_apart_by_digits(people: cast.Cast) -> None:
    for name, title in (("watcher", "Watch 1"), ("second", "Watch 2"), ("third", "Watch l"), ("fourth", "Operator 2")):
        change(people.alice, "role.define", name=name, title=title, rights=["app.view"])

    assert CustomRole.objects.count() == 4


def test_a_role_keeps_its_title_while_its_rights_change(people: cast.Cast) -> None:
    change(people.alice, "role.define", name="watcher", title="Night watch", rights=["app.view"])
    change(people.alice, "role.define", name="watcher", title="night watch", rights=["app.view", "audit.view"])

    assert CustomRole.objects.get(name="watcher").title == "night watch"
