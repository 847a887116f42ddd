"""`ask` and `search`: a cited answer, or ranked passages, as text for people or JSON for machines."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from answerable.api.openai_wire import answer_json, marked, passage_json
from answerable.cli.running import out, print_json, run, settings_for
from answerable.core.documents import Citation
from answerable.core.errors import InvalidRequest
from answerable.core.filters import Filter, parse_filter
from answerable.core.messages import Abstained, Event, Explained, Message, Retrieved, Sentence, Text, TextDelta
from answerable.core.moments import parse_moment
from answerable.core.tasks import Chat
from answerable.flows import search as search_flow
from answerable.flows.chat import Turn, chat
from answerable.flows.collections import choose_collection
from answerable.flows.platform import Platform
from answerable.knowledge.retriever import Mode

_HIGH, _FAIR = 0.8, 0.6


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked for and where; the texts are as a person typed them."""

    text: str
    collection: str | None
    where: tuple[str, ...]
    as_of: str | None
    explain: bool

    @property
    def filter(self) -> Filter | None:
        """The filters as one. Raises InvalidRequest."""
        return parse_filter(list(self.where)) if self.where else None


def ask(looking: Looking, model: str | None, data: Path | None, as_json: bool) -> None:
    """Print the answer as it is checked, then its sources."""
    events: list[Event] = []

    async def show(event: Event) -> None:
        events.append(event)
        if not as_json:
            _print_event(event)

    async def work(p: Platform) -> None:
        if not looking.text.strip():
            raise InvalidRequest("the question is empty", param="question")
        message = Message("user", (Text(looking.text),))
        collection = looking.collection or await choose_collection(p)
        moment = parse_moment(looking.as_of) if looking.as_of else None
        turn = Turn(Chat((message,)), model, collection, moment, looking.filter, looking.explain)
        await chat(turn, show, p)

    run(settings_for(data), work)
    if as_json:
        text = "".join(marked(e) if isinstance(e, Sentence) else "" for e in events).strip()
        refusal = next((e.message for e in events if isinstance(e, Abstained)), "")
        print_json({"answer": text or refusal, **answer_json(events)})
    else:
        _print_sources(events)


def _print_event(event: Event) -> None:
    match event:
        case Sentence():
            out.print(escape(marked(event)), end="")
        case TextDelta(text):
            out.print(escape(text), end="")
        case Abstained(message, searched, closest):
            out.print(message)
            out.print(f"[dim]searched: {', '.join(searched)}[/dim]")
            for passage in closest:
                out.print(f"[dim]closest: {escape(passage.title)} ({escape(passage.source)})[/dim]")


def _print_sources(events: list[Event]) -> None:
    citations: dict[int, Citation] = {}
    for event in events:
        if isinstance(event, Sentence):
            citations |= {c.number: c for c in event.citations if c.number not in citations}
    if citations:
        out.print("\n")
        for number, citation in sorted(citations.items()):
            place = f", page {citation.page}" if citation.page else ""
            path = " > ".join(citation.heading_path)
            out.print(
                f"[cyan]\\[{number}][/cyan] {escape(citation.title)}{place}"
                + (f" [dim]{escape(path)}[/dim]" if path else "")
            )
            out.print(f"    [dim]{escape(citation.source)}[/dim]", soft_wrap=True)
    confidence = next((e.confidence for e in events if isinstance(e, Retrieved)), None)
    if citations and confidence is not None:
        word = "high" if confidence >= _HIGH else "fair" if confidence >= _FAIR else "low"
        out.print(f"\n[dim]confidence: {word} ({confidence:.2f})[/dim]")
    for event in events:
        if isinstance(event, Explained):
            print_trace(dict(event.trace))


def search(looking: Looking, k: int, mode: Mode, data: Path | None, as_json: bool) -> None:
    """Print ranked passages."""

    async def work(p: Platform) -> tuple[Any, Any]:
        collection = looking.collection or await choose_collection(p)
        moment = parse_moment(looking.as_of) if looking.as_of else None
        wanted = search_flow.Search(collection, looking.text, k, mode, looking.filter, moment)
        return await search_flow.search(wanted, p)

    passages, trace = run(settings_for(data), work)
    if as_json:
        found: dict[str, Any] = {"data": [passage_json(passage) for passage in passages]}
        print_json(found | ({"trace": trace.as_json()} if looking.explain else {}))
        return
    for rank, passage in enumerate(passages, 1):
        place = f", page {passage.page}" if passage.page else ""
        out.print(f"[cyan]{rank:2}[/cyan] [bold]{escape(passage.title)}[/bold]{place}  [dim]{passage.score:.3f}[/dim]")
        out.print(f"   {escape(' '.join(passage.text.split())[:220])}")
        out.print(f"   [dim]{escape(passage.source)}[/dim]", soft_wrap=True)
    if not passages:
        out.print("nothing found")
    if looking.explain:
        print_trace(trace.as_json())


def print_trace(trace: dict[str, Any]) -> None:
    """The trace as tables: what was done and how long it took, both rankings beside the fused one, what was dropped."""
    out.print(f"\n[bold]how this came about[/bold]  [dim]{trace.get('ms', 0)} ms[/dim]")
    for name in ("rewritten", "collection", "filter", "as_of", "model"):
        if trace.get(name):
            out.print(f"  {name}: {escape(str(trace[name]))}")
    steps = Table("step", "ms", "detail", box=None, padding=(0, 2))
    for step in trace.get("steps", []):
        steps.add_row(step["name"], f"{step['ms']:.1f}", escape(str(step.get("detail", "") or "")))
    out.print(steps)
    _print_ranking(trace)
    confidence = trace.get("confidence")
    if confidence:
        features = ", ".join(f"{key} {value:.2f}" for key, value in confidence.get("features", {}).items())
        out.print(
            f"  confidence {confidence['value']:.2f} (threshold {confidence['threshold']:.2f}): [dim]{features}[/dim]"
        )
    for kind in ("dropped", "dropped_sentences"):
        for item in trace.get(kind, []):
            what = item.get("text") or f"chunk {item.get('chunk_id')}"
            out.print(f"  [dim]{kind.replace('_', ' ')}: {escape(str(what))}: {escape(item['reason'])}[/dim]")


def _print_ranking(trace: dict[str, Any]) -> None:
    table = Table("fused", "keyword", "vector", "score", "title", box=None, padding=(0, 2))
    for row in trace.get("fused", [])[:10]:
        ranks = (str(row.get(name) or "-") for name in ("keyword_rank", "vector_rank"))
        table.add_row(str(row["rank"]), *ranks, f"{row['score']:.3f}", escape(str(row.get("title", ""))[:50]))
    out.print(table)
