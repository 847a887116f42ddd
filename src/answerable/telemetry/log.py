"""Structured log lines on standard error, those of libraries too: text for a person, JSON where no terminal reads.

Whatever a line is given, credentials and e-mail addresses are taken out here, at the sink (`redaction.py`).
"""

import io
import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from answerable.telemetry.redaction import is_suspicious, redact_fields

_NAME = "answerable"
_PLAIN = structlog.dev.plain_traceback


class Lines:
    """What the program logs through; `configure` exchanges what is behind it.

    A line costs about 10 microseconds. Through structlog's own lazy logger, which is assembled anew at each line, it
    would cost 25.
    """

    def __init__(self) -> None:
        self.pass_to(structlog.get_logger(_NAME))

    def pass_to(self, bound: structlog.typing.FilteringBoundLogger) -> None:
        """Write through `bound` from now on."""
        self.debug, self.info, self.warning, self.error = bound.debug, bound.info, bound.warning, bound.error


logger = Lines()


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
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False) if person else _stamp,
    )
    # tracebacks without local variables: those hold what people asked, and keys
    render: Sequence[Processor] = (
        (structlog.processors.format_exc_info, _redact, structlog.dev.ConsoleRenderer(exception_formatter=_PLAIN))
        if person
        else (structlog.processors.format_exc_info, _as_json)
    )
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*before, *render],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
    )
    logger.pass_to(structlog.get_logger(_NAME).bind())
    _take_in_libraries(before, render, max(least, logging.WARNING))


def _stamp(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    fields["timestamp"] = datetime.now(UTC)  # orjson writes it, at a fifth of what structlog's stamper costs
    return fields


def _redact(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    return redact_fields(fields)


def _as_json(_logger: WrappedLogger, _method: str, fields: EventDict) -> str:
    line = _dump(fields)
    return (_dump(redact_fields(fields)) if is_suspicious(line) else line).decode()


def _dump(fields: EventDict) -> bytes:
    try:
        return orjson.dumps(fields, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)
    except TypeError:  # half a surrogate pair, a number beyond 64 bits
        return json.dumps(fields, default=str).encode()


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
