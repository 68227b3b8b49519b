from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from django.db import migrations, models


def keep_raise(apps: Any, schema_editor: Any) -> None:
    limits = apps.get_model("tenants", "QuotaLimit").objects
    for limit in limits.exclude(raised=None).exclude(raised_until=None):
        last_day = (limit.raised_until.astimezone(UTC) - timedelta(seconds=1)).date()
        limits.filter(pk=limit.pk).update(raises=[{"amount": limit.raised, "until": last_day.isoformat()}])


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_cluster_that_may_not_be_looked_at")]

    operations = [
        migrations.AddField(model_name="quotalimit", name="raises", field=models.JSONField(blank=True, default=list)),
        migrations.RunPython(keep_raise, migrations.RunPython.noop),
        migrations.RemoveField(model_name="quotalimit", name="raised"),
        migrations.RemoveField(model_name="quotalimit", name="raised_until"),
    ]
