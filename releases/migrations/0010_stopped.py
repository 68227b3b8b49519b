from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0009_agents")]

    operations = [migrations.AddField("release", "stopped", models.BooleanField(default=False))]
