import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PROVISIONER = "provisioner"


def begin(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Until now one credential served all three roles. It stays the provisioner's; the accounts of the others, and
    the namespaces, are made ready by the worker.
    """
    cluster, grant = apps.get_model("tenants", "Cluster"), apps.get_model("tenants", "TenantCluster")
    row = apps.get_model("outbox", "OutboxRow")
    asked = [(one.pk, None) for one in cluster.objects.all()]
    asked += list(grant.objects.values_list("cluster_id", "tenant_id"))
    for one in cluster.objects.all():
        one.credentials = {role: sealed for role, sealed in one.credentials.items() if role == PROVISIONER}
        one.save(update_fields=["credentials"])
    for cluster_id, tenant_id in asked:
        tenant = str(tenant_id or "")
        row.objects.create(
            kind="cluster.provision",
            payload={"cluster": str(cluster_id), "tenant": tenant, "cause": "renewed", "actor": ""},
            stream=f"provision:{cluster_id}:{tenant}",
            share=str(cluster_id),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("releases", "0003_target_kept"),
        ("tenants", "0002_clusters_and_platform_tokens"),
        ("outbox", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Provision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("namespace", models.CharField(max_length=63)),
                ("cause", models.CharField(max_length=12)),
                ("actor_name", models.CharField(blank=True, max_length=150)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Being made ready"), ("succeeded", "Ready"), ("failed", "Failed")],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("reason", models.JSONField(null=True)),
                ("manifests", models.JSONField(default=list)),
                ("digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "cluster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="provisions", to="tenants.cluster"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="provisions",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "provision release",
                "verbose_name_plural": "provision releases",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["cluster", "tenant", "-id"], name="provision_latest")],
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
