"""The app: the one object nearly every operation edits."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from portal.access import permissions
from tenants.models import Tenant


class App(models.Model):
    """An app of a tenant. Its spec is that of `draft`; what runs where is in `Deployed`.

    `version` rises with every change to the row or the draft. `fence` rises with every release, and is written to
    every object in a cluster, so that an older release can never overwrite a newer one. `created_revisions` is the
    highest revision number given out, which undo does not lower. `left` are the fields that releases leave to others,
    rows of `apps_mgmt.values.Left`; `forbidden` the revisions that may not be released, rows of `values.Forbidden`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="apps")
    name = models.CharField(max_length=40)
    version = models.BigIntegerField(default=1)
    draft = models.ForeignKey("apps_mgmt.Revision", on_delete=models.PROTECT, null=True, related_name="+")
    created_revisions = models.BigIntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    title = models.CharField(max_length=100, blank=True)
    description = models.TextField(max_length=2000, blank=True)
    colour = models.CharField(max_length=16, blank=True)
    locked_reason = models.CharField(max_length=500, blank=True)
    locked_by = models.CharField(max_length=150, blank=True)
    locked_at = models.DateTimeField(null=True)
    left = models.JSONField(default=list)
    forbidden = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.CharField(max_length=150, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("app")
        verbose_name_plural = _("apps")
        default_permissions = ()
        permissions = permissions.codenames(permissions.APP)
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=models.Q(deleted_at=None), name="app_name_in_tenant"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AppUserObjectPermission(UserObjectPermissionBase):
    """A right of one user on one app. Kept for guardian; rights are granted to groups."""

    content_object = models.ForeignKey(App, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class AppGroupObjectPermission(GroupObjectPermissionBase):
    """A right of a group on one app, which adds to the role in the tenant."""

    content_object = models.ForeignKey(App, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
