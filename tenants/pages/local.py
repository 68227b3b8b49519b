"""Where a page may lead on to."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme


def local_path(url: str) -> str:
    """The url when it is a path of this site, else nothing: `next` must not lead anywhere else."""
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
