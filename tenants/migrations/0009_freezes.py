from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_raises_beside_each_other")]

    operations = [
        migrations.AddField("tenant", "freezes", models.JSONField(blank=True, default=list)),
        migrations.AddField("platformrecord", "freezes", models.JSONField(default=list)),
    ]
