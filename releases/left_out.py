"""What of a plan a release leaves out because the app is stopped, in sentences: before it begins, and ever after."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.spec import load
from releases import planning
from releases.models import Release, Step
from releases.states import ReleaseKind
from releases.strategies.stopped import Kept


def coming(kept: Kept) -> list[str]:
    """Of a release that is only asked for: what is `kept` of its plan, and what is not."""
    said = []
    if _trades(kept):
        sentence = _("It does not go by its strategy ({kind}): nothing runs that could be replaced bit by bit.")
        said.append(sentence.format(kind=kept.strategy.kind))
    return said + _named(
        (kept.left, _("Left out, because it is stopped: {names}. That takes instances that run.")),
        (kept.reading, _("Left out, because it uses what these would give: {names}.")),
        (kept.in_any_case, _("Not left out, whatever the condition says, which uses what these would give: {names}.")),
    )


def of_release(release: Release, steps: Iterable[Step]) -> list[str]:
    """Of one that was frozen, whose lines are `steps`; nothing where the app ran.

    Of what goes back nobody wrote down by which plan it went, so only of a deploy it is told.
    """
    if not release.stopped or release.kind != ReleaseKind.DEPLOY:
        return []
    kept = planning.kept_of(load(release.revision.spec), ReleaseKind.DEPLOY, None, is_stopped=True)
    if kept is None:
        return []
    # By the rules of its time something may be in it that would be left out today.
    there = {step.options.get("name") for step in steps}
    said = []
    if _trades(kept):
        sentence = _("It went without its strategy ({kind}): nothing ran that could be replaced bit by bit.")
        said.append(sentence.format(kind=kept.strategy.kind))
    return said + _named(
        (
            [name for name in kept.left if name not in there],
            _("Left out, because the app was stopped: {names}. That takes instances that run."),
        ),
        (
            [name for name in kept.reading if name not in there],
            _("Left out, because it uses what these would have given: {names}."),
        ),
    )


def _trades(kept: Kept) -> bool:
    return kept.strategy.kind in ("batches", "blue-green")


def _named(*rows: Any) -> list[str]:
    return [sentence.format(names=", ".join(names)) for names, sentence in rows if names]
