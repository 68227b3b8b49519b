"""The shop of the tests, set up once by the product itself and then put back as rows: milliseconds instead of a second.

What the set-up wrote is read back as JSON, table by table, and rolled back; each test inserts it with one statement in
its own transaction. Nothing is committed in advance, so a test that empties the database takes nothing from the next.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from apps_mgmt.models import App, Deployed
from portal.access import Actor, Ref
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants.models import Cluster, Tenant, User
from tests import cast

# Written by migrations, and there before any test.
STANDING = {"django_migrations", "django_content_type", "auth_permission"}
PEOPLE = ("alice", "bob", "vera", "charlie", "olga")


@dataclass
class Shop:
    """The tenant `boutique` on two clusters, with an app `shop`; Bob does things unless somebody else is named."""

    people: cast.Cast
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.app = App.objects.select_related("tenant", "draft").get(name="shop")

    @property
    def ref(self) -> Ref:
        return Ref("app", "boutique", "shop")

    @property
    def bob(self) -> Actor:
        return cast.actor(self.people.bob)

    @property
    def alice(self) -> Actor:
        return cast.actor(self.people.alice)

    def create(self, name: str, **data: Any) -> Outcome:
        return perform("app.create", actor=self.bob, ref=Ref("tenant", "boutique"), data={"name": name, **data})

    def do(self, operation: str, *, actor: Actor | None = None, **data: Any) -> Outcome:
        return perform(operation, actor=actor or self.bob, ref=self.ref, data=data)

    def preview(self, operation: str, **data: Any) -> Outcome:
        return perform(operation, actor=self.bob, ref=self.ref, data=data, dry_run=True)

    def runs(self) -> None:
        """As if the present draft had been released to both clusters."""
        now = self.again()
        for cluster in Cluster.objects.filter(name__in=("north", "south")):
            Deployed.objects.create(app=now, cluster_id=cluster.pk, cluster_name=cluster.name, revision=now.draft)

    def again(self) -> App:
        return App.objects.select_related("draft").get(pk=self.app.pk)


def open_shop() -> Shop:
    """The shop with all its people, in the present transaction (or committed, where a test has none)."""
    _rows_of("shop", _set_up)
    users = {one.username: one for one in User.objects.filter(username__in=PEOPLE)}
    tenants = {one.name: one for one in Tenant.objects.filter(name__in=("boutique", "harbor"))}
    everybody: dict[str, Any] = {**tenants, **users}
    return Shop(cast.Cast(**everybody))


def _set_up() -> None:
    people = cast.everyone()
    for name in ("north", "south"):
        row = cast.cluster(name, tenants=[people.boutique, people.harbor])
        row.capabilities = {"gateway_api": "v1"}
        row.save()
    data = {"name": "shop", "image": "registry.example.com/shop:1.0", "port": 8080, "replicas": 2}
    perform("app.create", actor=cast.actor(people.bob), ref=Ref("tenant", "boutique"), data=data)


_kept: dict[str, tuple[str, str]] = {}


def _rows_of(name: str, set_up: Callable[[], None]) -> None:
    """Bring what `set_up` writes into the database; by `set_up` itself when the database is not empty."""
    signature = _signature()
    if _kept.get(name, ("", ""))[0] != signature:
        if _tables_with_rows():
            set_up()
            return
        with transaction.atomic():
            set_up()
            _kept[name] = (signature, _as_json(_tables_with_rows()))
            transaction.set_rollback(True)
    _insert(_kept[name][1])


def _signature() -> str:
    """Changes when the rows of migrations were made anew, with new ids, after the database was emptied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id), count(*) FROM auth_permission")
        return f"{connection.settings_dict['NAME']} {cursor.fetchone()}"


def _tables_with_rows() -> list[str]:
    names = sorted(set(connection.introspection.table_names()) - STANDING)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in names))
        return [name for (name,) in cursor.fetchall()]


def _as_json(tables: list[str]) -> str:
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f'SELECT json_agg(t)::text FROM "{name}" t')
            found[name] = json.loads(cursor.fetchone()[0])
    return json.dumps(found)


def _insert(rows: str) -> None:
    parts = [
        f'i{number} AS (INSERT INTO "{name}" SELECT * FROM json_populate_recordset(null::"{name}", d->\'{name}\'))'
        for number, name in enumerate(json.loads(rows))
    ]
    inserts = ", ".join(part.replace(" d->", " (SELECT d FROM given)->") for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH given AS (SELECT %s::json AS d), {inserts} SELECT 1", [rows])
