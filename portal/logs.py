"""Logging: one line of key=value pairs per event on standard error, through structlog."""

from __future__ import annotations

import re
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# What moves the cursor of a terminal, paints it, or turns its text around. Line ends are left to the renderer.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def without_controls(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Whoever reads the log in a terminal sees the words of people and clusters, and does not have them done."""
    return {key: _spelled_out(value) for key, value in event.items()}


def _spelled_out(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), str(value))


def logging_config(*, level: str) -> dict[str, Any]:
    """The value for Django's LOGGING; also points structlog at the standard library's handlers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    without_controls,
                    structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]),
                ],
                "foreign_pre_chain": _SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},
            "uvicorn.access": {"level": "WARNING"},
            # It prints a traceback every second while Valkey is away; `live` says so once.
            "channels_redis.pubsub": {"level": "CRITICAL"},
        },
    }
