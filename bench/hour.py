"""An hour of real conversations, replayed faster, with models that fail now and then: what readers meet, what is lost.

python bench/hour.py [--trace FILE] [--speed 10] [--seconds S] [--rate .03] [--json FILE]

The trace is when requests came, and how long they and their answers were (Azure's of 2023; it lies with the development
data). Each request says something in a stored conversation of up to five turns, with a prompt of its length, and reads
the stream. Behind the gateway stand two models of `flaky.py`, a route with a
fallback. One reader in fifty hangs up in the middle and comes back by cursor.

An outcome is named when the issue names it: answered, answered by the documents (degraded), an explicit error inside a
stream that had begun, every model failed, 503 with Retry-After. Everything else is an error. At the end every
conversation is read again: a message that was accepted and is not there, or says anything else than its reader saw, is
lost.
"""

import argparse
import asyncio
import collections
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import orjson

from corpus import DATA, report
from gateway import HERE, ours, pinned

TRACE = DATA / "workload" / "azure_2023_conv.jsonl.gz"
PORTS = (9320, 9321)
MODELS = "".join(
    f"""[models."model-{n}"]
provider = "openai"
base_url = "http://127.0.0.1:{port}/v1"
usd_per_million_input = 0.5
usd_per_million_output = 1.5
context_tokens = 200_000
"""
    for n, port in enumerate(PORTS)
)
POLICIES = """[limits.each_address]
requests_per_hour = 1_000_000_000

[fallback]
first_token_s = 2.0

[router.routes.chat]
models = { "model-0" = 1 }
fallbacks = ["model-1"]
"""
TURNS = 5
WORDS = ("when", "does", "the", "ferry", "leave", "in", "winter", "and", "what", "is", "a", "ticket")


@dataclass
class Talk:
    """One conversation, and what its reader saw of each answer."""

    id: str
    said: int = 0
    seen: dict[str, str] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)


class Replay:
    """The readers."""

    def __init__(self, base: str, key: str, session: aiohttp.ClientSession) -> None:
        self._base = f"{base}/v1/conversations"
        self._headers = {"authorization": f"Bearer {key}"}
        self._session = session
        self._random = random.Random(7)
        self._free: list[Talk] = []
        self.talks: list[Talk] = []
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.first_s: list[float] = []
        self.late_s: list[float] = []

    async def run(self, rows: list[dict[str, float]], speed: float) -> None:
        """Send every row when it is due."""
        began, tasks = time.perf_counter(), set[asyncio.Task[None]]()
        for number, row in enumerate(rows):
            due = began + row["t"] / speed
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self.late_s.append(time.perf_counter() - due)
            task = asyncio.create_task(self._one(number, row))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    async def _one(self, number: int, row: dict[str, float]) -> None:
        try:
            talk = self._free.pop() if self._free else await self._begin()
            await self._say(talk, number, row)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.outcomes[f"error: {type(error).__name__}"] += 1
            return
        talk.said += 1
        if talk.said < TURNS:
            self._free.insert(0, talk)

    async def _begin(self) -> Talk:
        async with self._session.post(self._base, json={}, headers=self._headers) as reply:
            talk = Talk((await reply.json())["id"])
        self.talks.append(talk)
        return talk

    async def _say(self, talk: Talk, number: int, row: dict[str, float]) -> None:
        words = max(1, int(row["prompt_tokens"] / TURNS))
        text = f"{number} " + " ".join(WORDS[(number + n) % len(WORDS)] for n in range(words))
        body = {"content": text, "model": "chat", "max_tokens": max(2, int(row["output_tokens"]))}
        leaves_after = self._random.randint(1, 20) if self._random.random() < 0.02 else 0
        sent = time.perf_counter()
        address = f"{self._base}/{talk.id}/messages"
        async with self._session.post(address, json=body, headers=self._headers) as reply:
            if reply.status != 200:
                self.outcomes[await self._refused(reply)] += 1
                return
            stream = Stream(talk)
            outcome = await stream.read(reply, leaves_after)
            self.first_s.append((stream.first_at or time.perf_counter()) - sent)
        if outcome == "left":
            again = f"{address}/{stream.message}/stream"
            headers = self._headers | {"last-event-id": str(stream.cursor)}
            async with self._session.get(again, headers=headers) as reply:
                outcome = "resumed, " + await stream.read(reply, 0)
        self.outcomes[outcome] += 1

    async def _refused(self, reply: aiohttp.ClientResponse) -> str:
        code = (await reply.json())["error"]["code"]
        named = code == "all_routes_failed" or (reply.status == 503 and "retry-after" in reply.headers)
        return f"{'' if named else 'error: '}{reply.status} {code}"

    async def lost(self) -> collections.Counter[str]:
        """What is not there any more, or not as it was seen."""
        found: collections.Counter[str] = collections.Counter()
        for talk in self.talks:
            address = f"{self._base}/{talk.id}/messages?limit=100"
            async with self._session.get(address, headers=self._headers) as reply:
                rows: list[dict[str, Any]] = (await reply.json())["data"]
            kept = {row["id"]: row for row in rows}
            for message, text in talk.seen.items():
                row = kept.get(message)
                if row is None:
                    found["not there"] += 1
                elif row["status"] == "streaming":
                    found["never ended"] += 1
                elif row["content"] != text if message in talk.whole else not row["content"].startswith(text):
                    found["another text"] += 1
        return found


