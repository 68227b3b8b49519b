from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_rollback_causes")]

    operations = [
        migrations.AddField("target", "failed_with", models.JSONField(null=True)),
        migrations.AddField("target", "ended_with", models.JSONField(null=True)),
    ]
