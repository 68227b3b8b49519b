"""The audit log when it is long: its first page, one far back, filtered ones, and the export as a stream.

The entries are made by SQL and plausible in all but their hashes, which form no chain: no page checks the whole of it.
"""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction

from portal.access.roles import TENANT_ADMIN
from portal.audit.models import AuditEntry, AuditHead
from releases.log import searching
from tenants.models import Tenant
from tests import cast
from tests.bench import seeding
from tests.bench.clients import session_of
from tests.bench.context import Bench
from tests.bench.processes import families, pss
from tests.bench.results import Line, Spread, figures

MB = 1_000_000
AIM = "p50 ≤ 50 ms"
MOST_GROWTH = 60  # megabytes
AT_ONCE = 250_000
OPERATIONS = ("process.scale", "env.set", "image.set", "release.start", "app.describe", "secret.set")
_ENTRIES = """
INSERT INTO audit_auditentry (
    chain, sequence, at, tenant_id, tenant_name, actor_name, how, token_id, address, request_id, operation,
    subject_kind, subject_id, subject_name, version_before, version_after, input, resolved, diff, result,
    outcome, reason, note, previous_hash, hash)
SELECT
    %(tenant)s::text, n, now() - (%(count)s - n) * interval '10 seconds', %(tenant)s, %(name)s, 'person-' || n %% 40,
    'session', '', '10.0.0.1', md5(n::text), (%(operations)s::text[])[1 + n %% cardinality(%(operations)s::text[])],
    'app', md5((n %% 5000)::text)::uuid::text, 'app-' || lpad((n %% 5000)::text, 5, '0'), n, n + 1,
    jsonb_build_object('env', jsonb_build_array(jsonb_build_object('name', 'SETTING_' || n %% 977, 'value', 'v' || n))),
    '{}', '[{"label": "web", "before": "1", "after": "2", "kind": "changed"}]', '{}',
    CASE WHEN n %% 500 = 0 THEN 'refused' ELSE 'done' END, '', 'note ' || n %% 1000,
    encode(sha256((n - 1)::text::bytea), 'hex'), encode(sha256(n::text::bytea), 'hex')
FROM generate_series(%(first)s, %(last)s) AS n
"""


@dataclass(frozen=True)
class _Export:
    lines: int
    bytes: int
    seconds: float
    before: float
    most: float
    """Megabytes of the web process before it, and at most while it ran."""


def measure(bench: Bench) -> list[Line]:
    count = bench.sizes.log
    tenant, admin = _people()
    bench.say(f"Writing {count:,} audit entries.")
    _write(tenant, count)
    middle = AuditEntry.objects.get(chain=str(tenant.pk), sequence=max(1, count // 2))
    start = "/t/audited/activity/"
    kinds = {
        "first page": start,
        "page in the middle of the log": f"{start}?before={searching.place_of(middle)}",
        "one operation by one person": f"{start}?operation=env.set&person=person-7",
        "one app": f"{start}?app=app-00042",
        "refused only": f"{start}?outcome=refused",
        "a word": f"{start}?q=setting_33",
    }
    browser = bench.world.browser(admin)
    times: dict[str, list[float]] = {}
    for turn in range(bench.sizes.requests + 2):
        for title, path in kinds.items():
            answer = browser.page(path)
            if turn >= 2:
                times.setdefault(title, []).append(answer.seconds)
    browser.close()
    spreads = {title: Spread.of(found) for title, found in times.items()}
    data = f"{count:,} entries of one tenant, with hashes that form no chain; {bench.sizes.requests} requests per page"
    lines = [
        Line(title, str(one), AIM, one.p50 <= 50, data if at == 0 else "", figures(times=one))
        for at, (title, one) in enumerate(spreads.items())
    ]
    bench.say("Exporting all of them.")
    return [*lines, _line(_exported(bench, session_of(admin), f"{start}export/"))]


def _people() -> tuple[Tenant, Any]:
    with transaction.atomic():
        tenant = cast.tenant("audited", title="Audited")
        return tenant, cast.member("audited-admin", tenant=tenant, role=TENANT_ADMIN)


def _write(tenant: Tenant, count: int) -> None:
    """The index of words is made once at the end, which takes a third of the time."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'audit_text'")
        (words,) = cursor.fetchone()
        cursor.execute("DROP INDEX audit_text")
        for first in range(1, count + 1, AT_ONCE):
            given = {"tenant": tenant.pk, "name": tenant.name, "count": count, "operations": list(OPERATIONS)}
            cursor.execute(_ENTRIES, given | {"first": first, "last": min(count, first + AT_ONCE - 1)})
        cursor.execute(words)
    last = AuditEntry.objects.get(chain=str(tenant.pk), sequence=count)
    AuditHead.objects.create(chain=last.chain, sequence=last.sequence, hash=last.hash)
    seeding.settle()


def _exported(bench: Bench, session: str, path: str) -> _Export:
    """Read to its end and thrown away, while the web process is looked at."""
    place = urlsplit(bench.world.url)
    caller = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
    before = most = _web(bench)
    began, lines, size, looked = time.monotonic(), 0, 0, 0.0
    caller.request("GET", path, headers={"Cookie": f"sessionid={session}"})
    answer = caller.getresponse()
    assert answer.status == 200, answer.status
    while piece := answer.read(1 << 16):
        lines, size = lines + piece.count(b"\n"), size + len(piece)
        if time.monotonic() - looked > 1:
            looked, most = time.monotonic(), max(most, _web(bench))
    seconds = time.monotonic() - began
    caller.close()
    return _Export(lines, size, seconds, before, max(most, _web(bench)))


def _web(bench: Bench) -> float:
    return pss(families(bench.installation.roots())["web"]) / MB


def _line(found: _Export) -> Line:
    growth = found.most - found.before
    return Line(
        "export, streamed",
        f"{found.lines:,} lines in {found.seconds:.0f} s · web +{growth:.0f} MB",
        f"memory constant: ≤ +{MOST_GROWTH} MB",
        growth <= MOST_GROWTH,
        f"{found.bytes / MB:.0f} MB of JSONL; the web process had {found.before:.0f} MB, at most {found.most:.0f}",
        figures(export=vars(found)),
    )
