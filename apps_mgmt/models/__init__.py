"""The tables of apps: the app itself, its revisions, what is deployed where, its status and its secrets."""

from apps_mgmt.models.app import App, AppGroupObjectPermission, AppUserObjectPermission
from apps_mgmt.models.revision import Deployed, Revision
from apps_mgmt.models.secret import SecretVersion
from apps_mgmt.models.status import AppStatus
from apps_mgmt.models.strategy import StrategyVersion

__all__ = [
    "App",
    "AppGroupObjectPermission",
    "AppStatus",
    "AppUserObjectPermission",
    "Deployed",
    "Revision",
    "SecretVersion",
    "StrategyVersion",
]
