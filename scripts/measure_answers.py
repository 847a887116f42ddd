"""What answers of the extractive engine are worth: `measure_answers.py [SET_FOLDER...]` prints one table.

Asks the handbook the checked-in questions (the share of answers that hold the expected phrase, and of refusals where
there is no answer), and each given set (token F1 to its reference answers). Every sentence is verified once more.
"""

import asyncio
import gzip
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.config import Settings
from answerable.core.documents import Passage
from answerable.core.messages import Abstained, Event, Message, Retrieved, Sentence, Text
from answerable.core.tasks import Chat
from answerable.flows.chat import Turn, chat
from answerable.flows.ingest import Ingest, embed, ingest
from answerable.flows.platform import Platform
from answerable.wiring import open_platform

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "tests" / "data" / "handbook_questions.jsonl"
_DANGLING = re.compile(r"\W*(?:it|its|this|that|these|those|they|he|she|also|however|then|but|and|so)\b", re.IGNORECASE)
_MARKUP = re.compile(r"\*\*|(?<!`)\|(?!`)|^[#•]|<\w+/?>|\]\(", re.MULTILINE)


@dataclass
class Tally:
    """Counts over the questions of one set; every share is over the number of questions it is about."""

    asked: int = 0
    refused: int = 0
    hits: int = 0
    sentences: int = 0
    words: int = 0
    unsupported: int = 0
    dropped: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    f1: list[float] = field(default_factory=list)
    precision: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file, compressed or not."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


async def ask(question: str, collection: str, p: Platform) -> list[Event]:
    """Every event of one turn."""
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    await chat(Turn(Chat((Message("user", (Text(question),)),)), collection=collection), emit, p)
    return events


def bag(text: str) -> Counter[str]:
    """The words of a text, lower case."""
    return Counter(re.findall(r"\w+", text.lower()))


def add_overlap(tally: Tally, answer: str, reference: str) -> None:
    """Token precision, recall and F1; a refusal has none of them."""
    said, wanted = bag(answer), bag(reference)
    same = sum((said & wanted).values())
    precision, recall = same / max(1, sum(said.values())), same / max(1, sum(wanted.values()))
    tally.precision.append(precision)
    tally.recall.append(recall)
    tally.f1.append(2 * precision * recall / (precision + recall) if same else 0.0)


def add_form(tally: Tally, sentences: Sequence[Sentence], passages: Sequence[Passage], p: Platform) -> None:
    """Faults of form, and sentences that do not stand a second check."""
    said = [sentence.text.strip() for sentence in sentences]
    headings = {name.lower() for q in passages for name in (q.title, *q.heading_path)}
    prose = [one for one in said if not one.startswith("```")]
    tally.faults["dangling start"] += bool(prose and _DANGLING.match(prose[0]))
    tally.faults["heading as sentence"] += any(one.rstrip(" .:").lower() in headings for one in said)
    tally.faults["markup"] += any(_MARKUP.search(one) for one in prose)
    tally.faults["repeated"] += len(set(said)) < len(said)
    tally.faults["over 4 sentences"] += len([one for one in prose if not re.match(r"\d{1,2}[.)]|-", one)]) > 4
    for sentence in sentences:
        marks = "".join(f"[{citation.number}]" for citation in sentence.citations)
        holds = marks and p.verifier.check(f"{sentence.text.strip()} {marks}", passages).supported
        tally.unsupported += not holds


async def measure(records: Sequence[Mapping[str, Any]], collection: str, p: Platform, *, show: bool) -> Tally:
    """Ask every question; a record has `phrases` (one of them must be said) or `answer` (the reference)."""
    tally = Tally()
    for record in records:
        events = await ask(record["text"], collection, p)
        sentences = [event for event in events if isinstance(event, Sentence)]
        passages = next(event.passages for event in events if isinstance(event, Retrieved))
        answer = "".join(sentence.text for sentence in sentences)
        tally.asked += 1
        tally.refused += any(isinstance(event, Abstained) for event in events)
        tally.sentences += len(sentences)
        tally.words += sum(bag(answer).values())
        plain = " ".join(answer.lower().split())
        hit = any(" ".join(phrase.lower().split()) in plain for phrase in record.get("phrases", ()))
        tally.hits += hit
        add_overlap(tally, answer, record.get("answer", ""))
        add_form(tally, sentences, passages, p)
        if show and record.get("phrases") and not hit:
            print(f"MISSED {record['text']}\n   {answer or '(refused)'}")
    return tally


def report(name: str, tally: Tally, *, has_phrases: bool, has_reference: bool) -> None:
    """One line of the table."""
    answered = max(1, tally.asked - tally.refused)
    cells = {
        "questions": str(tally.asked),
        "refused": f"{tally.refused / tally.asked:.3f}",
        "has the phrase": f"{tally.hits / tally.asked:.3f}" if has_phrases else "-",
        "F1": f"{sum(tally.f1) / tally.asked:.3f}" if has_reference else "-",
        "precision": f"{sum(tally.precision) / tally.asked:.3f}" if has_reference else "-",
        "recall": f"{sum(tally.recall) / tally.asked:.3f}" if has_reference else "-",
        "sentences": f"{tally.sentences / answered:.2f}",
        "words": f"{tally.words / answered:.0f}",
        "unsupported": str(tally.unsupported),
        "faults": ", ".join(f"{what} {count}" for what, count in tally.faults.items() if count) or "none",
    }
    print(f"{name}: " + " | ".join(f"{what} {value}" for what, value in cells.items()), flush=True)


async def main(sets: list[str]) -> None:
    """Build the collections in a folder that goes away, ask, print."""
    show = "--show" in sets
    with tempfile.TemporaryDirectory() as folder:
        p = await open_platform(Settings(data=Path(folder), database_url=None))
        try:
            await ingest(Ingest("handbook", sources=(str(ROOT / "docs"),)), p)
            await embed("handbook", p)
            questions = read_lines(QUESTIONS)
            own = [record for record in questions if record["phrases"]]
            tally = await measure(own, "handbook", p, show=show)
            report("handbook", tally, has_phrases=True, has_reference=False)
            foreign = [record for record in questions if not record["phrases"]]
            tally = await measure(foreign, "handbook", p, show=False)
            report("not in the handbook", tally, has_phrases=False, has_reference=False)
            for number, path in enumerate(Path(one) for one in sets if not one.startswith("--")):
                await ingest(Ingest(f"set{number}", sources=(str(path / "corpus.jsonl.gz"),)), p)
                await embed(f"set{number}", p)
                tally = await measure(
                    read_lines(path / "queries.jsonl.gz")[:: 4 if "--quick" in sets else 1],
                    f"set{number}",
                    p,
                    show=False,
                )
                report(path.name, tally, has_phrases=False, has_reference=True)
        finally:
            await p.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
