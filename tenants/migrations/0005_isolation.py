from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_quota_requests_and_history")]

    operations = [
        migrations.AddField(
            model_name="cluster",
            name="restricted",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="tenant",
            name="isolation",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.CreateModel(
            name="PlatformRecord",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("rules", models.JSONField(default=dict)),
            ],
            options={"verbose_name": "platform", "verbose_name_plural": "platform"},
        ),
    ]
