#!/usr/bin/env python
"""Django's command line for Slipway."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        str(settings.SECRET_KEY)  # reads the settings
    except ImproperlyConfigured as error:
        sys.exit(f"{error}. Start Slipway here with `make run`, or set SLIPWAY_HOME to the folder of one that was.")
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has enough, like `head`. What is left is not for anybody, so nothing more may try to write it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)


if __name__ == "__main__":
    main()
