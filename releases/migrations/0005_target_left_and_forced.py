from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0004_provision")]

    operations = [
        migrations.AddField("target", "left", models.JSONField(default=dict)),
        migrations.AddField("target", "forced", models.JSONField(default=dict)),
    ]
