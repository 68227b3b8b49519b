import uuid

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("apps_mgmt", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClusterLease",
            fields=[
                ("cluster_id", models.UUIDField(primary_key=True, serialize=False)),
                ("holder", models.CharField(max_length=64)),
                ("fencing", models.BigIntegerField(default=1)),
                ("until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "lease of a cluster",
                "verbose_name_plural": "leases of clusters",
                "db_table": "releases_cluster_lease",
            },
        ),
        migrations.CreateModel(
            name="Sweep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rounds", models.PositiveBigIntegerField(default=0)),
                ("caught", models.PositiveBigIntegerField(default=0)),
                ("last_at", models.DateTimeField(null=True)),
                ("last_caught_at", models.DateTimeField(null=True)),
                ("last_caught", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "sweep",
                "verbose_name_plural": "sweeps",
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("deploy", "deploy"),
                            ("rollback", "rollback"),
                            ("restart", "restart"),
                            ("stop", "stop"),
                            ("start", "start"),
                            ("act", "act"),
                            ("move", "move"),
                            ("delete", "delete"),
                            ("provision", "provision"),
                        ],
                        max_length=12,
                    ),
                ),
                ("state", models.CharField(default="planned", max_length=14)),
                ("strategy", models.CharField(default="rolling", max_length=20)),
                ("across", models.CharField(default="one_after_another", max_length=20)),
                ("failure_budget", models.PositiveIntegerField(default=0)),
                ("auto_rollback", models.BooleanField(default=False)),
                ("fence", models.BigIntegerField(default=0)),
                ("quota_peak", models.JSONField(default=dict)),
                ("note", models.CharField(blank=True, max_length=2000)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.CharField(max_length=150)),
                ("reason", models.JSONField(null=True)),
                ("after_stop", models.CharField(blank=True, max_length=12)),
                ("length", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "app",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="releases", to="apps_mgmt.app"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="releases", to="apps_mgmt.revision"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="releases.release"
                    ),
                ),
            ],
            options={
                "verbose_name": "release",
                "verbose_name_plural": "releases",
                "ordering": ("-number",),
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=30)),
                ("back", models.BooleanField(default=False)),
                ("timeout", models.FloatField()),
                ("options", models.JSONField(default=dict)),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="releases.release"
                    ),
                ),
            ],
            options={
                "verbose_name": "step",
                "verbose_name_plural": "steps",
                "ordering": ("number",),
            },
        ),
        migrations.CreateModel(
            name="StepRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cluster_id", models.UUIDField()),
                ("step", models.PositiveSmallIntegerField()),
                ("attempt", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("started", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                ("deadline", models.DateTimeField()),
                ("wake_at", models.DateTimeField(null=True)),
                ("pending", models.JSONField(default=list)),
                ("output", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("reason", models.JSONField(null=True)),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="releases.release"
                    ),
                ),
            ],
            options={
                "verbose_name": "step run",
                "verbose_name_plural": "step runs",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cluster_id", models.UUIDField()),
                ("cluster_name", models.CharField(max_length=63)),
                ("position", models.PositiveSmallIntegerField()),
                ("state", models.CharField(default="waiting", max_length=14)),
                ("reason", models.JSONField(null=True)),
                ("lost_since", models.DateTimeField(null=True)),
                ("manifests", models.JSONField(default=list)),
                ("digest", models.CharField(max_length=64)),
                ("object_keys", models.JSONField(default=list)),
                ("workloads", models.JSONField(default=list)),
                (
                    "before",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="releases.target"
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="targets", to="releases.release"
                    ),
                ),
            ],
            options={
                "verbose_name": "target",
                "verbose_name_plural": "targets",
                "ordering": ("position",),
            },
        ),
        migrations.CreateModel(
            name="TimelineEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("cause", models.CharField(max_length=20)),
                ("actor_name", models.CharField(blank=True, max_length=150)),
                ("change", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="timeline", to="releases.release"
                    ),
                ),
            ],
            options={
                "verbose_name": "timeline event",
                "verbose_name_plural": "timeline events",
                "ordering": ("seq",),
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cluster_id", models.UUIDField()),
                ("facts", models.JSONField(default=dict)),
                ("digest", models.CharField(max_length=64)),
                ("resource_version", models.CharField(blank=True, max_length=40)),
                ("fencing", models.BigIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                (
                    "app",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="observations", to="apps_mgmt.app"
                    ),
                ),
            ],
            options={
                "verbose_name": "observation",
                "verbose_name_plural": "observations",
                "constraints": [models.UniqueConstraint(fields=("app", "cluster_id"), name="observation_once")],
            },
        ),
        migrations.AddIndex(
            model_name="release",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "rolled_back", "succeeded", "superseded"]), _negated=True),
                fields=["state"],
                name="release_not_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(fields=("app", "number"), name="release_number"),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["aborting", "paused", "planned", "rolling_back", "running"])),
                fields=("app",),
                name="release_one_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.UniqueConstraint(fields=("release", "number"), name="step_number"),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("state__in", ["acting", "stopping", "watching"])),
                fields=["wake_at"],
                name="run_wakes_at",
            ),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("state__in", ["acting", "stopping", "watching"])),
                fields=["cluster_id"],
                name="run_open_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="steprun",
            constraint=models.UniqueConstraint(fields=("release", "cluster_id", "step", "attempt"), name="run_once"),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(fields=("release", "cluster_id"), name="target_once"),
        ),
        migrations.AddConstraint(
            model_name="timelineevent",
            constraint=models.UniqueConstraint(fields=("release", "seq"), name="timeline_seq"),
        ),
    ]
