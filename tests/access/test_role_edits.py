"""Whatever people do to members, roles and access: nobody ever has more than who gave it to them had.

And whoever has less than before does not go on watching: their open pages are told in the same transaction.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps_mgmt.models import App
from portal import access
from portal.access import Ref, permissions
from portal.access.roles import TENANT_ADMIN, TENANT_ROLES
from portal.errors import UserError
from portal.live.rights import rights_topic
from portal.live.topics import versions
from portal.operations.performing import perform
from tenants.models import Membership, User
from tests import cast
from tests.operations.stage import open_shop

# Histories that are tried: few in `make test`, many in `make security`.
EXAMPLES = int(os.environ.get("ROLE_EDITS", "4"))
PEOPLE = ("alice", "bob", "vera", "dora", "emil")
OWN = ("watcher", "people-manager", "deployer")
ROLES = st.sampled_from((*TENANT_ROLES, *OWN))
RIGHTS = st.lists(st.sampled_from(sorted(permissions.TENANT)), min_size=1, max_size=8, unique=True).map(
    lambda rights: sorted({*rights, *permissions.lacking(rights)})  # without them no role is defined
)
WHO = st.sampled_from(PEOPLE)

Held = Mapping[tuple[str, str], frozenset[str]]


class Edits(RuleBasedStateMachine):
    """Five people in one tenant with an app; any of them may try anything."""

    def __init__(self) -> None:
        super().__init__()
        self._atomic = transaction.atomic()
        self._atomic.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(None, None, None)

    @initialize()
    def people(self) -> None:
        self.shop = open_shop()
        self.tenant = self.shop.people.boutique
        for name in ("dora", "emil"):
            cast.person(name)
        rights = ["tenant.members", "tenant.view", "app.view", "app.scale"]
        self.act("alice", "role.define", name="people-manager", title="People", rights=rights)
        self.act("alice", "member.add", user="dora", role="people-manager")

    @rule(by=WHO, user=WHO, role=ROLES, name=st.sampled_from(("member.add", "member.role")))
    def gives_a_role(self, by: str, user: str, role: str, name: str) -> None:
        self.act(by, name, user=user, role=role)

    @rule(by=WHO, user=WHO)
    def removes(self, by: str, user: str) -> None:
        self.act(by, "member.remove", user=user)

    @rule(by=WHO)
    def leaves(self, by: str) -> None:
        self.act(by, "member.leave", confirm="boutique")

    @rule(by=WHO, role=st.sampled_from((*OWN, TENANT_ADMIN)), rights=RIGHTS)
    def defines(self, by: str, role: str, rights: list[str]) -> None:
        self.act(by, "role.define", name=role, title=role, rights=rights)

    @rule(by=WHO, role=ROLES)
    def takes_a_role_away(self, by: str, role: str) -> None:
        self.act(by, "role.remove", role=role)

    @rule(by=WHO, user=WHO, role=ROLES, name=st.sampled_from(("access.grant", "access.revoke")))
    def gives_access(self, by: str, user: str, role: str, name: str) -> None:
        self.act(by, name, user=user, role=role)

    @invariant()
    def somebody_administers(self) -> None:
        assert Membership.objects.filter(tenant=self.tenant, role=TENANT_ADMIN, user__is_active=True).exists()

    @invariant()
    def who_is_no_member_may_do_nothing(self) -> None:
        members = set(Membership.objects.filter(tenant=self.tenant).values_list("user__username", flat=True))
        strangers = set(PEOPLE) - members
        assert not any(held for (name, _where), held in self.held().items() if name in strangers)

    def act(self, by: str, operation: str, **data: Any) -> None:
        """Try it; where it went through, nobody has gained what whoever did it lacked."""
        before, known = self.held(), self.told()
        ref = Ref("app", "boutique", "shop") if operation.startswith("access.") else Ref("tenant", "boutique")
        try:
            with transaction.atomic():
                perform(operation, actor=cast.actor(User.objects.get(username=by)), ref=ref, data=data)
        except UserError:
            assert self.held() == before
            return
        told = self.told()
        for (name, where), held in self.held().items():
            assert held >= before[name, where] or told[name] > known[name], f"{name} watches on after {operation}"
            gained = held - before[name, where]
            assert gained <= before[by, where], f"{by} gave {name} {sorted(gained - before[by, where])} by {operation}"

    def told(self) -> Mapping[str, int]:
        """How often the open pages of each were told that rights have changed."""
        ids = dict(User.objects.filter(username__in=PEOPLE).values_list("username", "pk"))
        found = versions(*(rights_topic(str(pk)) for pk in ids.values()))
        return {name: found[rights_topic(str(pk))] for name, pk in ids.items()}

    def held(self) -> Held:
        """What each may do in the tenant, and on its app."""
        app = App.objects.get(name="shop")
        found = {}
        for name in PEOPLE:
            actor = cast.actor(User.objects.get(username=name))
            found[name, "tenant"] = access.rights(actor, tenant_id=self.tenant.pk)
            found[name, "app"] = access.rights(actor, tenant_id=self.tenant.pk, app_id=app.pk)
        return found


@pytest.mark.django_db
def test_role_edits_never_give_more_than_the_editor_has() -> None:
    run_state_machine_as_test(
        Edits,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
