"""Why nothing can be done to an app now, as its buttons say it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.models import App


def stopped(app: App) -> str:
    """What holds for all that changes it: its tenant is suspended. Blank when it is not."""
    return _("The tenant is suspended.") if app.tenant.suspended else ""


def locked(app: App) -> str:
    """What holds for edits and deploys: the suspension, or the lock of the app. Blank without either."""
    return stopped(app) or (_("Locked: {reason}").format(reason=app.locked_reason) if app.locked_reason else "")
