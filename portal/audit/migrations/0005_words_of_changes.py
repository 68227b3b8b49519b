from django.db import migrations

# Of a change what it changed, as people and as the spec name it: what an undo took back stands there and nowhere else.
WORDS = """
ALTER TABLE audit_auditentry DROP COLUMN words;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' '
    || jsonb_path_query_array(diff, '$[*].label')::text || ' ' || jsonb_path_query_array(diff, '$[*].path')::text || ' '
    || input::text)) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""
BEFORE = """
ALTER TABLE audit_auditentry DROP COLUMN words;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' ' || input::text)) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""


class Migration(migrations.Migration):
    """Entries are found by what they changed, too. The table is written anew: minutes, where there are millions."""

    dependencies = [("audit", "0004_checkpoints_and_search")]
    operations = [migrations.RunSQL(WORDS, BEFORE)]
