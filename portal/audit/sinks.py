"""Copies checkpoints into a folder outside the database, where whoever changes rows cannot reach them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from portal import outbox
from portal.audit.checkpoints import COPY_TO_FILE, file_name
from portal.audit.models import AuditCheckpoint
from portal.errors import PlatformError, Refused


def copy_to(folder: Path, checkpoint: AuditCheckpoint) -> Path:
    """Write a checkpoint into its file, whole or not at all, never over another one.

    Raises Refused when the file holds something else already, PlatformError when the folder cannot be written.
    """
    file = folder / file_name(checkpoint)
    unfinished = folder / f"{file.name}.{os.getpid()}.new"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_text(checkpoint.text, encoding="utf-8")
        try:
            os.link(unfinished, file)
        except FileExistsError:
            if file.read_text(encoding="utf-8") != checkpoint.text:
                sentence = _("{file} holds another checkpoint already. Compare the two.")
                raise Refused(sentence.format(file=file)) from None
        finally:
            unfinished.unlink()
    except OSError as error:
        raise PlatformError(f"Checkpoints cannot be written to {folder} ({error.strerror}).") from error
    return file


@outbox.handler(COPY_TO_FILE)
class CopyToFile:
    """Carries out the outbox rows of the file sink."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        copy_to(Path(settings.SLIPWAY_AUDIT_FOLDER), AuditCheckpoint.objects.get(pk=payload["checkpoint"]))
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """The file is all there is to it."""

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The row stays in the outbox with its reason; the checkpoint itself is in the database."""
