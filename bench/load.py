"""A load generator for chat completions that costs little itself: raw connections, unique prompts of 1 KB.

python bench/load.py URL MODEL [--key KEY] [--connections 32] [--seconds 5] [--requests N] [--rate R] [--stream]
[--same] [--pid PID]

Closed loop (for some seconds, or with `--requests` until that many were sent), or with `--rate` open: requests start
when they are due, and waiting for a free connection counts. Prints one JSON line: requests a second, latency
percentiles in ms, errors, and with `--pid` the processor time a request that the process with this id and its children
needed.
"""

import argparse
import asyncio
import json
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import httptools
import numpy as np
import uvloop

_TICKS = os.sysconf("SC_CLK_TCK")


class Exchange(asyncio.Protocol):
    """One connection: a request, its reply, again."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[bool] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self.first_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if not self.first_at and b'"content"' in data:
            self.first_at = time.perf_counter()
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._end(self._parser.get_status_code() == 200)

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None
        self._end(False)

    def _end(self, worked: bool) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(worked)

    async def run(self, request: bytes) -> bool:
        """Whether the reply was a 200."""
        assert self.transport is not None
        self.first_at = 0.0
        self._waiter = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._waiter


class Prompts:
    """Requests whose prompts differ in a number of fixed width, or are all the same."""

    def __init__(self, options: argparse.Namespace) -> None:
        where = urlsplit(options.url)
        text = "%012d " + "How do I reset the television to its factory settings? " * 18
        message = {"role": "user", "content": text}
        body = json.dumps({"model": options.model, "messages": [message], "stream": options.stream})
        size = len(body) - len("%012d") + 12
        key = f"Authorization: Bearer {options.key}\r\n" if options.key else ""
        head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n{key}Content-Type: application/json\r\n"
        self._text = f"{head}Content-Length: {size}\r\n\r\n{body}".replace("%012d", "\0")
        self._same = options.same
        self._next = int(time.time() * 1e3) % 10**9 * 1_000

    def take(self) -> bytes:
        """The next request."""
        self._next += 0 if self._same else 1
        return self._text.replace("\0", f"{self._next:012d}").encode()


class Load:
    """All connections and what they saw."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._where = urlsplit(options.url)
        self._prompts = Prompts(options)
        self.took: list[float] = []
        self.first: list[float] = []
        self.errors = 0

    async def _connect(self) -> Exchange:
        loop = asyncio.get_running_loop()
        _, exchange = await loop.create_connection(Exchange, self._where.hostname, self._where.port)
        return exchange

    async def _once(self, exchange: Exchange, due: float) -> Exchange:
        worked = await exchange.run(self._prompts.take())
        now = time.perf_counter()
        if worked:
            self.took.append(now - due)
            self.first.append((exchange.first_at or now) - due)
        else:
            self.errors += 1
        return exchange if exchange.transport else await self._connect()

    async def closed(self, seconds: float, requests: int = 0) -> None:
        """Every connection sends as soon as it may, for some seconds or until `requests` were sent."""
        end = time.perf_counter() + seconds
        left = requests

        async def work() -> None:
            nonlocal left
            exchange = await self._connect()
            while left > 0 if requests else time.perf_counter() < end:
                left -= 1
                exchange = await self._once(exchange, time.perf_counter())

        await asyncio.gather(*(work() for _ in range(self._options.connections)))

    async def open(self, seconds: float, rate: float) -> None:
        """Requests start at a fixed rate."""
        idle = [await self._connect() for _ in range(self._options.connections)]
        tasks: set[asyncio.Task[None]] = set()
        begun = time.perf_counter()

        async def one(due: float) -> None:
            exchange = idle.pop() if idle else await self._connect()
            idle.append(await self._once(exchange, due))

        for number in range(int(seconds * rate)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.ensure_future(one(due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far."""
    tree, found = [pid], 0.0
    while tree:
        one = tree.pop()
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            children = [(task / "children").read_text() for task in Path(f"/proc/{one}/task").iterdir()]
        except OSError:
            continue
        found += (int(fields[11]) + int(fields[12])) / _TICKS
        tree += [int(child) for text in children for child in text.split()]
    return found


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("model")
    parser.add_argument("--key", default="")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm-s", type=float, default=1.0)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--same", action="store_true")
    parser.add_argument("--pid", type=int, default=0)
    options = parser.parse_args()
    warm = Load(options)
    if options.warm_s:
        await warm.closed(options.warm_s)
    load, cpu, begun = Load(options), cpu_seconds(options.pid) if options.pid else 0.0, time.perf_counter()
    await (load.open(options.seconds, options.rate) if options.rate else load.closed(options.seconds, options.requests))
    wall, done = time.perf_counter() - begun, len(load.took)
    found: dict[str, float] = {"requests_a_second": round(done / wall, 1), "requests": done, "errors": load.errors}
    for name, values in (("ms", load.took), ("first_ms", load.first)):
        if values:
            found |= {f"p{q}_{name}": round(float(np.percentile(values, q)) * 1e3, 3) for q in (50, 99)}
    if options.pid and done:
        found["cpu_us"] = round((cpu_seconds(options.pid) - cpu) / done * 1e6, 1)
    print(json.dumps(found))


if __name__ == "__main__":
    uvloop.run(main())
