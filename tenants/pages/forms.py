"""The few forms of this room. Those of operations are made from their input by `portal.operations`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.access.permissions import SENTENCES
from tenants.tokens import DEFAULT_DAYS

LIFETIMES = ((7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("a year")))


class SignInForm(AuthenticationForm):
    """User name and password. One wording for every failure, so that names cannot be tried out."""

    error_messages = {
        "invalid_login": _("User name and password do not match. Check both and try again."),
        "inactive": _("User name and password do not match. Check both and try again."),
    }


class TokenForm(forms.Form):
    """What a new API token is for and may do.

    `tenants` are the (name, title) pairs to choose from, `rights` those the person has in any of them: a token carries
    no more than its owner has in its tenant, whatever is ticked.
    """

    name = forms.CharField(label=_("What is it for?"), max_length=60)
    tenant = forms.ChoiceField(label=_("Tenant"))
    days = forms.TypedChoiceField(label=_("Lasts"), coerce=int, choices=LIFETIMES, initial=DEFAULT_DAYS)
    permissions = forms.MultipleChoiceField(
        label=_("Rights"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all the rights you have in the tenant."),
    )

    def __init__(self, *args: Any, tenants: Sequence[tuple[str, str]], rights: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("tenant", tenants)
        self._offer("permissions", [(name, SENTENCES[name]) for name in SENTENCES if name in rights])

    def _offer(self, name: str, choices: Sequence[tuple[str, str | Promise]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField | forms.MultipleChoiceField)
        field.choices = list(choices)
