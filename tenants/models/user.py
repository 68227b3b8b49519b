from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in. What they may do comes from the groups of their roles, never from `is_superuser`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The first password of an account is known to whoever made it.
    must_change_password = models.BooleanField(default=False)

    class Meta(AbstractUser.Meta):
        ordering = ("username",)

    @property
    def shown_name(self) -> str:
        """The full name where there is one, else the user name."""
        return self.get_full_name() or self.username
