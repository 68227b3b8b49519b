from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("apps_mgmt", "0002_app_left")]

    operations = [
        migrations.AddField("app", "forbidden", models.JSONField(default=list)),
        migrations.AddField("deployed", "stopped", models.BooleanField(default=False)),
        migrations.AddField("appstatus", "stopped", models.BooleanField(default=False)),
    ]
