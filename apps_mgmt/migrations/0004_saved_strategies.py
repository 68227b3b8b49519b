import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_freezes"), ("apps_mgmt", "0003_stopped_and_forbidden")]

    operations = [
        migrations.CreateModel(
            "StrategyVersion",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=100)),
                ("strategy", models.JSONField()),
                ("retired", models.BooleanField(default=False)),
                ("actor_name", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="strategies", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "verbose_name": "saved strategy",
                "verbose_name_plural": "saved strategies",
                "ordering": ("name", "-number"),
            },
        ),
        migrations.AddConstraint(
            "strategyversion",
            models.UniqueConstraint(fields=("tenant", "name", "number"), name="strategy_version_once"),
        ),
    ]
