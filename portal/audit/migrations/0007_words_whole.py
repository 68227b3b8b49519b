from django.db import migrations

# In the text of JSON, `\n` and its like glue a letter to the next word: they part words, as what they stand for does.
# Labels and paths name the same things, so their words come once, and before what was entered. A search vector holds
# 1 MiB: 200,000 characters are at most 800,000 bytes of words with what is kept beside each, whatever the script. `…`,
# which nobody can ask for, stands with what is longer than is searched.
WORDS = r"""
ALTER TABLE audit_auditentry DROP COLUMN words;
CREATE OR REPLACE FUNCTION audit_words(told text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT strip(to_tsvector('simple'::regconfig, regexp_replace(left(told, 200000), '[^[:alnum:]]+', ' ', 'g')))
        || array_to_tsvector(CASE WHEN length(told) > 200000 THEN ARRAY['…'] ELSE '{}' END)
$$;
CREATE FUNCTION audit_of_json(told text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(told, '\\(u[0-9a-f]{4}|.)|[^[:alnum:]\\]+', ' ', 'g')
$$;
CREATE FUNCTION audit_once(told text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(DISTINCT word, ' '), '') FROM regexp_split_to_table(told, ' +') AS word
$$;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' '
    || audit_once(audit_of_json(jsonb_path_query_array(diff, '$[*].label')::text
        || jsonb_path_query_array(diff, '$[*].path')::text)) || ' '
    || audit_of_json(input::text))) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""
BEFORE = """
ALTER TABLE audit_auditentry DROP COLUMN words;
DROP FUNCTION audit_once(text);
DROP FUNCTION audit_of_json(text);
CREATE OR REPLACE FUNCTION audit_words(told text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple'::regconfig, regexp_replace(left(told, 20000), '[^[:alnum:]]+', ' ', 'g'))
$$;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' '
    || jsonb_path_query_array(diff, '$[*].label')::text || ' ' || jsonb_path_query_array(diff, '$[*].path')::text || ' '
    || input::text)) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""


class Migration(migrations.Migration):
    """Entries are found by every word of what was entered. The table is written anew: minutes, where there are
    millions; the hashes do not cover what is written.
    """

    dependencies = [("audit", "0006_heads_name_entries")]
    operations = [migrations.RunSQL(WORDS, BEFORE)]
