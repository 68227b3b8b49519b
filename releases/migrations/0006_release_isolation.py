from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0005_target_left_and_forced")]

    operations = [migrations.AddField("release", "isolation", models.JSONField(default=dict))]
