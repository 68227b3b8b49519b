"""Images that steps build: which one an answer names, and how a release takes it in (see `steps.build` for when)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt import drafts
from apps_mgmt.models import Revision
from apps_mgmt.rendering import digest_manifests, with_images
from apps_mgmt.ruling import broken
from apps_mgmt.spec import AppSpec, SpecError, digest, load, parse_image
from apps_mgmt.spec.image import Image
from apps_mgmt.spec.steps_placed import builds
from portal.errors import Refused
from releases.changes import Change, RunChange
from releases.having import GIVEN
from releases.models import Release, Step, Target
from releases.snapshot import Snapshot
from releases.states import RunState
from releases.steps.build import image_of
from tenants.rules import rules_now

_THROUGH = frozenset({drafts.RESTART, "release.rollback"})
"""What makes a revision of another one and leaves its images, as far as it was built."""


def made(given: Any, step: Step) -> dict[str, Any]:
    """The output of a build: what was answered, with `image` and `digest`. Raises Refused for an image that is none, is
    not told by its digest, or breaks a rule of the platform.
    """
    spec = load(step.release.revision.spec)
    processes = step.options["processes"]
    found = given if isinstance(given, dict) else {}
    try:
        image = _image(found, [parse_image(spec.process(name).image) for name in processes])
    except SpecError as error:
        raise Refused(str(error)) from None
    known = {one.sentence for one in broken(spec, rules_now())}
    if wrong := [one for one in broken(_with(spec, processes, str(image)), rules_now()) if one.sentence not in known]:
        raise Refused(" ".join(one.sentence for one in wrong), code="rule")
    return {**found, "image": str(image), "digest": image.digest}


def of_job(output: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """What came of a job that was to build: one that names no good image has failed, however it ended."""
    if not output["ended"]["well"]:
        return dict(output)
    try:
        return {**output, GIVEN: made(output[GIVEN], step)}
    except Refused as refusal:
        return {**output, "ended": {"well": False, "words": str(refusal)}}


def take_in(release: Release, before: Snapshot, changes: Iterable[Change]) -> None:
    """Freeze the images of the builds that are done by these changes: into the manifests of the cluster, and into a
    revision of the release. The release and its app are locked; it is part of the transaction that writes the changes.
    """
    for change in changes:
        if not isinstance(change, RunChange) or change.state is not RunState.DONE:
            continue
        step = before.step(change.ref.step)
        image = image_of(change.output) if step.kind == "build" else ""
        if image and not step.options.get("kept"):
            _freeze(release, change.ref.cluster, step.options["processes"], image)


def known(revision: Revision) -> dict[str, str]:
    """Process → image, where a release built the images of this revision; nothing where an edit made it."""
    at: Revision | None = revision
    while at is not None and at.operation in _THROUGH:
        at = at.base
    if at is None or at.operation != drafts.BUILT:
        return {}
    return {one.name: one.image for one in load(revision.spec).processes if parse_image(one.image).digest}


def warnings(spec: AppSpec) -> Iterator[str]:
    """What whoever releases this spec has to know of images that are built on the way."""
    for step in builds(spec.release.steps):
        sentence = _("The image of {processes} is the one that the step {step} makes, not the one named here.")
        if not all(parse_image(spec.process(name).image).digest for name in step.processes):
            yield sentence.format(processes=", ".join(step.processes), step=step.name)


def _image(given: Mapping[str, Any], present: list[Image]) -> Image:
    text, told = given.get("image") or "", given.get("digest") or ""
    if not isinstance(text, str) or not isinstance(told, str) or not (text or told):
        sentence = _("It named no image. It has to end with {example} as its last line, or as its answer.")
        raise Refused(sentence.format(example='{"digest": "sha256:…"}'))
    if text:
        image = parse_image(text)
        image = image if image.digest or not told else parse_image(f"{image}@{told}")
        if not image.digest:
            raise Refused(
                _("It named {image} without a digest, so it could be another one tomorrow.").format(image=text)
            )
        return image
    if len({one.full_name for one in present}) > 1:
        raise Refused(_("It named a digest only, and the processes have images of several names. Name the image, too."))
    return parse_image(str(Image(present[0].registry, present[0].repository, tag="", digest=told)))


def _freeze(release: Release, cluster: str, processes: list[str], image: str) -> None:
    spec = _with(load(release.revision.spec), processes, image)
    if digest(spec) != release.revision.digest:
        release.revision = _revision(release, spec, processes, image)
        release.save(update_fields=["revision"])
    target = Target.objects.get(release=release, cluster_id=cluster)
    second = (target.second or {}).get("workloads", ())
    keys = {f"{row['kind']}/{row['name']}": row["process"] for row in (*target.workloads, *second)}
    for field in ("manifests", "second_manifests"):
        rows = getattr(target, field)
        setattr(target, field, with_images(rows, spec, processes=processes, keys=keys, cluster=target.cluster_name))
    target.digest = digest_manifests(target.manifests)
    target.save(update_fields=["manifests", "second_manifests", "digest"])


def _revision(release: Release, spec: AppSpec, processes: list[str], image: str) -> Revision:
    """Beside the draft, as what goes back has one: the draft names what is built from, and this what was."""
    told = {"release": release.number, "processes": ", ".join(processes), "image": image}
    return drafts.add_beside(
        release.app,
        spec,
        base=release.revision,
        operation=drafts.BUILT,
        input=told,
        actor_name=release.actor_name,
    )


def _with(spec: AppSpec, processes: Iterable[str], image: str) -> AppSpec:
    for name in processes:
        spec = spec.with_process(name, image=image)
    return spec
