"""Structured log lines on standard error, those of libraries too: text for a person, JSON where no terminal reads."""

import io
import logging
import sys
from collections.abc import Sequence
from typing import TextIO, cast

import structlog
from structlog.typing import Processor

logger: structlog.stdlib.BoundLogger = structlog.get_logger("answerable")

_NAME = "answerable"


class _StandardError(io.TextIOBase):
    """Standard error as it is when a line is written; a test or a daemon may have replaced it since."""

    def write(self, text: str) -> int:
        """Pass on."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Pass on."""
        sys.stderr.flush()


def configure(level: str) -> None:
    """Set the lowest level that is shown ("debug", "info", "warning", "error"); libraries speak from warning on."""
    person = sys.stderr.isatty()
    before: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if person else "iso", utc=not person),
    )
    # tracebacks without local variables: those hold what people asked, and keys
    render: Sequence[Processor] = (
        (structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),)
        if person
        else (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    )
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*before, *render],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
    )
    _take_in_libraries(before, render, max(least, logging.WARNING))


def _take_in_libraries(before: Sequence[Processor], render: Sequence[Processor], least: int) -> None:
    handler = logging.StreamHandler(_StandardError())
    handler.set_name(_NAME)
    handler.setLevel(least)
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=[meta, *render]))
    root = logging.getLogger()
    for old in [one for one in root.handlers if one.get_name() == _NAME]:
        root.removeHandler(old)
    root.addHandler(handler)
