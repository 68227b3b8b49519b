from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("apps_mgmt", "0001_initial")]

    operations = [migrations.AddField("app", "left", models.JSONField(default=list))]
