import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from answerable.core.errors import ProviderTimeout, SetupError
from answerable.telemetry import trace
from answerable.telemetry.trace import Config, NoTracer, OtelTracer, Tracer, build_tracer

SECRET = "what somebody asked"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """A tracer whose spans stay in memory."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self.tracer: Tracer = OtelTracer(provider)

    @property
    def spans(self) -> dict[str, Any]:
        return {span.name: span for span in self._kept.get_finished_spans()}


@pytest.fixture
def collector() -> Collector:
    return Collector()


def test_a_call_of_a_model_has_the_names_of_the_genai_conventions(collector: Collector) -> None:
    with collector.tracer.span("chat", model="gpt-x", provider="openai", max_tokens=50) as span:
        span.set(input_tokens=12, output_tokens=3, finish_reason="stop", response_model="gpt-x-1")
    found = collector.spans["chat gpt-x"]
    assert found.kind.name == "CLIENT"
    assert dict(found.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-x",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.model": "gpt-x-1",
    }


def test_a_tool_is_named_and_stays_inside(collector: Collector) -> None:
    with collector.tracer.span("execute_tool", tool="calculator"):
        pass
    found = collector.spans["execute_tool calculator"]
    assert found.kind.name == "INTERNAL"
    assert found.attributes["gen_ai.tool.name"] == "calculator"


def test_spans_opened_inside_a_request_are_its_children_and_continue_the_callers_trace(collector: Collector) -> None:
    headers = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}
    with collector.tracer.request(headers, endpoint="POST /v1/chat/completions", request_id="r1") as span:
        with collector.tracer.span("retrieval", passages=3):
            carried = collector.tracer.headers()
        span.set(status=200, outcome="answered")
    request, inner = collector.spans["POST /v1/chat/completions"], collector.spans["retrieval"]
    assert request.kind.name == "SERVER"
    assert f"{request.context.trace_id:032x}" == TRACE_ID
    assert inner.parent.span_id == request.context.span_id
    assert carried["traceparent"] == f"00-{TRACE_ID}-{inner.context.span_id:016x}-01"


def test_a_failure_is_told_by_its_code_and_never_by_its_message(collector: Collector) -> None:
    with pytest.raises(ProviderTimeout), collector.tracer.span("chat", model="m"):
        raise ProviderTimeout(SECRET)
    with pytest.raises(ValueError, match=SECRET), collector.tracer.span("rerank"):
        raise ValueError(SECRET)
    assert collector.spans["chat m"].attributes["error.type"] == "provider_timeout"
    assert collector.spans["rerank"].attributes["error.type"] == "ValueError"
    assert collector.spans["rerank"].status.status_code.name == "ERROR"
    assert SECRET not in "".join(span.to_json() for span in collector.spans.values())


def test_without_the_setting_spans_do_nothing() -> None:
    tracer = build_tracer(Config())
    assert isinstance(tracer, NoTracer)
    with tracer.request({}, endpoint="e") as span, tracer.span("chat", model="m") as inner:
        span.set(status=200)
        inner.set(input_tokens=1)
    assert tracer.headers() == {}
    tracer.close()


def test_an_error_passes_through_a_span_that_does_nothing() -> None:
    with pytest.raises(ProviderTimeout), build_tracer(Config()).span("chat"):
        raise ProviderTimeout("late")


def test_without_the_extra_the_setting_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_NEEDED", ("no_such_package.trace",))
    with pytest.raises(SetupError, match=r"answerable\[otel\]"):
        build_tracer(Config(enabled=True))


def test_an_endpoint_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="http://"):
        Config(enabled=True, endpoint="localhost:4318")


@pytest.fixture
def received() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server on loopback that takes what is sent to it: its address, and (path, body) of each request."""
    requests: list[tuple[str, bytes]] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Take)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", requests
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_reach_a_collector_when_the_tracer_is_closed(received: tuple[str, list[tuple[str, bytes]]]) -> None:
    address, requests = received
    tracer = build_tracer(Config(enabled=True, endpoint=address))
    with tracer.span("chat", model="gpt-x"):
        pass
    tracer.close()
    assert [path for path, _ in requests] == ["/v1/traces"]
    assert b"gen_ai.request.model" in requests[0][1]
