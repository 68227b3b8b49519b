"""The people of the tests, and where they work. Every function needs the database; nobody here has a password.

Alice (tenant admin), Bob (developer) and Vera (viewer) are members of the tenant `boutique`; Charlie is the admin of
another tenant, `harbor`; Olga is a platform operator and a member nowhere. Clusters: `north` and `south`, on an address
where nothing answers.

    people = cast.everyone()
    actor = cast.actor(people.bob)
    client = cast.signed_in(people.alice)    # or cast.confirmed(people.alice), for what asks again who it is
    header = cast.token_header(people.bob, tenant=people.boutique)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.test import Client
from django.test.signals import setting_changed

from portal.access import Actor
from portal.access.roles import DEVELOPER, PLATFORM_OPERATOR, TENANT_ADMIN, VIEWER
from portal.outbox.models import OutboxRow
from tenants import clusters, founding, roles, tokens
from tenants.accounts import sessions, stepping_up
from tenants.clusters.credentials import PROVISIONER, ROLES, Credential
from tenants.clusters.preparing import PROVISION
from tenants.models import Cluster, Tenant, User
from tenants.quota.limits import set_limits
from tests import kept

# Port 9 (discard) on loopback: refused at once.
NOWHERE = "https://127.0.0.1:9"
TENANTS = ("boutique", "harbor")
PEOPLE = ("alice", "bob", "vera", "charlie", "olga")


@dataclass(frozen=True)
class Cast:
    boutique: Tenant
    harbor: Tenant
    alice: User
    bob: User
    vera: User
    charlie: User
    olga: User


def everyone() -> Cast:
    """Both tenants and all five people."""
    kept.rows("everyone", _set_up)
    return present()


def present() -> Cast:
    """The same, where `everyone` or what begins with it has been called already."""
    users = {one.username: one for one in User.objects.filter(username__in=PEOPLE)}
    tenants = {one.name: one for one in Tenant.objects.filter(name__in=TENANTS)}
    everybody: dict[str, Any] = {**tenants, **users}
    return Cast(**everybody)


def _set_up() -> None:
    boutique, harbor = tenant("boutique", title="Online Boutique"), tenant("harbor", title="Harbor")
    member("alice", tenant=boutique, role=TENANT_ADMIN)
    member("bob", tenant=boutique, role=DEVELOPER)
    member("vera", tenant=boutique, role=VIEWER)
    member("charlie", tenant=harbor, role=TENANT_ADMIN)
    platform_person("olga", role=PLATFORM_OPERATOR)


def person(username: str) -> User:
    """Someone with an account and no role. The password cannot be used."""
    return User.objects.create(
        username=username, first_name=username.capitalize(), password=make_password(None), is_active=True
    )


def member(username: str, *, tenant: Tenant, role: str) -> User:
    """A new person with a role in a tenant."""
    user = person(username)
    roles.give_role(user, tenant, role)
    return user


def platform_person(username: str, *, role: str) -> User:
    """A new person with a role over the platform."""
    user = person(username)
    roles.give_platform_role(user, role)
    return user


def tenant(name: str = "boutique", *, title: str = "", **limits: int) -> Tenant:
    """A tenant; `limits` by dimension (`instances=10`), the rest by default."""
    founded = founding.found(name, title=title or name.capitalize())
    if limits:
        set_limits(founded.pk, limits=limits)
    return founded


def cluster(
    name: str = "north",
    *,
    server: str = NOWHERE,
    token: str = "cluster-token",
    tenants: Iterable[Tenant] = (),
    own: Iterable[str] = ROLES,
) -> Cluster:
    """A registered cluster, with one token for the roles in `own`, granted to `tenants`."""
    registered = clusters.register(
        name,
        title=name.capitalize(),
        server=server,
        credentials={role: Credential(token=token) for role in own},
    )
    for one in tenants:
        clusters.grant(one, registered)
    if server == NOWHERE:
        # Nobody is there to be made ready: a test that works the outbox off should meet its own rows alone.
        OutboxRow.objects.filter(kind=PROVISION, share=str(registered.pk)).delete()
    return registered


def cluster_at(connection: clusters.Connection, *, name: str, tenants: Iterable[Tenant] = ()) -> Cluster:
    """A registered cluster that is there, as a platform operator adds it, granted to `tenants`."""
    known = Credential(token=connection.token, client_cert=connection.client_cert, client_key=connection.client_key)
    registered = clusters.register(
        name,
        title=name.capitalize(),
        server=connection.server,
        ca_pem=connection.ca_pem,
        credentials={PROVISIONER: known},
    )
    for one in tenants:
        clusters.grant(one, registered)
    return registered


def actor(user: User) -> Actor:
    """The person as an actor of a session; made anew, because an actor reads its rights once."""
    return Actor.of_user(user, how="session", address="127.0.0.1")


_servers: dict[bool, Any] = {}
# Middleware reads its settings when it is made.
setting_changed.connect(lambda **_given: _servers.clear(), weak=False)


def browser(**options: Any) -> Client:
    """A browser of somebody unknown.

    All of them share the middleware, as they would with one server: making it means to look up every static file.
    """
    client = Client(**options)
    client.handler = _servers.setdefault(client.handler.enforce_csrf_checks, client.handler)
    return client


def signed_in(user: User) -> Client:
    """A browser in which the person is signed in."""
    client = browser()
    sign_in(client, user)
    return client


def sign_in(client: Client, user: User) -> None:
    """Sign the person in without a password, as signing in would leave it."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    request = HttpRequest()
    request.session, request.user = client.session, user
    sessions.begin(request)


def confirmed(user: User, client: Client | None = None) -> Client:
    """A browser in which the person is signed in, and has just confirmed who they are."""
    client = client or signed_in(user)
    session = client.session
    request = HttpRequest()
    request.session, request.user = session, user
    stepping_up.confirm(request)
    session.save()
    return client


def token_header(user: User, *, tenant: Tenant | None, permissions: Iterable[str] = ()) -> dict[str, str]:
    """`headers=` for Django's test client: the person's API token."""
    issued = tokens.issue(user, tenant=tenant, name="tests", permissions=permissions)
    return {"authorization": f"Token {issued.text}"}
