"""Structured log lines on standard error, those of libraries too: text for a person, JSON where no terminal reads.

Whatever a line is given, credentials and e-mail addresses are taken out here, at the sink (`redaction.py`).
"""

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from answerable.telemetry.redaction import is_suspicious, redact_fields
from answerable.telemetry.tracking import exception_of

_NAME = "answerable"
_LEVELS = ("debug", "info", "warning", "error")
_PLAIN = structlog.dev.plain_traceback
_one_at_a_time = threading.Lock()


Report = Callable[[str, BaseException | None], None]
"""Told the name of each error line, and the exception behind it."""


class Line(Protocol):
    """Writes a line: what happened (`request.failed`), and figures or names that belong to it."""

    def __call__(self, event: str, **fields: Any) -> None:
        """Write it."""
        ...


class Lines:
    """What the program logs through; `configure` says where to. Until then, warnings and worse are written as JSON.

    A line runs through structlog's processors, without its loggers, which would take longer than the processors.
    """

    debug: Line
    info: Line
    warning: Line
    error: Line

    def pass_through(self, processors: Sequence[Processor], least: int) -> None:
        """Write lines from the level `least` on; the last processor makes the text."""
        for level in _LEVELS:
            writes = logging.getLevelNamesMapping()[level.upper()] >= least
            setattr(self, level, _writer(level, tuple(processors)) if writes else _nothing)


def _writer(level: str, processors: tuple[Processor, ...]) -> Line:
    def write(event: str, **fields: Any) -> None:
        line: Any = fields
        line["event"], line["level"] = event, level
        for process in processors:
            line = process(None, level, line)
        with _one_at_a_time:
            sys.stderr.write(f"{line}\n")

    return write


def _nothing(event: str, **fields: Any) -> None:
    """A level that is not shown."""


class _StandardError(io.TextIOBase):
    """Standard error as it is when a line is written; a test or a daemon may have replaced it since."""

    def write(self, text: str) -> int:
        """Pass on."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Pass on."""
        sys.stderr.flush()


def configure(level: str, report: Report | None = None) -> None:
    """Set the lowest level that is shown ("debug", "info", "warning", "error"); libraries speak from warning on.
    `report` is told of errors, theirs too.
    """
    person = sys.stderr.isatty()
    stamp: Processor = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False) if person else _stamp
    # tracebacks without local variables: those hold what people asked, and keys
    render: Sequence[Processor] = (
        (structlog.processors.format_exc_info, _redact, structlog.dev.ConsoleRenderer(exception_formatter=_PLAIN))
        if person
        else (_as_json,)
    )
    least = logging.getLevelNamesMapping()[level.upper()]
    first: Sequence[Processor] = () if report is None else (_reporting(report),)
    logger.pass_through((*first, stamp, *render), least)
    _take_in_libraries((*first, structlog.processors.add_log_level, stamp), render, max(least, logging.WARNING))


def _reporting(report: Report) -> Processor:
    def tell(_logger: WrappedLogger, method: str, fields: EventDict) -> EventDict:
        if method in ("error", "critical"):
            record = fields.get("_record")  # of a library: its message may hold anything, its name does not
            report(fields["event"] if record is None else record.name, exception_of(fields.get("exc_info")))
        return fields

    return tell


def _stamp(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    fields["timestamp"] = datetime.now(UTC)  # orjson writes it, at a fifth of what structlog's stamper costs
    return fields


def _redact(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    return redact_fields(fields)


def _as_json(logger_: WrappedLogger, method: str, fields: EventDict) -> str:
    if "exc_info" in fields:
        fields = structlog.processors.format_exc_info(logger_, method, fields)
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


logger = Lines()
logger.pass_through((_stamp, _as_json), logging.WARNING)
