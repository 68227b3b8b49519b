from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt import stands, taking_back
from apps_mgmt.drafts import undeployed
from apps_mgmt.spec import AppSpec, load
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation


class UndoChange(Operation):
    """Take back the last change of the draft that is not deployed yet.

    It takes the right of the operation that made the change, too.
    """

    name = "draft.undo"
    kind = SPEC
    title = _("Undo the last change")
    permission = permissions.APP_CONFIGURE
    sentence = _("took back the last change, to revision {revision}")
    icon = "undo-2"
    rewinds = True
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        draft = context.subject.draft
        if draft is None or draft.base is None or not undeployed(context.subject).changes:
            raise Refused(_("There is nothing to undo: no change waits in the draft."))
        return {
            "revision": draft.base.number,
            "spec": draft.base.spec,
            "from": draft.number,
            "rights": taking_back.to_undo(context.subject),
        }

    def second_rights(self, value: AppSpec, resolved: Mapping[str, Any]) -> Mapping[str, str]:
        return taking_back.reasons(resolved["rights"])

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return load(resolved["spec"])


class DiscardDraft(Operation):
    """Take back all changes that are not deployed yet: the draft becomes what runs. Where clusters differ, what is not
    deployed on all of them goes after what is deployed nowhere.

    It takes the right of each operation that made one of them, too, and of each whose change comes back with what runs;
    where that was rolled back in part, those of all changes of the app.
    """

    name = "draft.discard"
    kind = SPEC
    title = _("Discard undeployed changes")
    permission = permissions.APP_CONFIGURE
    sentence = _("discarded the undeployed changes, back to revision {revision}")
    icon = "trash-2"
    rewinds = True
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        draft, waiting = context.subject.draft, stands.to_discard(context.subject)
        running = waiting.deployed
        assert running is not None
        rights = taking_back.to_discard(context.subject, waiting)
        return {
            "revision": running.number,
            "spec": running.spec,
            "from": draft.number if draft else 0,
            "rights": rights,
        }

    def second_rights(self, value: AppSpec, resolved: Mapping[str, Any]) -> Mapping[str, str]:
        return taking_back.reasons(resolved["rights"])

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return load(resolved["spec"])
