"""Structured log lines on standard error: text for a person, JSON where no terminal reads."""

import logging
import sys

import structlog

logger: structlog.stdlib.BoundLogger = structlog.get_logger("answerable")


def configure(level: str) -> None:
    """Set the lowest level that is shown ("debug", "info", "warning", "error")."""
    person = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if person else "iso", utc=not person),
            structlog.dev.ConsoleRenderer() if person else structlog.processors.dict_tracebacks,
            *([] if person else [structlog.processors.JSONRenderer()]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
