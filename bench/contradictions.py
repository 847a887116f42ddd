"""How many seeded contradictions are found, how many reported ones are none, how many come of text without seeds.

python bench/contradictions.py [--part dev|held] [--only seeded|written|claims|groups|real] [--each 40]
    [--show missed|false|real]

`seeded` are made by rules, `written` are in `bench/data/contradictions.jsonl` (what a document says, and a sentence of
another that contradicts it or only seems to, by itself or `inside` other text), `claims` are SciFact's, each against an
abstract that supports or contradicts it, `groups` are pages as users have them, written with their contradictions and
look-alikes by somebody who did not know the rules, `real` is text in which nothing was put.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from answerable.agents.conflicts import Found, find_conflicts
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.facts import read
from answerable.core.ports import Embedder
from answerable.evaluation.contradictions import Part, Place, Score, Seeded, Source, is_found, part_of, score, seed
from answerable.knowledge.embedders import minilm

DATA = Path(__file__).parents[2] / "shared" / "data"
DOCS = Path(__file__).parents[1] / "docs"
SETS = ("scifact", "office_vba_docs", "samsung_tv_support")
WRITTEN = Path(__file__).parent / "data" / "contradictions.jsonl"
OWN = Path(__file__).parent / "data" / "contradiction_documents.jsonl"
PAGES, PAIRS = (Path(__file__).parent / "data" / f"contradiction_{name}.jsonl" for name in ("groups", "pairs"))
TOPICS = Path(__file__).parents[1] / "src" / "answerable" / "evaluation" / "data" / "research" / "corpus.jsonl"
_LONGEST = 1_400
_NEAR = 8


def sources() -> list[Source]:
    """Documents of the development data, and the handbook's pages."""
    found = [Source(f"handbook/{path.name}", path.stem, path.read_text("utf-8")) for path in sorted(DOCS.rglob("*.md"))]
    for name in SETS:
        with gzip.open(DATA / name / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        found += [Source(f"{name}/{row['id']}", row["title"], row["text"]) for row in rows]
    return found


def passages_of(index: int, source: Source) -> list[Passage]:
    """A document in passages of whole paragraphs, about 300 tokens each."""
    cuts, start = [0], 0
    for at in [i for i in range(len(source.text)) if source.text.startswith("\n\n", i)]:
        if at - start > _LONGEST:
            cuts.append(at + 2)
            start = at + 2
    cuts.append(len(source.text))
    return [
        Passage(
            ChunkId(index * 1000 + n), DocumentId(source.id), VersionId(index + 1), CollectionName("bench"), source.id,
            source.title, source.text[a:b], a, b,
        )
        for n, (a, b) in enumerate(pairwise(cuts))
        if b > a
    ]  # fmt: skip


def places(found: Sequence[Found], passages: Sequence[Passage], index: dict[str, int]) -> list[list[Place]]:
    return [[(index[passages[s.passage].document_id], s.start, s.end) for s in one.sides] for one in found]


def sets_of(made: Sequence[Source], seeded: Sequence[Seeded], size: int) -> list[tuple[list[Passage], list[Seeded]]]:
    """The seeded places in sets as a search gives them: passages of several topics, ten pairs in each."""
    whole = [passages_of(at, source) for at, source in enumerate(made)]
    sets = []
    for start in range(0, len(seeded), size):
        mine = list(seeded[start : start + size])
        wanted = [place for one in mine for place in (one.one, one.other)]
        passages = [
            passage
            for place in wanted
            for passage in whole[place[0]]
            if passage.start < place[2] and passage.end > place[1]
        ]
        near = [passage for place in wanted for passage in whole[(place[0] + 1) % len(whole)][:2]]
        sets.append((list({passage.chunk_id: passage for passage in (*passages, *near)}.values()), mine))
    return sets


def run_seeded(part: Part, each: int, embedder: Embedder, show: str) -> None:
    made, seeded = seed(sources(), each, part)
    index = {source.id: at for at, source in enumerate(made)}
    total = Counter[str]()
    hits, kinds, alarms = Counter[str](), Counter[str](), Counter[str]()
    spent, passages_seen = 0.0, 0
    for passages, mine in sets_of(made, seeded, 10):
        began = time.process_time()
        found = find_conflicts(passages, embedder)
        spent += time.process_time() - began
        passages_seen += len(passages)
        at = places(found, passages, index)
        one = score(at, mine)
        total.update(seeded=one.seeded, found=one.found, reported=one.reported, false=one.false)
        for pair in mine:
            kinds[pair.kind] += 1
            hits[pair.kind] += is_found(at, pair)
            if show == "missed" and pair.conflict and not is_found(at, pair):
                print("MISSED", pair.kind, "\n   ", text_at(made, pair.one), "\n   ", text_at(made, pair.other))
        for conflict, sides in zip(found, at, strict=True):
            if not any(pair.conflict and is_found([sides], pair) for pair in mine):
                alarms[next((p.kind for p in mine if is_found([sides], p)), "real text")] += 1
                if show == "false":
                    print_found(conflict)
    result = Score(total["seeded"], total["found"], total["reported"], total["false"])
    print(
        f"{part}: found {result.found} of {result.seeded} = {result.recall:.3f}; false {result.false} of "
        f"{result.reported} = {result.false_share:.3f}; {passages_seen} passages, "
        f"{spent / passages_seen * 200:.2f} s for 200"
    )
    conflicts = {pair.kind for pair in seeded if pair.conflict}
    for kind in sorted(kinds):
        print(f"  {'found' if kind in conflicts else 'false alarms'} {kind}: {hits[kind]} of {kinds[kind]}")
    print("  false:", dict(alarms))


def run_written(part: str, embedder: Embedder, show: str) -> None:
    """Each written sentence in a document of its own, beside the document it was written against and near ones."""
    own = rows_of(OWN)
    every = [*sources(), *(Source(row["id"], row["title"], row["text"]) for row in own)]
    hosts = {row["id"]: row["host"] for row in own}
    at_id = {source.id: at for at, source in enumerate(every)}
    words = [frozenset(re.findall(r"\w{4,}", f"{one.title} {one.text}".lower())) for one in every]
    common = Counter(word for row in words for word in row)
    kinds, hits = Counter[str](), Counter[str]()
    reported = false = 0
    for row in (row for row in rows_of(WRITTEN) if row["part"] == part):
        at = at_id[row["document"]]
        title = row["title"] or f"A note on: {every[at].title}"
        near = sorted(range(len(every)), key=lambda n: -sum(1 / common[w] for w in words[at] & words[n]))[: _NEAR + 1]
        text = hosts[row["document"]].replace("{}", row["counter"]) if row.get("inside") else row["counter"]
        chosen = [every[at], *(every[n] for n in near if n != at), Source("counter", title, text)]
        passages = [one for number, source in enumerate(chosen) for one in passages_of(number, source)]
        found = find_conflicts(passages, embedder)
        documents = [{passages[side.passage].document_id for side in one.sides} for one in found]
        hit = any({"counter", row["document"]} <= one for one in documents)
        kind = row["kind"] if row["conflict"] else f"no conflict: {row['kind']}"
        kinds[kind] += 1
        hits[kind] += hit
        reported += len(found)
        false += sum(not (row["conflict"] and {"counter", row["document"]} <= one) for one in documents)
        if (show == "missed" and row["conflict"] and not hit) or (show == "false" and hit and not row["conflict"]):
            print(f"{show.upper()} {row['kind']}: {title}\n    {row['said']}\n    {row['counter']}")
        for one, ids in zip(found, documents, strict=True):
            if show == "false" and not (row["conflict"] and {"counter", row["document"]} <= ids):
                print_found(one)
    wanted = [kind for kind in kinds if not kind.startswith("no conflict")]
    total, got = sum(kinds[kind] for kind in wanted), sum(hits[kind] for kind in wanted)
    print(
        f"{part} written: found {got} of {total} = {got / total:.3f}; false {false} of {reported} = "
        f"{false / max(1, reported):.3f}"
    )
    for kind in sorted(kinds):
        print(f"  {kind}: {hits[kind]} of {kinds[kind]}")


def rows_of(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def run_claims(part: str, embedder: Embedder, show: str) -> None:
    """Claims that people wrote on abstracts, each beside one that supports or contradicts it; those of the documents
    that the evaluation has are left out."""
    used = {row["id"] for row in rows_of(TOPICS)}
    known = {source.id: source for source in sources()}
    with gzip.open(DATA / "scifact" / "queries.jsonl.gz", "rt", encoding="utf-8") as lines:
        claims = [json.loads(line) for line in lines]
    kinds, hits = Counter[str](), Counter[str]()
    for claim in claims:
        labels = {f"scifact/{one['doc_id']}": one["label"] for one in claim["evidence"]}
        for id_, label in labels.items():
            if id_ in used or part_of(known[id_]) != part:
                continue
            pair = (known[id_], Source("claim", "A claim", claim["text"]))
            found = find_conflicts([one for at, source in enumerate(pair) for one in passages_of(at, source)], embedder)
            kinds[label] += 1
            hits[label] += bool(found)
            if (show == "missed" and label == "CONTRADICT" and not found) or (show == "false" and label == "SUPPORT"):
                print(*([f"MISSED {claim['text']}"] if show == "missed" else []))
                for one in found:
                    print_found(one)
    print(
        f"{part} claims: {hits['CONTRADICT']} of {kinds['CONTRADICT']} contradicted found; "
        f"{hits['SUPPORT']} of {kinds['SUPPORT']} supported reported"
    )


def run_groups(embedder: Embedder, show: str) -> None:
    """Pages of six groups (`a-employee-handbook` is of the first), all of a group read together."""
    pages = {row["id"]: row["text"] for row in rows_of(PAGES)}
    pairs = rows_of(PAIRS)
    kinds, hits = Counter[str](), Counter[str]()
    reported = false = 0
    for group in sorted({id_.partition("-")[0] for id_ in pages}):
        chosen = [
            Source(id_, text.partition("\n")[0].removeprefix("# "), text)
            for id_, text in pages.items()
            if id_.partition("-")[0] == group
        ]
        index = {one.id: at for at, one in enumerate(chosen)}
        passages = [one for at, source in enumerate(chosen) for one in passages_of(at, source)]
        found = find_conflicts(passages, embedder)
        at = places(found, passages, index)
        mine = [(row, seeded_of(row, index, pages)) for row in pairs if row["documents"][0] in index]
        for row, pair in mine:
            kind = f"{'' if row['conflict'] else 'no conflict: '}{row['kind']}, {row['wording']}"
            hit = is_found(at, pair)
            kinds[kind] += 1
            hits[kind] += hit
            if show == "missed" and row["conflict"] and not hit:
                print("MISSED", row["kind"], *(f"\n    {said}" for said in row["said"]))
        reported += len(found)
        for one, sides in zip(found, at, strict=True):
            if not any(row["conflict"] and is_found([sides], pair) for row, pair in mine):
                false += 1
                if show == "false":
                    print_found(one)
    for wording in ("near", "reworded"):
        wanted = [kind for kind in kinds if kind.endswith(wording) and not kind.startswith("no conflict")]
        print(f"groups, {wording}: found {sum(hits[kind] for kind in wanted)} of {sum(kinds[kind] for kind in wanted)}")
    print(f"groups: not written as contradictions {false} of {reported} reported")
    for kind in sorted(kinds):
        print(f"  {kind}: {hits[kind]} of {kinds[kind]}")


def seeded_of(row: dict[str, Any], index: dict[str, int], pages: dict[str, str]) -> Seeded:
    """A pair as the places of its sentences."""
    one, other = (
        (index[id_], pages[id_].index(said), pages[id_].index(said) + len(said))
        for id_, said in zip(row["documents"], row["said"], strict=True)
    )
    return Seeded(row["kind"], row["conflict"], one, other)


def text_at(made: Sequence[Source], place: Place) -> str:
    return made[place[0]].text[place[1] : place[2]]


def print_found(one: Found) -> None:
    print(f"[{one.kind} {one.score:.2f}] {one.subject}")
    for side in one.sides:
        print(f"    {side.value!r}: {' '.join(side.quote.split())}")


def topics(name: str, part: str, count: int) -> list[str]:
    if name == "office_vba_docs":
        with gzip.open(DATA / name / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["title"] for line in lines][:: 4574 // (4 * count)]
    else:
        with gzip.open(DATA / name / "queries.jsonl.gz", "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
    parts = [text for text in texts if part_of(Source(text, "", "")) == part]
    return parts[:: max(1, len(parts) // count)][:count]


def run_real(part: str, embedder: Embedder, show: str, count: int = 10) -> None:
    """Real passages that a search for real topics gives, nothing seeded: every report is looked at by a person."""
    reported = seen = 0
    slowest = 0.0
    for name in SETS:
        mine = [one for one in sources() if one.id.startswith(name) and part_of(one) == part]
        whole = [passage for at, source in enumerate(mine) for passage in passages_of(at, source)]
        stems = [read(f"{passage.title} {passage.text}").content for passage in whole]
        common = Counter(stem for row in stems for stem in row)
        for topic in topics(name, part, count):
            wanted = read(topic).content
            ranked = sorted(range(len(whole)), key=lambda at: -sum(1 / common[s] ** 0.5 for s in wanted & stems[at]))
            chosen = [whole[at] for at in ranked[:150]]
            began = time.perf_counter()
            found = find_conflicts(chosen, embedder)
            slowest = max(slowest, time.perf_counter() - began)
            reported, seen = reported + len(found), seen + len(chosen)
            for one in found if show == "real" else ():
                print(f"-- {topic}")
                print_found(one)
    print(
        f"{part} real text: {reported} reported in {seen} passages = {100 * reported / seen:.2f} of 100; "
        f"slowest set of 150: {slowest:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["dev", "held"], default="dev")
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--show", choices=["", "missed", "false", "real"], default="")
    parser.add_argument("--only", choices=["", "seeded", "written", "claims", "groups", "real"], default="")
    options = parser.parse_args()
    embedder = minilm.build(minilm.Config())
    if options.only in ("", "seeded"):
        run_seeded(options.part, options.each, embedder, options.show)
    if options.only in ("", "written"):
        run_written(options.part, embedder, options.show)
    if options.only in ("", "claims"):
        run_claims(options.part, embedder, options.show)
    if options.only in ("", "groups"):
        run_groups(embedder, options.show)
    if options.only in ("", "real"):
        run_real(options.part, embedder, options.show)


if __name__ == "__main__":
    main()
