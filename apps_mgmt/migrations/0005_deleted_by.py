from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("apps_mgmt", "0004_saved_strategies")]

    operations = [
        migrations.AddField(
            model_name="app",
            name="deleted_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
    ]
