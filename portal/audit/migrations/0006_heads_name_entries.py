from django.db import migrations

# After the statement, so that an entry may come with its head in one.
FORWARD = """
CREATE FUNCTION audit_head_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (NEW.sequence = 0 AND NEW.hash = '') AND NOT EXISTS (
        SELECT 1 FROM audit_auditentry AS entry
        WHERE entry.chain = NEW.chain AND entry.sequence = NEW.sequence AND entry.hash = NEW.hash)
    THEN
        RAISE EXCEPTION 'The audit log can only be appended to.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_head_names_entry AFTER INSERT ON audit_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_head_begins();
"""
BACKWARD = """
DROP TRIGGER audit_head_names_entry ON audit_audithead;
DROP FUNCTION audit_head_begins();
"""


class Migration(migrations.Migration):
    """A head that is new begins a chain, or names an entry there is: none can be made up for a chain without entries."""

    dependencies = [("audit", "0005_words_of_changes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
