"""`answerable serve` in processes of their own, on one folder, and the models that they call on loopback."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

_START_S = 180
DRIPS, DRIP_S = 40, 0.02
DRIPPED = "Well, " + "".join(f"word {number}, " for number in range(DRIPS)) + "yes."


@contextlib.contextmanager
def serving_processes(folder: Path, count: int, environment: Mapping[str, str]) -> Iterator[list[str]]:
    """The addresses of so many servers; they are stopped as an operator stops them, and must end well."""
    servers: list[subprocess.Popen[bytes]] = []
    logs = [folder / f"server-{number}.log" for number in range(count)]
    try:
        servers += [start_server(folder, log, environment) for log in logs]
        yield [address_in(log, server) for log, server in zip(logs, servers, strict=True)]
    finally:
        for server in servers:
            server.terminate()
        codes = [server.wait(120) for server in servers]
    # uvicorn shuts down in order, then ends by the signal that it got
    assert set(codes) <= {0, -signal.SIGTERM}, [log.read_text()[-2_000:] for log in logs]
    assert not [log for log in logs if "Traceback" in log.read_text()]


def start_server(folder: Path, log: Path, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """One server, which whoever starts it ends."""
    command = [sys.executable, "-m", "answerable", "serve", "--port", "0", "--no-handbook"]
    more = {"PYTHONPATH": os.pathsep.join(("src", *filter(None, sys.path))), "ANSWERABLE_DATA": str(folder / "data")}
    more["ANSWERABLE_REDIS_TIMEOUT_SECONDS"] = "20"  # a machine that stands still for a moment is no outage
    with log.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, env=os.environ | more | dict(environment))


def address_in(log: Path, server: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"is at (http://[\d.]+:\d+)", log.read_text()):
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"the server did not start: {log.read_text()[-2_000:]}")


class Models:
    """What the models of `models_server` did: replies and tokens of whole answers, by model."""

    def __init__(self) -> None:
        self.url = ""
        self.replies: Counter[str] = Counter()
        self.tokens: Counter[tuple[str, str]] = Counter()
        self._dice = random.Random(7)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """`good` answers; `drip` does, word by word, and `endless` for ever; `slow` says a word and no more; `busy` and
        `down` refuse.
        """
        body = await request.json()
        name = body["model"]
        self.replies[name] += 1
        if name in ("busy", "down"):
            error = {"error": {"message": "overloaded", "type": "server_error", "code": None, "param": None}}
            return web.json_response(error, status=503 if name == "busy" else 500)
        if not body.get("stream"):
            return web.json_response(self._reply(name) | {"object": "chat.completion"})
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await response.write(_frame({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Well, "}}]}))
        if name == "slow":
            while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(0.01)
            return response
        for number in itertools.count() if name == "endless" else range(DRIPS if name == "drip" else 0):
            await response.write(_frame({"choices": [{"index": 0, "delta": {"content": f"word {number}, "}}]}))
            await asyncio.sleep(DRIP_S)
        whole = self._reply(name)
        end = {"choices": [{"index": 0, "delta": {"content": "yes."}, "finish_reason": "stop"}]}
        await response.write(_frame(end) + _frame({"choices": [], "usage": whole["usage"]}) + b"data: [DONE]\n\n")
        return response

    def _reply(self, name: str) -> dict[str, Any]:
        prompt, completion = self._dice.randint(1, 500), self._dice.randint(1, 50)
        self.tokens[name, "prompt"] += prompt
        self.tokens[name, "completion"] += completion
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        message = {"role": "assistant", "content": "Well, yes."}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"id": "c", "model": name, "created": 1, "choices": choices, "usage": usage}


def _frame(chunk: Mapping[str, Any]) -> bytes:
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", **chunk}
    return b"data: " + json.dumps(whole).encode() + b"\n\n"


@contextlib.asynccontextmanager
async def models_server() -> AsyncIterator[Models]:
    """A server on the OpenAI wire with the models that `Models` describes."""
    found, application = Models(), web.Application()
    application.router.add_post("/v1/chat/completions", found.complete)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    found.url = f"http://{host}:{port}/v1"
    try:
        yield found
    finally:
        await runner.cleanup()
