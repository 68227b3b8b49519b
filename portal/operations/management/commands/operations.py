"""`manage.py operations [--json]`: every operation with its kind, right and input."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from portal.operations import registry
from portal.operations.operation import Operation
from portal.operations.printing import PlainCommand


class Command(PlainCommand):
    help = "List every operation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON, with fields and examples")

    def handle(self, *args: Any, **options: Any) -> None:
        found = registry.all_operations()
        if options["json"]:
            self.stdout.write(json.dumps([_facts(one) for one in found], indent=2, ensure_ascii=False))
            return
        for one in found:
            self.stdout.write(f"{one.name:<22} {one.kind:<7} {one.permission:<16} {one.title}")


def _facts(operation: type[Operation]) -> dict[str, Any]:
    fields = operation.Input().fields
    return {
        "name": operation.name,
        "title": str(operation.title),
        "kind": str(operation.kind),
        "subject": operation.subject,
        "permission": operation.permission,
        "about": (operation.__doc__ or "").strip(),
        "fields": [
            {"name": name, "required": field.required, "type": type(field).__name__, "help": str(field.help_text or "")}
            for name, field in fields.items()
        ],
        "example": dict(operation.example),
    }
