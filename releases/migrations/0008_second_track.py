from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0007_waves")]

    operations = [
        migrations.AddField("target", "second", models.JSONField(default=dict)),
        migrations.AddField("target", "second_manifests", models.JSONField(default=list)),
    ]
