"""The pages where operations of this room are done, beside their subject's own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.operations.operation import Page

MEMBERS = Page("members", _("Members"), of=("tenant",))
ROLES = Page("roles", _("Roles"), of=("tenant",))
TOKENS = Page("tenant-tokens", _("API tokens"), of=("tenant",))
TENANTS = Page("platform-tenants", _("Tenants"))
TENANT = Page("platform-tenant", "", of=("tenant",), top=True, above=TENANTS)
PEOPLE = Page("platform-people", _("People"))
ACCOUNTS = Page("platform-accounts", _("Accounts"))
RULES = Page("platform-rules", _("Rules"))
FREEZES = Page("freezes", _("Freezes"), of=("tenant",))
PLATFORM_FREEZES = Page("platform-freezes", _("Freezes"))
CLUSTERS = Page("platform-clusters", _("Clusters"))
QUOTA = Page("tenant-quota", _("Quota"), of=("tenant",))
QUOTA_REQUESTS = Page("platform-quota", _("Quota requests"), top=True, above=TENANT)
