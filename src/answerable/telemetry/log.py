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
            # tracebacks without local variables: those hold what people asked, and keys
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if person
            else structlog.processors.format_exc_info,
            *([] if person else [structlog.processors.JSONRenderer()]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
