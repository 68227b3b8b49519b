from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_only_append() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log can only be appended to.';
END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_only_append();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_append();
"""
BACKWARD = """
DROP TRIGGER audit_no_change ON audit_auditentry;
DROP TRIGGER audit_no_truncate ON audit_auditentry;
DROP FUNCTION audit_only_append();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
