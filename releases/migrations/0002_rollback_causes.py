from django.db import migrations, models

ALL_CAUSES = ["failed-step", "failed-check", "crash-loop", "deadline"]


def all_causes(apps, schema_editor):
    apps.get_model("releases", "Release").objects.filter(auto_rollback=True).update(rollback_on=ALL_CAUSES)


def any_cause(apps, schema_editor):
    apps.get_model("releases", "Release").objects.exclude(rollback_on=[]).update(auto_rollback=True)


class Migration(migrations.Migration):
    dependencies = [
        ("releases", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="rollback_on",
            field=models.JSONField(default=list),
        ),
        migrations.RunPython(all_causes, any_cause),
        migrations.RemoveField(
            model_name="release",
            name="auto_rollback",
        ),
    ]
