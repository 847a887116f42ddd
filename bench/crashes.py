"""Kill -9 at random points of add, update, delete and embed; after each, a new process looks for damage and loss.

python bench/crashes.py [--kills 50] [--seed 1] [--json FILE]

A child works on a data folder and says on its standard output what it begins and what is done. It is killed at a random
moment. The next child first checks the folder against what was said: the database is sound, what was done is there,
what was begun is there whole or not at all, and both indexes hold exactly the live chunks. Exit status 1 otherwise.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from answerable.config import load_settings
from answerable.core.documents import Block, LoadedDocument
from answerable.core.identity import OWNER
from answerable.flows.platform import Platform
from answerable.knowledge.catalog import Scope
from answerable.knowledge.indexes import faiss
from answerable.knowledge.publish import document_id
from answerable.knowledge.retriever import Query
from answerable.knowledge.trace import Trace
from answerable.wiring import open_platform
from corpus import percentiles, report

COLLECTION = "bench"
EVERYWHERE = "common"
"""A word of every paragraph: searching for it must give every live chunk."""
WORDS = [f"{first}{second}" for first in ("al", "be", "co", "du", "el") for second in ("ra", "min", "tos", "fer", "ka")]
KINDS = ("add", "update", "delete", "embed")
PATIENCE = 40
"""Changes to let pass while waiting for one of the wanted kind."""

State = dict[str, str]
Change = dict[str, Any]


# --- the child --------------------------------------------------------------------------------------------------------


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


async def child(folder: Path, seed: int, ops: int) -> None:
    """Check the folder, then change it until killed (or `ops` changes are done)."""
    expected = json.loads(sys.stdin.readline())
    began = time.perf_counter()
    p = await open_platform(load_settings(data=folder))
    # a merge at almost every commit: the point where a vector segment is exchanged must be hit too
    p.library._build_vectors = lambda place, width: faiss.build(faiss.Config(merge_rows=8), place, width)  # noqa: SLF001
    row = await p.publisher.open_collection(COLLECTION, dict(p.policy.chunker))
    await search(p, EVERYWHERE)
    searched = time.perf_counter() - began
    state, errors = await verify(p, folder, expected)
    say(verified={"errors": errors, "state": state, "search_s": searched})
    rng = random.Random(seed)
    for _ in range(ops):
        kind, change = next_change(rng, state)
        say(begin=change, kind=kind)
        if kind == "embed":
            await p.backfill.run(COLLECTION)
        elif kind == "delete":
            ids = [document_id(COLLECTION, source) for source in change["gone"]]
            await p.publisher.remove(COLLECTION, ids, purge=rng.random() < 0.5)
        else:
            await p.publisher.publish(row, [as_document(*pair) for pair in change["set"].items()])
        state = applied(state, change)
        say(done=True)
    await p.close()


def next_change(rng: random.Random, state: State) -> tuple[str, Change]:
    kind = rng.choice(["add", "add", "update", "update", "delete", "embed"]) if len(state) > 5 else "add"
    some = rng.sample(sorted(state), min(len(state), rng.randint(1, 5)))
    if kind == "add":
        return kind, {"set": {f"d{rng.randrange(10**9)}": text(rng) for _ in range(rng.randint(1, 6))}, "gone": []}
    if kind == "update":
        return kind, {"set": {source: text(rng) for source in some}, "gone": []}
    return kind, {"set": {}, "gone": some if kind == "delete" else []}


def text(rng: random.Random) -> str:
    paragraphs = rng.randint(1, 12)
    return "\n\n".join(" ".join([EVERYWHERE, *rng.choices(WORDS, k=24)]) + "." for _ in range(paragraphs))


def as_document(source: str, content: str) -> LoadedDocument:
    blocks, at = [], 0
    for paragraph in content.split("\n\n"):
        blocks.append(Block(at, at + len(paragraph)))
        at += len(paragraph) + 2
    return LoadedDocument(source, source, content, tuple(blocks), "text/plain")


def applied(state: State, change: Change | None) -> State:
    if change is None:
        return state
    return {source: value for source, value in (state | change["set"]).items() if source not in change["gone"]}


async def search(p: Platform, words: str) -> set[str]:
    query = Query(words, Scope(OWNER), 50, "keyword", False)
    return {one.source for one in (await p.retriever.search(COLLECTION, query, Trace(words))).passages}


async def verify(p: Platform, folder: Path, expected: dict[str, Any]) -> tuple[State, list[str]]:
    """What is stored, and everything that is wrong with it."""
    errors: list[str] = []
    state = await stored(p, errors)
    before, after = expected["acknowledged"], applied(expected["acknowledged"], expected["begun"])
    if state not in (before, after):
        lost = sorted(before.keys() & after.keys() - state.keys())
        errors.append(f"stored documents are neither those before nor those after the change; lost: {lost}")
    errors += [f"{place} was set aside" for place in (folder / "indexes").rglob("*.unusable")]
    for source in random.Random(len(state)).sample(sorted(state), min(5, len(state))):
        if source not in await search(p, f"{source} {EVERYWHERE}"):
            errors.append(f"a keyword search does not find {source}")
    await p.backfill.run(COLLECTION)
    await p.library.catch_up(COLLECTION)
    errors += await check_indexes(p)
    return state, errors


async def stored(p: Platform, errors: list[str]) -> State:
    async with p.database.read() as connection:
        for pragma in ("integrity_check", "foreign_key_check"):
            rows = (await connection.exec_driver_sql(f"PRAGMA {pragma}")).all()
            if [tuple(row) for row in rows] not in ([], [("ok",)]):
                errors.append(f"PRAGMA {pragma}: {rows[:3]}")
        rows = await connection.exec_driver_sql(
            "SELECT d.source, v.text FROM versions v JOIN documents d ON d.id = v.document_id WHERE v.valid_to IS NULL"
        )
        found = [(row.source, row.text) for row in rows]
    if len(dict(found)) != len(found):
        errors.append("a document has two live versions")
    return dict(found)


async def check_indexes(p: Platform) -> list[str]:
    """Both indexes hold exactly the live chunks, and none that SQL does not know."""
    async with p.database.read() as connection:
        rows = (
            await connection.exec_driver_sql(
                "SELECT c.id, v.valid_to IS NULL AS live FROM chunks c JOIN versions v ON v.id = c.version_id"
            )
        ).all()
    live, known = {row.id for row in rows if row.live}, {row.id for row in rows}
    opened = await p.library.get(COLLECTION)
    mask = opened.catalog.mask(Scope(OWNER))
    everything = np.ones(max(known, default=0) + 1_000, np.bool_)
    vector = p.embedder.embed([EVERYWHERE])[0]
    errors = []
    for name, allowed, wanted in (("live", mask, live), ("all", everything, None)):
        for index, ids in (
            ("keyword", opened.keyword.search(EVERYWHERE, 10**6, allowed)[0]),
            ("vector", opened.vectors.search(vector, 10**6, allowed)[0]),
        ):
            found = set(ids.tolist())
            if wanted is not None and found != wanted:
                errors.append(
                    f"the {index} index misses {len(wanted - found)} live chunks, has {len(found - wanted)} more"
                )
            if wanted is None and not found <= known:
                errors.append(f"the {index} index holds {len(found - known)} chunks that SQL does not know ({name})")
    return errors


def _live(read: int, write: int, life: Coroutine[Any, Any, None]) -> NoReturn:
    """In a fork: standard input and output are the parent's, and nothing of the parent's own is done at the end."""
    code = 1
    try:
        sys.stdin, sys.stdout = os.fdopen(read), os.fdopen(write, "w")
        asyncio.run(life)
        sys.stdout.flush()
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


# --- the parent -------------------------------------------------------------------------------------------------------


class Round:
    """One child, from its check to its death. It is a fork: what it needs is imported, and nothing else is there."""

    def __init__(self, folder: Path, seed: int, ops: int) -> None:
        (read, self_write), (self_read, write) = os.pipe(), os.pipe()
        sys.stdout.flush()
        self._process = os.fork()
        if not self._process:
            os.close(self_write)
            os.close(self_read)
            _live(read, write, child(folder, seed, ops))
        os.close(read)
        os.close(write)
        self._input, self._output = os.fdopen(self_write, "w"), os.fdopen(self_read)
        self.begun: Change | None = None
        self.kind = ""
        self._since = 0.0
        self.done = 0

    def start(self, acknowledged: State, begun: Change | None) -> dict[str, Any]:
        """Hand over what was said before; returns the child's findings."""
        self._input.write(json.dumps({"acknowledged": acknowledged, "begun": begun}) + "\n")
        self._input.flush()
        line = self._line()
        if line is None:
            return {
                "errors": ["the child died before it had checked the folder"],
                "state": acknowledged,
                "search_s": 0.0,
            }
        verified: dict[str, Any] = line["verified"]
        return verified

    def run(self, state: State, target: str, share: float, usual_s: dict[str, list[float]]) -> State:
        """Wait until a change of kind `target` has begun, and for a share of the time it usually takes; then kill."""
        begun = 0
        while (line := self._line()) is not None:
            state = self._take(line, state, usual_s)
            begun += "begin" in line
            if self.begun is not None and begun > 1 and (self.kind == target or begun > PATIENCE):
                break
        time.sleep(share * float(np.mean(usual_s.get(self.kind, [0.05]))))
        os.kill(self._process, signal.SIGKILL)
        while (line := self._line()) is not None:  # said before it died
            state = self._take(line, state, {})
        self.end()
        return state

    def end(self) -> None:
        """Wait for a child that is dead, or has nothing to do."""
        os.waitpid(self._process, 0)
        self._input.close()
        self._output.close()

    def _take(self, line: dict[str, Any], state: State, usual_s: dict[str, list[float]]) -> State:
        if "begin" in line:
            self.begun, self.kind, self._since = line["begin"], line["kind"], time.perf_counter()
            return state
        usual_s.setdefault(self.kind, []).append(time.perf_counter() - self._since)
        state, self.begun, self.done = applied(state, self.begun), None, self.done + 1
        return state

    def _line(self) -> dict[str, Any] | None:
        line = self._output.readline()
        try:
            found: dict[str, Any] = json.loads(line)
        except ValueError:  # nothing more, or cut in the middle of a line
            return None
        return found


