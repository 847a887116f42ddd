"""A long report in every format: pages, seconds and bytes.

python bench/exports.py [--sections 11] [--rounds 5] [--folder FOLDER] [--json FILE]

The text is real: the decisions and documents of this repository, sentence by sentence, each with one or two citations
and its quote; every section has a table, every second one a chart, every third a listing. One section is Chinese,
Russian and Greek, so that the large font is opened too. Pages are those of the PDF. The best of the rounds counts, the
worst is printed beside it: it is what a first export costs.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pypdfium2

from answerable.agents.exports.base.renderer import file_name
from answerable.core import loading
from answerable.core.report import (
    Bar,
    Block,
    Bullets,
    Chart,
    Conflict,
    Gap,
    Grid,
    Listing,
    Paragraph,
    Reference,
    Report,
    Score,
    Section,
    Sentence,
    Side,
    Span,
)
from corpus import report as print_report

DOCS = Path(__file__).parents[1] / "docs"
PACKAGE = "answerable.agents.exports"
MARKUP = re.compile(r"```.*?```|^[#|][^\n]*|[`*]|\[([^\]]*)\]\([^)]*\)", re.DOTALL | re.MULTILINE)
REFERENCES = 60
OTHERS = (
    "国务院总理在报告中指出，今年经济增长目标为百分之五左右，城镇新增就业一千二百万人以上。",
    "По данным переписи, население области выросло за десять лет на четыре процента, главным образом за счёт города.",
    "Σύμφωνα με την απογραφή, ο πληθυσμός της περιφέρειας αυξήθηκε κατά τέσσερα τοις εκατό.",
)


def sentences() -> Iterator[str]:
    """Sentences of the documents, over and over."""
    while True:
        for path in sorted(DOCS.rglob("*.md")):
            text = MARKUP.sub(r"\1", path.read_text("utf-8"))
            for one in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
                if 40 < len(one) < 260:
                    yield one


def fact(text: str, i: int) -> Sentence:
    """A sentence with one or two sources."""
    numbers = {i % REFERENCES + 1, i * 7 % REFERENCES + 1} if i % 3 else {i % REFERENCES + 1}
    spans = [Span(n, f"e{i}", f"d{n}", 1, i * 400, i * 400 + len(text), text, 0.9, i % 30 + 1) for n in sorted(numbers)]
    return Sentence(text, tuple(spans)) if i % 11 else Sentence(text, kind="synthesis")


def long_report(sections: int) -> Report:
    """A report of about one page a section, besides its references."""
    words = enumerate(sentences())

    def some(count: int) -> tuple[Sentence, ...]:
        return tuple(fact(text, i) for i, text in islice(words, count))

    def body(number: int) -> Iterator[Block]:
        yield Paragraph(some(6))
        yield Paragraph(some(5))
        yield Bullets(some(3), numbered=number % 2 == 0)
        cells = [tuple(Sentence(s.text[:60], s.spans) for s in some(3)) for _ in range(5)]
        yield Grid(f"What was found in part {number}", ("Where", "What", "How much"), tuple(cells))
        if number % 2:
            bars = [Bar(s.text[:24], 10.0 + 7 * i % 13, s.spans) for i, s in enumerate(some(6))]
            yield Chart(f"Times in part {number}", "ms", tuple(bars))
        if number % 3 == 0:
            yield Listing("\n".join(s.text[:80] for s in some(8)), "text")
        if number == sections:
            yield from (Paragraph(tuple(fact(text, i) for i in range(1, 6))) for text in OTHERS)

    made = [
        Section(f"s{n}", f"Part {n}: {some(1)[0].text[:48]}", 1 if n % 3 == 1 else 2, tuple(body(n)))
        for n in range(1, sections + 1)
    ]
    return Report(
        title="What this program decides and why: a long report for measuring exports",
        topic="How are the parts of the program made, and what was measured?",
        summary=some(6),
        sections=tuple(made),
        references=tuple(
            Reference(
                n, "document", f"Document {n} of the handbook", f"https://example.org/handbook/{n}", 1, "2026-11-01"
            )
            for n in range(1, REFERENCES + 1)
        ),
        conflicts=tuple(Conflict(f"Figure {n}", (Side("12", some(1)[0]), Side("14", some(1)[0]))) for n in range(8)),
        gaps=tuple(Gap(f"Question {n}?", ("one query", "another query"), "no source tells") for n in range(5)),
        notes=("No language model was used.",),
        score=Score(8.1, 0.97, 0.9, 0.9, 0.8, 0.7, 0.95),
        date="2026-11-26",
        written_by="bench/exports.py",
    )


def measure(report: Report, rounds: int, folder: Path) -> dict[str, dict[str, Any]]:
    """Seconds and bytes by format; the files stay in `folder`."""
    found: dict[str, dict[str, Any]] = {}
    for name in loading.names(PACKAGE):
        times, work, made = [], [], set()
        for _ in range(rounds):
            began, worked = time.perf_counter(), time.process_time()
            renderer = loading.load(PACKAGE, name).build()
            data = renderer.render(report)
            times.append(time.perf_counter() - began)
            work.append(time.process_time() - worked)
            made.add(data)
        if len(made) > 1:
            raise SystemExit(f"{name}: the same report gave different bytes")
        (folder / file_name(report, renderer.suffix)).write_bytes(data)
        found[name] = {
            "seconds": round(min(times), 3),
            "worst_seconds": round(max(times), 3),
            "processor_seconds": round(min(work), 3),
            "bytes": len(data),
        }
    pages = len(pypdfium2.PdfDocument((folder / file_name(report, ".pdf")).read_bytes()))
    return {name: {"pages": pages, **one} for name, one in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", type=int, default=11)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files stay; a temporary folder if not given")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(long_report(options.sections), options.rounds, folder)
    head = ["format", "pages", "seconds", "worst", "of processor", "bytes"]
    rows = [
        [name, one["pages"], one["seconds"], one["worst_seconds"], one["processor_seconds"], f"{one['bytes']:,}"]
        for name, one in found.items()
    ]
    print_report("Exports of a long report", head, rows, found, options.json)


if __name__ == "__main__":
    main()
