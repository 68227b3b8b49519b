"""Two admins who step down at the same moment do not leave a tenant without one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from portal.errors import Refused
from tenants import roles
from tenants.models import Membership, User
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_admins_who_leave_at_once_one_stays() -> None:
    boutique = cast.tenant("boutique")
    admins = [cast.member(name, tenant=boutique, role="admin") for name in ("alice", "ada")]
    gate = threading.Barrier(len(admins))

    def leave(user: User) -> bool:
        try:
            gate.wait(timeout=60)
            roles.take_role(user, boutique)
        except Refused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(admins)) as pool:
        left = list(pool.map(leave, admins))

    assert sorted(left) == [False, True]
    assert Membership.objects.filter(tenant=boutique, role="admin").count() == 1