def torment(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill `kills` children one after the other, each over what the last one left."""
    rng = random.Random(seed)
    state: State = {}
    begun: Change | None = None
    errors: list[str] = []
    hit: dict[str, int] = {}
    searches: list[float] = []
    usual_s: dict[str, list[float]] = {}
    changes = 0
    for number in range(kills + 1):
        one = Round(folder, rng.randrange(10**9), 0 if number == kills else 10**6)
        verified = one.start(state, begun)
        errors += [f"after kill {number}: {error}" for error in verified["errors"]]
        searches.append(verified["search_s"])
        if number == kills:
            one.end()
            break
        state = one.run(verified["state"], KINDS[number % len(KINDS)], rng.random(), usual_s)
        begun = one.begun
        changes += one.done
        kind = one.kind if begun is not None else "between two"
        hit[kind] = hit.get(kind, 0) + 1
        print(f"\rkill {number + 1} of {kills}, {len(errors)} errors", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {"kills": kills, "changes": changes, "killed_during": hit, "errors": errors, "search": percentiles(searches)}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="answerable-crashes-") as folder:
        found = torment(Path(folder), options.kills, options.seed)
    hit = ", ".join(f"{kind} {count}" for kind, count in sorted(found["killed_during"].items()))
    rows = [
        ["killed", f"{found['kills']} times: {hit}"],
        ["changes acknowledged", found["changes"]],
        ["corrupt or lost", len(found["errors"])],
        ["open and first search, p50 / p99", f"{found['search']['p50_ms']} / {found['search']['p99_ms']} ms"],
    ]
    report("Crashes", ["what", "figure"], rows, found, options.json)
    for error in found["errors"]:
        print(error)
    return 1 if found["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
