from __future__ import annotations

import re
import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from portal.access.permissions import codenames

NAME_LENGTH = 30
_LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?", re.ASCII)


def check_name(value: str) -> None:
    """Raise ValidationError unless `value` may name a tenant.

    The name becomes part of a namespace and of object names, where `--` separates the parts.
    """
    if not _LABEL.fullmatch(value) or len(value) > NAME_LENGTH or "--" in value:
        raise ValidationError(
            _(
                "This is not a name. Use up to %(length)s lower-case letters, digits and single hyphens, starting with "
                "a letter and ending with a letter or digit."
            )
            % {"length": NAME_LENGTH},
            code="name",
        )


class Tenant(models.Model):
    """An organisation that owns apps, members and quota. A suspended one keeps its apps running, but nothing changes.

    `version` rises with every change to the record: title, members, roles, suspension, isolation.
    `isolation` is that of `tenants.isolation`; empty is the default. `freezes` are rows of `tenants.freezes.Freeze`.

    Rights are guardian object permissions on this row; the catalogue of rights is this model's permissions.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_LENGTH, unique=True, validators=[check_name])
    title = models.CharField(max_length=100)
    suspended = models.BooleanField(default=False)
    suspended_reason = models.CharField(max_length=300, blank=True)
    isolation = models.JSONField(default=dict, blank=True)
    freezes = models.JSONField(default=list, blank=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering = ("name",)
        # Django's own four would clash with `view_tenant` of the catalogue.
        default_permissions = ()
        permissions = tuple(codenames())

    def __str__(self) -> str:
        return self.name


class TenantUserObjectPermission(UserObjectPermissionBase):
    """A right of one user on one tenant. Kept for guardian; rights are granted to groups."""

    content_object = models.ForeignKey(Tenant, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class TenantGroupObjectPermission(GroupObjectPermissionBase):
    """A right of a role's group on one tenant."""

    content_object = models.ForeignKey(Tenant, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False


class Membership(models.Model):
    """One user in one tenant, with one role. Written by `tenants.roles` only, together with the role's group."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (models.UniqueConstraint(fields=("tenant", "user"), name="membership_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class CustomRole(models.Model):
    """A role a tenant made for itself. Written by `tenants.roles` only, together with the role's group."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="custom_roles")
    name = models.CharField(max_length=30)
    title = models.CharField(max_length=60)
    rights = models.JSONField(default=list)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = (models.UniqueConstraint(fields=("tenant", "name"), name="custom_role_once"),)

    def __str__(self) -> str:
        return self.name
