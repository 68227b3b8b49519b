from django.db import migrations, models

# A head moves by one entry at a time, to the entry that follows the one it named.
GUARDS = """
CREATE FUNCTION audit_head_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.chain <> OLD.chain OR NEW.sequence <> OLD.sequence + 1 OR NOT EXISTS (
        SELECT 1 FROM audit_auditentry AS entry
        WHERE entry.chain = NEW.chain AND entry.sequence = NEW.sequence
          AND entry.hash = NEW.hash AND entry.previous_hash = OLD.hash)
    THEN
        RAISE EXCEPTION 'The audit log can only be appended to.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_head_follows();
CREATE TRIGGER audit_checkpoint_stays BEFORE UPDATE OR DELETE ON audit_auditcheckpoint
    FOR EACH ROW EXECUTE FUNCTION audit_only_append();
CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_auditcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_append();
"""
NO_GUARDS = """
DROP TRIGGER audit_checkpoint_no_truncate ON audit_auditcheckpoint;
DROP TRIGGER audit_checkpoint_stays ON audit_auditcheckpoint;
DROP TRIGGER audit_head_moves_on ON audit_audithead;
DROP FUNCTION audit_head_follows();
"""
# Whatever is neither letter nor digit parts words, so that `process.scale` and `DB_HOST` are two words each. They are
# kept beside the row, as it takes long to find them again; the database makes them, and the hash does not cover them.
SEARCH = """
CREATE FUNCTION audit_words(told text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple'::regconfig, regexp_replace(left(told, 20000), '[^[:alnum:]]+', ' ', 'g'))
$$;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' ' || input::text)) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""
NO_SEARCH = """
ALTER TABLE audit_auditentry DROP COLUMN words;
DROP FUNCTION audit_words(text);
"""


class Migration(migrations.Migration):
    """Signed ends of chains; heads that only move on; and indexes for every filter of the audit page, in its order."""

    dependencies = [("audit", "0003_heads_stay")]
    operations = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chain", models.CharField(max_length=40)),
                ("sequence", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("chain", "sequence"), name="audit_checkpoint_once")]
            },
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
        migrations.RunSQL(SEARCH, NO_SEARCH),
        migrations.RemoveIndex(model_name="auditentry", name="audit_subject"),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["subject_id", "-at", "-id"], name="audit_subject")
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant_id", "actor_name", "-at", "-id"], name="audit_tenant_person"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant_id", "operation", "-at", "-id"], name="audit_tenant_operation"),
        ),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["actor_name", "-at", "-id"], name="audit_person")
        ),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["operation", "-at", "-id"], name="audit_operation")
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("outcome", "done"), _negated=True),
                fields=["outcome", "-at", "-id"],
                name="audit_not_done",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                models.Func(
                    models.F("subject_name"),
                    models.Value(" #"),
                    models.Value(1),
                    function="split_part",
                    output_field=models.TextField(),
                ),
                models.F("at").desc(),
                models.F("id").desc(),
                name="audit_app",
            ),
        ),
    ]
