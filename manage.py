#!/usr/bin/env python
"""Django's command line for Slipway."""

from __future__ import annotations

import os
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
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
