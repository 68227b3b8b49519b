"""What the API server refuses, field by field, in its own words."""

from .rules import check_create, check_update

__all__ = ["check_create", "check_update"]
