"""Errors for a tracker that speaks Sentry's protocol, where an address is set and the extra `sentry` is there.

What leaves is built from a list of what may leave: types of exceptions, places in the code, the name of the log line.
No message of an exception (it may quote what somebody wrote), no variable, request, header, user or host name.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from answerable import __version__
from answerable.core.errors import AnswerableError, SetupError

INSTALL = "pip install 'answerable[sentry]'"

_CLOSE_S = 2.0
_EVENT = ("event_id", "timestamp", "level", "platform", "release", "sdk", "tags", "message")
_FRAME = ("filename", "function", "module", "lineno", "in_app", "pre_context", "context_line", "post_context")


class Tracker:
    """`report` returns at once, a thread sends; `close` waits for what is on its way, two seconds at most."""

    def __init__(self, dsn: str) -> None:
        """Raises SetupError without the extra, and for an address that is none."""
        try:
            import sentry_sdk
            from sentry_sdk import utils
        except ImportError as error:
            raise SetupError(f"ANSWERABLE_SENTRY_DSN needs an extra package: {INSTALL}") from error
        sdk: Any = sentry_sdk
        self._event_of: Any = utils.event_from_exception
        try:
            self._client = sdk.Client(
                dsn=dsn,
                release=f"answerable@{__version__}",
                before_send=_only_what_may_leave,
                default_integrations=False,  # each would look into requests, logs or processes by itself
                auto_enabling_integrations=False,
                include_local_variables=False,
                max_request_body_size="never",
                max_breadcrumbs=0,
                server_name="",
                auto_session_tracking=False,
                send_client_reports=False,
            )
        except utils.BadDsn as error:
            raise SetupError("ANSWERABLE_SENTRY_DSN is no address of a tracker: https://KEY@HOST/PROJECT") from error

    def report(self, line: str, error: BaseException | None) -> None:
        """An error line was written, with the exception behind it where there is one."""
        event: dict[str, Any] = {"level": "error", "message": line}
        if error is not None:
            event, _ = self._event_of(error, client_options=self._client.options)
        event["tags"] = {"line": line} | ({"code": error.code} if isinstance(error, AnswerableError) else {})
        self._client.capture_event(event)

    def close(self) -> None:
        """Send what is on its way."""
        self._client.close(timeout=_CLOSE_S)


def exception_of(exc_info: object) -> BaseException | None:
    """The exception in what a log line is given as `exc_info`: one by itself, or the triple of `sys.exc_info`."""
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, TracebackType() | None):
            return error
        case _:
            return None


def _only_what_may_leave(event: Mapping[str, Any], _hint: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: event[name] for name in _EVENT if name in event}
    if "exception" in event:
        found["exception"] = {"values": [_exception(one) for one in event["exception"]["values"]]}
    return found


def _exception(one: Mapping[str, Any]) -> dict[str, Any]:
    frames = (one.get("stacktrace") or {}).get("frames", ())
    kept = [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]
    return {"type": one.get("type"), "module": one.get("module"), "stacktrace": {"frames": kept}}
