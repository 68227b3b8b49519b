from django.db import migrations

FORWARD = """
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_only_append();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_append();
"""
BACKWARD = """
DROP TRIGGER audit_head_stays ON audit_audithead;
DROP TRIGGER audit_head_no_truncate ON audit_audithead;
"""


class Migration(migrations.Migration):
    """Without its head row a chain could be cut off at the end unseen."""

    dependencies = [("audit", "0002_only_append")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
