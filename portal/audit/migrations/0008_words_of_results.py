from django.db import migrations

# What came of it stands in the sentences that pages show: which release was started, and how one ended.
WORDS = """
ALTER TABLE audit_auditentry DROP COLUMN words;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' '
    || audit_once(audit_of_json(jsonb_path_query_array(diff, '$[*].label')::text
        || jsonb_path_query_array(diff, '$[*].path')::text)) || ' '
    || audit_of_json(result::text) || ' '
    || audit_of_json(input::text))) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""
BEFORE = """
ALTER TABLE audit_auditentry DROP COLUMN words;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' '
    || audit_once(audit_of_json(jsonb_path_query_array(diff, '$[*].label')::text
        || jsonb_path_query_array(diff, '$[*].path')::text)) || ' '
    || audit_of_json(input::text))) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""


class Migration(migrations.Migration):
    """Entries are found by the words of what came of them. The table is written anew: minutes, where there are
    millions; the hashes do not cover what is written.
    """

    dependencies = [("audit", "0007_words_whole")]
    operations = [migrations.RunSQL(WORDS, BEFORE)]
