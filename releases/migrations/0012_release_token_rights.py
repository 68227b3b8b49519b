from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0011_release_ended")]

    operations = [migrations.AddField("release", "token_rights", models.JSONField(null=True))]
