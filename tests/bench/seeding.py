"""Many apps with a history, as copies of one that was really deployed; rows are copied inside PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from apps_mgmt.models import App
from tenants.models import Tenant

_COPIES = """
CREATE TEMPORARY TABLE bench_copy ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS app_id, tenants[1 + (n - %(first)s) %% cardinality(tenants)] AS tenant_id,
       'app-' || lpad(n::text, 7, '0') AS name, now() - n * interval '7 seconds' AS at
FROM generate_series(%(first)s, %(last)s) AS n, (SELECT %(tenants)s::uuid[] AS tenants) AS asked
"""
# The id of a copied release follows from the original's and that of the copied app.
_RELEASE_ID = "md5(c.app_id::text || t.{column}::text)::uuid"
_REVISION = "(SELECT r.id FROM apps_mgmt_revision r WHERE r.app_id = c.app_id)"
_TABLES: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "apps_mgmt_app",
        "t.id = %(app)s",
        {
            "id": "c.app_id",
            "tenant_id": "c.tenant_id",
            "name": "c.name",
            "title": "initcap(c.name)",
            "draft_id": "NULL",
        },
    ),
    ("apps_mgmt_revision", "t.id = %(draft)s", {"app_id": "c.app_id", "base_id": "NULL"}),
    ("apps_mgmt_appstatus", "t.app_id = %(app)s", {"app_id": "c.app_id"}),
    (
        "releases_release",
        "t.app_id = %(app)s AND t.revision_id = %(draft)s",
        {"id": _RELEASE_ID.format(column="id"), "app_id": "c.app_id", "revision_id": _REVISION, "source_id": "NULL"},
    ),
    (
        "apps_mgmt_deployed",
        "t.app_id = %(app)s",
        {"app_id": "c.app_id", "revision_id": _REVISION, "release_id": _RELEASE_ID.format(column="release_id")},
    ),
    ("releases_observation", "t.app_id = %(app)s", {"app_id": "c.app_id"}),
    *(
        (
            table,
            "t.release_id IN (SELECT id FROM releases_release WHERE app_id = %(app)s AND revision_id = %(draft)s)",
            {"release_id": _RELEASE_ID.format(column="release_id")}
            | ({"before_id": "NULL"} if table == "releases_target" else {}),
        )
        for table in ("releases_target", "releases_step", "releases_steprun", "releases_timelineevent")
    ),
)
_DRAFTS = """
UPDATE apps_mgmt_app a SET draft_id = r.id FROM apps_mgmt_revision r, bench_copy c
WHERE a.id = c.app_id AND r.app_id = c.app_id
"""
_TOPICS = "INSERT INTO live_topicversion (topic, version) SELECT 'app:' || app_id, 3 FROM bench_copy"
_ENTRIES = """
WITH source AS (
    SELECT array_agg(id) AS ids FROM audit_auditentry WHERE subject_id = %(app)s::text
), target AS (
    SELECT a.tenant_id, o.name AS tenant_name, (array_agg(a.id))[:5000] AS apps, (array_agg(a.name))[:5000] AS names,
           array_position(%(tenants)s::uuid[], a.tenant_id) AS place
    FROM apps_mgmt_app a JOIN tenants_tenant o ON o.id = a.tenant_id
    WHERE a.tenant_id = ANY (%(tenants)s::uuid[]) GROUP BY a.tenant_id, o.name
)
INSERT INTO audit_auditentry ({columns})
SELECT {values} FROM source CROSS JOIN generate_series(%(first)s, %(last)s) AS n
JOIN target ON target.place = 1 + n %% cardinality(%(tenants)s::uuid[])
JOIN audit_auditentry t ON t.id = source.ids[1 + n / 7 %% cardinality(source.ids)]
ORDER BY n
"""
_ENTRY = {
    "chain": "target.tenant_id::text",
    "sequence": "1000000 + n",
    "at": "now() - (%(last)s - n) * interval '20 seconds'",
    "tenant_id": "target.tenant_id",
    "tenant_name": "target.tenant_name",
    "actor_name": "'person-' || n %% 40",
    "subject_id": "target.apps[1 + n %% cardinality(target.apps)]::text",
    "subject_name": "target.names[1 + n %% cardinality(target.names)]",
    "hash": "encode(sha256(n::text::bytea), 'hex')",
    "previous_hash": "encode(sha256((n - 1)::text::bytea), 'hex')",
}


@transaction.atomic
def copy_apps(template: App, *, tenants: list[Tenant], first: int, last: int) -> None:
    """Copies of an app with the release of its draft, numbered from `first` to `last`, dealt to tenants by turns."""
    values = {"app": template.pk, "draft": template.draft_id}
    with connection.cursor() as cursor:
        _unhurried(cursor)
        cursor.execute(_COPIES, {"first": first, "last": last, "tenants": [one.pk for one in tenants]})
        cursor.execute("ANALYZE bench_copy")
        for table, where, changed in _TABLES:
            columns, expressions = _lists(cursor, table, changed)
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {expressions} FROM {table} t, bench_copy c WHERE {where}",
                values,
            )
            if table == "apps_mgmt_revision":
                cursor.execute(_DRAFTS)
        cursor.execute(_TOPICS)


@transaction.atomic
def copy_entries(template: App, *, tenants: list[Tenant], first: int, last: int) -> None:
    """Audit entries like those of an app, about the apps of tenants that take turns.

    Their hashes are no chain; no page checks it.
    """
    with connection.cursor() as cursor:
        _unhurried(cursor)
        columns, expressions = _lists(cursor, "audit_auditentry", _ENTRY)
        values: dict[str, Any] = {"app": template.pk, "tenants": [one.pk for one in tenants]}
        values |= {"first": first, "last": last}
        cursor.execute(_ENTRIES.format(columns=columns, values=expressions), values)


def settle() -> None:
    """What the server does by itself sooner or later: dead rows and statistics."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _unhurried(cursor: Any) -> None:
    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _lists(cursor: Any, table: str, changed: dict[str, str]) -> tuple[str, str]:
    """Column names and, for each, the expression that fills it; a numbered id is left to the table."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND is_identity = 'NO' AND is_generated = 'NEVER' ORDER BY 1",
        [table],
    )
    names = [name for (name,) in cursor.fetchall()]
    columns = ", ".join(f'"{name}"' for name in names)
    return columns, ", ".join(changed.get(name, f't."{name}"') for name in names)