class Stream:
    """One reader of one answer."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.message = ""
        self.cursor = 0
        self.first_at = 0.0

    async def read(self, reply: aiohttp.ClientResponse, leaves_after: int) -> str:
        """Read to the end, or so many frames; what became of it."""
        degraded, frames = False, 0
        async for raw in reply.content:
            line = raw.rstrip(b"\r\n")
            if line.startswith(b"id: "):
                self.cursor = int(line[4:])
            if not line.startswith(b"data: "):
                continue
            if line == b"data: [DONE]":
                self._talk.whole.add(self.message)
                return "degraded" if degraded else "answered"
            frame = orjson.loads(line[6:])
            if "error" in frame:
                return f"broken off: {frame['error']['code']}"
            own = frame.get("answerable") or {}
            if own.get("type") == "started":
                self.message = own["message"]
                self._talk.seen[self.message] = ""
            degraded = degraded or bool(own.get("degraded"))
            self._take(frame)
            frames += 1
            if frames == leaves_after:
                reply.close()
                return "left"
        return "error: the stream ended without an end"

    def _take(self, frame: dict[str, Any]) -> None:
        text = "".join(choice["delta"].get("content") or "" for choice in frame.get("choices", ()))
        if text:
            self.first_at = self.first_at or time.perf_counter()
            self._talk.seen[self.message] += text


def rows_of(path: Path, seconds: float) -> list[dict[str, float]]:
    """The rows of the first seconds of a trace; all of them for 0."""
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return [row for row in rows if not seconds or row["t"] <= seconds]


async def replay(base: str, key: str, rows: list[dict[str, float]], speed: float) -> dict[str, Any]:
    """Everything, and what came of it."""
    timeout = aiohttp.ClientTimeout(total=120)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        readers = Replay(base, key, session)
        began = time.perf_counter()
        await readers.run(rows, speed)
        took_s = time.perf_counter() - began
        await asyncio.sleep(2)
        lost = await readers.lost()
    return {
        "requests": len(rows),
        "seconds": took_s,
        "conversations": len(readers.talks),
        "outcomes": dict(readers.outcomes.most_common()),
        "lost": dict(lost),
        "first_token_p50_s": float(np.percentile(readers.first_s, 50)),
        "first_token_p99_s": float(np.percentile(readers.first_s, 99)),
        "sent_late_p99_s": float(np.percentile(readers.late_s, 99)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trace", type=Path, default=TRACE)
    parser.add_argument("--speed", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=0.0, help="of the trace, not of the replay")
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not options.trace.is_file():
        raise SystemExit(f"{options.trace} is not there: name a trace with --trace")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerable-trace-")))
        for seed, port in enumerate(PORTS):
            flaky = [sys.executable, str(HERE / "flaky.py"), str(port), "--rate", str(options.rate)]
            model = subprocess.Popen(pinned(1, *flaky, "--seed", str(seed)))
            stack.callback(model.wait)
            stack.callback(model.terminate)
        base, _, key = ours(stack, folder, MODELS, POLICIES)
        found = asyncio.run(replay(base, key, rows_of(options.trace, options.seconds), options.speed))
    rows = [(name, f"{count:,}") for name, count in found["outcomes"].items()]
    rows += [(f"LOST: {name}", f"{count:,}") for name, count in found["lost"].items()] or [("lost", "0")]
    rows += [(name, f"{value:,.3f}") for name, value in found.items() if isinstance(value, float)]
    report("An hour of conversations", ["what", "figure"], rows, {"trace": found}, options.json)


if __name__ == "__main__":
    main()
