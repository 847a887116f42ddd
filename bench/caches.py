"""What the caches cost a request: key, exact hit and miss with replay, the gate on a pair, a search of one context.

    python bench/caches.py [--json FILE]

Microseconds on one thread, mean and p99, on a chat of 1 KB; the embedder is the bundled one.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from answerable.core.identity import Principal
from answerable.core.messages import Collected, Event, Finished, Message, Text, TextDelta
from answerable.core.tasks import Chat, Sampling
from answerable.core.usage import Usage
from answerable.gateway.cache import key
from answerable.gateway.cache.facade import Cache, Config
from answerable.gateway.cache.hit_gate import HitGate, load_model
from answerable.gateway.cache.key import Lookup
from answerable.knowledge.embedders import minilm
from answerable.storage.shared_store import MemoryStore

ROUNDS = 3_000
QUESTION = "How do I restore the configuration of the second router from a backup of last week?"
ANN = Principal("ann", workspace="red")


def asked(number: int = 0, question: str = QUESTION) -> Lookup:
    system = Message("system", (Text("Answer in short sentences and name the menu. " * 20),))
    user = Message("user", (Text(f"{question} Case {number}." if number else question),))
    return Lookup(Chat((system, user), sampling=Sampling(temperature=0.2)), "small", ANN)


async def timed(work: Callable[[int], Awaitable[object]], rounds: int = ROUNDS) -> dict[str, float]:
    took = np.zeros(rounds)
    for number in range(rounds):
        began = time.perf_counter()
        await work(number)
        took[number] = (time.perf_counter() - began) * 1e6
    return {"mean_us": round(float(took.mean()), 1), "p99_us": round(float(np.percentile(took, 99)), 1)}


async def measure() -> dict[str, dict[str, float]]:
    embedder = minilm.build(minilm.Config(threads=1))
    caches = Cache(Config(), MemoryStore(), embedder, "1")
    events: list[Event] = [TextDelta("word " * 40) for _ in range(5)]
    events.append(Finished("stop", Usage(200, 200), "small"))
    gate = HitGate(load_model(), 0.1)
    first = asked()
    owner = key.partition(first, "workspace", "1")
    await caches.find(first)
    await caches.put(first, events)
    caches.leave(first)

    async def fingerprint(_: int) -> None:
        key.fingerprint(first, owner)

    async def hit(_: int) -> None:
        found = await caches.find(replace(first))
        assert found is not None
        await found.replay(Collected())

    async def miss(number: int) -> None:
        one = replace(asked(number + 1), control=key.Control(no_store=True))
        one.chat = replace(one.chat, sampling=Sampling(seed=number))  # another context: nothing to compare with
        assert await caches.find(one) is None

    async def put(number: int) -> None:
        one = replace(first, chat=replace(first.chat, sampling=Sampling(seed=number), tools=()), personalised=True)
        await caches.find(one)
        await caches.put(one, events)
        caches.leave(one)

    async def judge(number: int) -> None:
        gate.judge(
            f"How can I restore router {number % 7} from backup {number}?", f"Restore router {number % 7} {number}", 0.9
        )

    async def meaning(_: int) -> None:
        one = asked(question="how can I get the configuration of the second router back from the backup of last week")
        await caches.find(one)
        caches.leave(one)

    found = {
        "fingerprint": await timed(fingerprint),
        "exact hit, replayed": await timed(hit),
        "exact miss, empty context": await timed(miss),
        "store, by exact key": await timed(put),
        "gate, a new pair": await timed(judge),
    }
    return found | {"by meaning: embed, scan, judge": await timed(meaning, 300)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path)
    target = options.parse_args().json
    found = asyncio.run(measure())
    for name, figures in found.items():
        print(f"{name:32s} mean {figures['mean_us']:8.1f}  p99 {figures['p99_us']:8.1f} microseconds")
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
