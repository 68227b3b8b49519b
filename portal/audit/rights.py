"""What a database role needs to run the portal, and no more: of the audit log it can read and append only.

Tables belong to the role that migrates. The role given here is another one, which web, worker, agent and clock use: it
cannot switch triggers off, as only an owner or a superuser can.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from portal.errors import Refused

_UNFIT = """
SELECT role.rolsuper OR pg_has_role(role.oid, owned.relowner, 'MEMBER')
FROM pg_roles AS role, pg_class AS owned WHERE role.rolname = %s AND owned.oid = %s::regclass
"""
_GIVE = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE ALL ON {entries}, {checkpoints}, {heads} FROM {role};
GRANT SELECT, INSERT ON {entries}, {checkpoints}, {heads} TO {role};
GRANT UPDATE (sequence, hash) ON {heads} TO {role};
"""


@transaction.atomic
def give(role: str) -> None:
    """Give an existing role what the portal needs; done again after migrations. Raises Refused for an unfit role."""
    entries = AuditEntry._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(_UNFIT, [role, entries])
        found = cursor.fetchone()
        if found is None:
            raise Refused(
                _("There is no database role {role}. Create it first: CREATE ROLE … LOGIN.").format(role=role)
            )
        if found[0]:
            raise Refused(
                _(
                    "{role} owns the tables or is a superuser, so nothing can be kept from it. Take another role."
                ).format(role=role)
            )
        names = {"heads": AuditHead._meta.db_table, "checkpoints": AuditCheckpoint._meta.db_table}
        cursor.execute(_GIVE.format(role=connection.ops.quote_name(role), entries=entries, **names))
