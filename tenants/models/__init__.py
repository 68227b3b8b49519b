"""The tables of this room, a file per subject."""

from tenants.models.cluster import Cluster, TenantCluster
from tenants.models.platform import PlatformRecord
from tenants.models.quota import WHOLE_TENANT, QuotaLimit, QuotaRequest, QuotaSample, Reservation, UsageRow
from tenants.models.tenant import (
    CustomRole,
    Membership,
    Tenant,
    TenantGroupObjectPermission,
    TenantUserObjectPermission,
)
from tenants.models.token import ApiToken
from tenants.models.user import User

__all__ = [
    "WHOLE_TENANT",
    "ApiToken",
    "Cluster",
    "CustomRole",
    "Membership",
    "PlatformRecord",
    "QuotaLimit",
    "QuotaRequest",
    "QuotaSample",
    "Reservation",
    "Tenant",
    "TenantCluster",
    "TenantGroupObjectPermission",
    "TenantUserObjectPermission",
    "UsageRow",
    "User",
]
