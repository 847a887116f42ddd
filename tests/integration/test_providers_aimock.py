"""Our providers against a server that others wrote: aimock (npm, MIT), which speaks OpenAI's and Anthropic's wire.

It is installed into pytest's cache at the first run; without Node, or without the registry, the tests are skipped.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answerable.core.errors import ProviderBusy, ProviderDown, ProviderRefused, StreamBroken, UpstreamError
from answerable.core.messages import Message, Text, Tool
from answerable.core.ports import Model
from answerable.core.tasks import Chat
from answerable.providers import anthropic, openai
from tests.support.ports import free_port
from tests.support.upstream import Collected

PACKAGE = "@copilotkit/aimock"
VERSION = "1.43.0"
TEN = "One two three four five six seven eight nine ten."
FIXTURES = [
    {"match": {"userMessage": "hello"}, "response": {"content": "Grüße 👋, hold the button for 10 s. " * 3}},
    {
        "match": {"userMessage": "weather"},
        "response": {
            "toolCalls": [
                {"name": "get_weather", "arguments": {"city": "Zürich"}},
                {"name": "get_time", "arguments": {"city": "Oslo"}},
            ]
        },
    },
    {
        "match": {"userMessage": "limit"},
        "response": {"error": {"message": "Slow down", "type": "rate_limit_error"}, "status": 429},
    },
    {
        "match": {"userMessage": "broken"},
        "response": {"error": {"message": "Oops", "type": "server_error"}, "status": 500},
    },
    {  # with no latency the server throws away what it has not yet sent
        "match": {"userMessage": "cut"},
        "response": {"content": TEN},
        "truncateAfterChunks": 6,
        "chunkSize": 5,
        "latency": 20,
    },
]


def _install(folder: Path) -> Path:
    """The server's start script; from the registry at the first run."""
    script = folder / "node_modules" / PACKAGE / "package.json"
    if not script.is_file() or json.loads(script.read_text("utf-8"))["version"] != VERSION:
        npm = _which("npm")
        if not npm:
            pytest.skip("aimock needs Node: no npm is installed")
        command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            done = subprocess.run([*command, f"{PACKAGE}@{VERSION}"], capture_output=True, timeout=90, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("aimock could not be installed: the npm registry did not answer")
        if done.returncode:
            pytest.skip(f"aimock could not be installed: {done.stderr.decode(errors='replace')[-300:]}")
    return script.parent / str(json.loads(script.read_text("utf-8"))["bin"]["llmock"])


def _which(name: str) -> str | None:
    """An installed program; Node from PyPI lies beside the interpreter."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)]))


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert request.config.cache
    script = _install(Path(request.config.cache.mkdir("aimock")))
    node = _which("node")
    if not node:
        pytest.skip("aimock needs Node: no node is installed")
    fixtures = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}), "utf-8")
    port = free_port()
    command = [node, str(script), "-p", str(port), "-f", str(fixtures), "-c", "5", "--strict", "--log-level", "silent"]
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as server:
        try:
            _wait(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "aimock ended at once"
        try:
            opener.open(f"{url}/v1/models", timeout=60).close()
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    pytest.fail("aimock did not start")


def _model(kind: str, url: str) -> Model:
    if kind == "openai":
        return openai.build(openai.Config("m", "gpt-4o", f"{url}/v1", "k"))
    if kind == "azure":
        return openai.build(openai.Config("m", "gpt-4o", url, "k", api_version="2024-10-21"))
    return anthropic.build(anthropic.Config("m", "claude-sonnet-4-5", url, "k"))


async def _ask(kind: str, url: str, text: str, **more: Any) -> Collected:
    out, model = Collected(), _model(kind, url)
    try:
        await model.run(
            Chat((Message("system", (Text("Be kind."),)), Message("user", (Text(text),))), **more), out.emit
        )
    finally:
        await model.close()
    return out


KINDS = pytest.mark.parametrize("kind", ["openai", "azure", "anthropic"])


@KINDS
async def test_text_is_streamed(kind: str, address: str) -> None:
    out = await _ask(kind, address, "hello")
    assert out.text == FIXTURES[0]["response"]["content"]  # type: ignore[index]
    assert len(out) > 5
    assert out.finished.reason == "stop"


@KINDS
async def test_tools_are_called(kind: str, address: str) -> None:
    tools = (Tool("get_weather", "Weather.", {"type": "object", "properties": {"city": {"type": "string"}}}),)
    out = await _ask(kind, address, "weather", tools=tools, tool_choice="auto")
    calls = [(name, json.loads(arguments)) for _, name, arguments in out.calls]
    assert calls == [("get_weather", {"city": "Zürich"}), ("get_time", {"city": "Oslo"})]
    assert out.finished.reason == "tool_calls"


@KINDS
@pytest.mark.parametrize(
    ("text", "wanted"),
    [("limit", ProviderBusy), ("broken", ProviderDown), ("cut", StreamBroken), ("unheard of", UpstreamError)],
)
async def test_failures_are_told(kind: str, text: str, wanted: type[UpstreamError], address: str) -> None:
    with pytest.raises(wanted) as caught:
        await _ask(kind, address, text)
    assert isinstance(caught.value, wanted | ProviderRefused)
