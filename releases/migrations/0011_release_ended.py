from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0010_stopped")]

    operations = [
        migrations.AddIndex(
            "release",
            models.Index(
                fields=["-ended_at", "-id"], condition=models.Q(ended_at__isnull=False), name="release_ended_last"
            ),
        )
    ]
