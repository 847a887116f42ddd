"""The endpoint embedder against a server in this process."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from answerable.core.errors import ProviderBusy, ProviderDown, ProviderRefused, SetupError
from answerable.knowledge.embedders import openai


class Endpoint:
    """What the server received, and what it is to answer: statuses first, then vectors in reversed order."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.statuses: list[int] = []
        self.reply: bytes | None = None
        self.url = ""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    state = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.bodies.append(body)
            state.keys.append(self.headers["Authorization"])
            status = state.statuses.pop(0) if state.statuses else 200
            rows = [{"index": i, "embedding": [len(text), 1.0, 0.0]} for i, text in enumerate(body["input"])]
            reply = state.reply or json.dumps({"data": rows[::-1]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def config(endpoint: Endpoint) -> openai.Config:
    return openai.Config(model="m", dimensions=3, base_url=endpoint.url, api_key="k", batch_size=2, attempts=1)


def test_batches_keep_their_order_and_are_normalised(endpoint: Endpoint, config: openai.Config) -> None:
    vectors = openai.build(config).embed(["a", "bbb", ""])
    assert [body["input"] for body in endpoint.bodies] == [["a", "bbb"], [" "]]
    assert endpoint.keys == ["Bearer k", "Bearer k"]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.allclose(vectors[:, 0] / vectors[:, 1], [1, 3, 1])


def test_no_texts_send_no_request(endpoint: Endpoint, config: openai.Config) -> None:
    assert openai.build(config).embed([]).shape == (0, 3)
    assert endpoint.bodies == []


def test_dimensions_are_sent_only_when_asked(endpoint: Endpoint, config: openai.Config) -> None:
    openai.build(config).embed(["a"])
    openai.build(replace(config, send_dimensions=True)).embed(["a"])
    assert [body.get("dimensions") for body in endpoint.bodies] == [None, 3]


@pytest.mark.parametrize(
    ("status", "error"), [(429, ProviderBusy), (500, ProviderDown), (401, ProviderRefused), (400, ProviderRefused)]
)
def test_statuses_become_errors_of_the_tree(
    endpoint: Endpoint, config: openai.Config, status: int, error: type[Exception]
) -> None:
    endpoint.statuses = [status]
    with pytest.raises(error, match=str(status)) as caught:
        openai.build(config).embed(["a"])
    assert "Bearer" not in str(caught.value)


def test_a_busy_endpoint_is_asked_again(endpoint: Endpoint, config: openai.Config, monkeypatch: Any) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    endpoint.statuses = [429, 503]
    assert openai.build(replace(config, attempts=3)).embed(["a"]).shape == (1, 3)
    assert len(waits) == 2


@pytest.mark.parametrize("reply", [b"<html>", b'{"data": 1}', b"[]"])
def test_garbage_is_the_providers_fault(endpoint: Endpoint, config: openai.Config, reply: bytes) -> None:
    endpoint.reply = reply
    with pytest.raises(ProviderDown, match="could not be read"):
        openai.build(config).embed(["a"])


def test_vectors_of_another_width_are_refused(endpoint: Endpoint, config: openai.Config) -> None:
    with pytest.raises(ProviderRefused, match="dimensions"):
        openai.build(replace(config, dimensions=4)).embed(["a"])


def test_an_endpoint_that_is_not_there_is_down(config: openai.Config) -> None:
    with pytest.raises(ProviderDown, match="could not be reached"):
        openai.build(replace(config, base_url="http://127.0.0.1:9/v1")).embed(["a"])


def test_a_key_never_shows_in_the_configuration_text(config: openai.Config) -> None:
    assert "api_key" not in repr(config)


def test_other_schemes_are_refused_at_start(config: openai.Config) -> None:
    with pytest.raises(SetupError, match="base_url"):
        openai.build(replace(config, base_url="file:///etc"))


def test_pieces_are_counted_with_the_bundled_tokenizer(config: openai.Config) -> None:
    embedder = openai.build(config)
    assert embedder.count("Hello world") == 2
    assert embedder.spans("Hello world") == [(0, 5), (6, 11)]
