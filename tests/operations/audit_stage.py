"""A chain for tests of the audit log, and changing it behind its back."""

from __future__ import annotations

import json
from pathlib import Path

from django.db import connection

from portal.access import Actor
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, as_fields, record

TABLE = "audit_auditentry"
CHAIN = "platform"
ODD = (1e22, -0.0, 1e-7, 2**90, 1.5)


def append(count: int) -> None:
    """So many entries to the platform's chain, with numbers that people rarely send."""
    for number in range(count):
        given = {"number": number, "text": f"é {number}", "odd": ODD[number % len(ODD)]}
        change = Change(operation="test.append", input=given, note=f"note {number}")
        record(change, actor=Actor.engine(), subject=Subject(kind="test", id=str(number), name=f"thing {number}"))


def behind_its_back(*statements: str) -> None:
    """Change rows as somebody would who got hold of the database: with the triggers switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def export(file: Path, *chains: str) -> Path:
    """These chains as JSONL, as an export has them."""
    rows = AuditEntry.objects.filter(chain__in=chains).order_by("chain", "sequence")
    file.write_text("".join(f"{json.dumps(as_fields(row), ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    return file
