"""The pages where operations of this room are done, beside the app's own; a room above draws them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.operations.operation import Page

APPS = Page("apps", _("Apps"), of=("tenant",), top=True)
STRATEGIES = Page("strategies", _("Strategies"), of=("tenant",))
ACCESS = Page("app-access", _("Access"), of=("tenant", "app"))
