"""The one error of this package: something that a person at the terminal has to put right."""

from __future__ import annotations


class LocalProblem(Exception):
    """Its text is a sentence with a next step; it is printed without a traceback."""
