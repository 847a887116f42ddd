"""Spans for OpenTelemetry with the names of its GenAI conventions, where the extra `otel` is there and a policy turns
them on; otherwise a span costs a third of a microsecond and does nothing.

Where spans are sent, sampling and resource attributes are the SDK's own business: the standard `OTEL_` variables.
"""

import importlib.util
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, Unpack

from answerable import __version__
from answerable.core.errors import AnswerableError, SetupError
from answerable.telemetry.names import CALLS, GENAI, OPERATION_NAME, SPAN_ATTRIBUTES, Attributes, Operation

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

INSTALL = "pip install 'answerable[otel]'"
_NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


@dataclass(frozen=True, slots=True)
class Config:
    """`enabled` turns spans on. `endpoint` is the OTLP/HTTP address of a collector (`http://host:4318/v1/traces`); None
    leaves it to the `OTEL_` variables.
    """

    enabled: bool = False
    endpoint: str | None = None

    def __post_init__(self) -> None:
        if self.endpoint is not None and not self.endpoint.startswith(("http://", "https://")):
            raise ValueError("endpoint must begin with http:// or https://")


class Span(Protocol):
    """A piece of work under measurement; a context manager that ends it, and marks it failed by what it raises."""

    def set(self, **attributes: Unpack[Attributes]) -> None:
        """Tell more about it, once it is known."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None: ...


class Tracer(Protocol):
    """Makes spans. Those opened inside a span, in its task or in tasks that it starts, are its children."""

    def span(self, operation: Operation, **attributes: Unpack[Attributes]) -> Span:
        """A span, to be used in a `with`."""
        ...

    def request(self, headers: Mapping[str, str], **attributes: Unpack[Attributes]) -> Span:
        """The span of a whole request; it continues the trace that the caller's `traceparent` header names."""
        ...

    def headers(self) -> dict[str, str]:
        """What a call to another service carries on, so that its spans join the trace."""
        ...

    def close(self) -> None:
        """Send what is left. Blocks for seconds at most: call it in a thread."""
        ...


class _NoSpan:
    """Nothing, whatever it is told."""

    __slots__ = ()

    def set(self, **attributes: Unpack[Attributes]) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        return None


_NOTHING = _NoSpan()


class NoTracer:
    """The tracer of a program that is not traced."""

    def span(self, operation: Operation, **attributes: Unpack[Attributes]) -> Span:
        """Nothing."""
        del operation, attributes
        return _NOTHING

    def request(self, headers: Mapping[str, str], **attributes: Unpack[Attributes]) -> Span:
        """Nothing."""
        del headers, attributes
        return _NOTHING

    def headers(self) -> dict[str, str]:
        """Nothing."""
        return {}

    def close(self) -> None:
        """Nothing is left."""


class OtelTracer:
    """Spans of the OpenTelemetry SDK. Not the process's global provider: several platforms live in one process."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._api = trace
        self._provider = provider
        self._tracer = provider.get_tracer("answerable", __version__)
        self._propagator = TraceContextTextMapPropagator()

    def span(self, operation: Operation, **attributes: Unpack[Attributes]) -> Span:
        """A span named after the operation and its model or tool."""
        about = attributes.get("model") or attributes.get("tool")
        kind = self._api.SpanKind.CLIENT if operation in CALLS else self._api.SpanKind.INTERNAL
        return self._open(f"{operation} {about}" if about else operation, operation, kind, None, attributes)

    def request(self, headers: Mapping[str, str], **attributes: Unpack[Attributes]) -> Span:
        """The span of a whole request, named after its endpoint."""
        above = self._propagator.extract(headers)
        name = attributes.get("endpoint") or "request"
        return self._open(name, "request", self._api.SpanKind.SERVER, above, attributes)

    def headers(self) -> dict[str, str]:
        """`traceparent` of the span that is open here."""
        carried: dict[str, str] = {}
        self._propagator.inject(carried)
        return carried

    def close(self) -> None:
        """Send what is left and stop."""
        self._provider.shutdown()

    def _open(self, name: str, operation: Operation, kind: Any, above: Any, attributes: Attributes) -> Span:
        given = _named(attributes)
        if operation in GENAI:
            given[OPERATION_NAME] = operation
        opened = self._tracer.start_as_current_span(
            name, above, kind, given, record_exception=False, set_status_on_exception=False
        )
        return _OtelSpan(opened)


class _OtelSpan:
    """A span of the SDK. An error is told by its code or class: its message may quote content."""

    __slots__ = ("_opened", "_span")

    def __init__(self, opened: AbstractContextManager[Any]) -> None:
        self._opened = opened
        self._span: Any = None

    def set(self, **attributes: Unpack[Attributes]) -> None:
        """Tell more about it."""
        self._span.set_attributes(_named(attributes))

    def __enter__(self) -> Self:
        self._span = self._opened.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if error is not None:
            from opentelemetry.trace import StatusCode

            code = error.code if isinstance(error, AnswerableError) else type(error).__name__
            self.set(error=code)
            self._span.set_status(StatusCode.ERROR, code)
        self._opened.__exit__(kind, error, where)


def _named(attributes: Attributes) -> dict[str, Any]:
    named: dict[str, Any] = {SPAN_ATTRIBUTES[key]: value for key, value in attributes.items() if value is not None}
    if "finish_reason" in attributes:
        named[SPAN_ATTRIBUTES["finish_reason"]] = (attributes["finish_reason"],)
    return named


def build_tracer(config: Config) -> Tracer:
    """The tracer of a policy. Raises SetupError when spans are wanted and the extra is not installed."""
    if not config.enabled:
        return NoTracer()
    if not all(map(_is_there, _NEEDED)):
        raise SetupError(f"traces are turned on, and the OpenTelemetry SDK is not installed: {INSTALL}")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "answerable", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=config.endpoint)))
    return OtelTracer(provider)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
