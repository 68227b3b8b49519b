from django.db import migrations

# What an operation found out stands in the sentences that pages show: the version of a secret, the revision that was
# gone back to. Of that numbers and short texts: whole specs and reports are much that was not changed by it. An app
# that is made has all of its spec from its entry, which brought that in.
WORDS = """
CREATE FUNCTION audit_found_out(operation text, given jsonb, resolved jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(value::text, ' '), '')
    FROM jsonb_each(CASE jsonb_typeof(resolved) WHEN 'object' THEN resolved ELSE '{}' END)
    WHERE given -> key IS DISTINCT FROM value AND (
        jsonb_typeof(value) IN ('number', 'string') AND length(value::text) <= 200
        OR operation = 'app.create' AND key = 'spec')
$$;
ALTER TABLE audit_auditentry DROP COLUMN words;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' '
    || audit_once(audit_of_json(jsonb_path_query_array(diff, '$[*].label')::text
        || jsonb_path_query_array(diff, '$[*].path')::text)) || ' '
    || audit_of_json(result::text) || ' '
    || audit_of_json(audit_found_out(operation, input, resolved)) || ' '
    || audit_of_json(input::text))) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
"""
BEFORE = """
ALTER TABLE audit_auditentry DROP COLUMN words;
ALTER TABLE audit_auditentry ADD COLUMN words tsvector GENERATED ALWAYS AS (audit_words(
    subject_name || ' ' || actor_name || ' ' || operation || ' ' || note || ' ' || reason || ' '
    || audit_once(audit_of_json(jsonb_path_query_array(diff, '$[*].label')::text
        || jsonb_path_query_array(diff, '$[*].path')::text)) || ' '
    || audit_of_json(result::text) || ' '
    || audit_of_json(input::text))) STORED;
CREATE INDEX audit_text ON audit_auditentry USING gin (words);
DROP FUNCTION audit_found_out(text, jsonb, jsonb);
"""


class Migration(migrations.Migration):
    """Entries are found by the words of what their operation found out. The table is written anew: minutes, where there
    are millions; the hashes do not cover what is written.
    """

    dependencies = [("audit", "0008_words_of_results")]
    operations = [migrations.RunSQL(WORDS, BEFORE)]
