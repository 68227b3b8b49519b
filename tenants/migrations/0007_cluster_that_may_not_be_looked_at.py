from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_first_password")]

    operations = [
        migrations.AlterField(
            model_name="cluster",
            name="state",
            field=models.CharField(
                choices=[
                    ("ready", "Ready"),
                    ("away", "Away"),
                    ("blind", "May not look"),
                    ("unknown", "Not seen yet"),
                ],
                default="unknown",
                max_length=10,
            ),
        ),
    ]
