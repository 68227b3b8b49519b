from django.db import migrations, models
from django.db.models import Case, F, Value, When

_WAVE = {
    "one_after_another": F("position"),
    "first_then_rest": Case(When(position=0, then=Value(0)), default=Value(1)),
}


def number_waves(apps, schema_editor):
    """Releases under way take their turns as before: by the order over clusters that they were frozen with."""
    for across, wave in _WAVE.items():
        apps.get_model("releases", "Target").objects.filter(release__across=across).update(wave=wave)


def count_effects(apps, schema_editor):
    """A run from before may have sent something out; whoever goes back then looks at its cluster, too."""
    apps.get_model("releases", "StepRun").objects.update(sent=1)


class Migration(migrations.Migration):
    dependencies = [("releases", "0006_release_isolation")]

    operations = [
        migrations.AddField("release", "waves", models.JSONField(default=list)),
        migrations.AddField("target", "wave", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("steprun", "sent", models.PositiveIntegerField(default=0)),
        migrations.RunPython(number_waves, migrations.RunPython.noop),
        migrations.RunPython(count_effects, migrations.RunPython.noop),
    ]
