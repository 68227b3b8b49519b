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


def _typed(autocomplete: str, *, hidden: bool = False) -> forms.Widget:
    """A field that browsers and password managers know how to fill in."""
    kind = forms.PasswordInput if hidden else forms.TextInput
    return kind(attrs={"autocomplete": autocomplete})


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(label=_("Code"), max_length=60, widget=_typed("one-time-code"))


class ConfirmForm(forms.Form):
    """Who one is, once more: the password, and a code where there is a second factor."""

    password = forms.CharField(
        label=_("Password"), max_length=4096, strip=False, widget=_typed("current-password", hidden=True)
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        widget=_typed("one-time-code"),
        help_text=_("Of your authenticator app, or a recovery code."),
    )

    def __init__(self, *args: Any, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_code:
            del self.fields["code"]


class PasswordForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label=_("New password"),
        max_length=4096,
        strip=False,
        widget=_typed("new-password", hidden=True),
        help_text=_("At least twelve characters: a few words are easier to remember than signs."),
    )
    again = forms.CharField(
        label=_("The same again"), max_length=4096, strip=False, widget=_typed("new-password", hidden=True)
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", _("The two differ. Type the same password twice."))
        return given


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
