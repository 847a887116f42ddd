"""`ask` and `search`: a cited answer, or ranked passages, as text for people or JSON for machines."""

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape

from answerable.api.own_field import answer_json, marked, passage_json
from answerable.cli.explaining import print_trace
from answerable.cli.layout import WIDEST, Flowing, place, shortened
from answerable.cli.running import out, print_json, run, settings_for
from answerable.core.documents import Citation, Passage
from answerable.core.errors import InvalidRequest
from answerable.core.filters import Filter, parse_filter
from answerable.core.messages import Abstained, Event, Explained, Live, Message, Retrieved, Sentence, Text, TextDelta
from answerable.core.moments import parse_moment
from answerable.core.tasks import Chat
from answerable.flows import search as search_flow
from answerable.flows.chat import chat
from answerable.flows.collections import choose_collection
from answerable.flows.platform import Platform
from answerable.flows.turns import Turn
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
    text = Flowing(out)

    async def show(event: Event) -> None:
        events.append(event)
        if not as_json:
            _print_event(event, text)

    async def work(p: Platform) -> None:
        if not looking.text.strip():
            raise InvalidRequest("the question is empty", param="question")
        message = Message("user", (Text(looking.text),))
        collection = looking.collection or await choose_collection(p)
        moment = parse_moment(looking.as_of) if looking.as_of else None
        turn = Turn(Chat((message,)), model, collection, moment, looking.filter, looking.explain)
        try:
            await chat(turn, Live(show), p)
        finally:
            text.end()

    run(settings_for(data), work)
    if as_json:
        said = "".join(marked(e) if isinstance(e, Sentence) else "" for e in events).strip()
        refusal = next((e.message for e in events if isinstance(e, Abstained)), "")
        print_json({"answer": said or refusal, **answer_json(events)})
    else:
        _print_sources(events)


def _print_event(event: Event, text: Flowing) -> None:
    match event:
        case Sentence():
            text.write(marked(event))
        case TextDelta(delta):
            text.write(delta)
        case Abstained(message, searched, closest):
            text.write(message)
            text.end()
            out.print(f"\n[dim]searched: {', '.join(searched)}[/dim]")
            for passage in closest:
                where = place(passage.page, passage.heading_path, passage.title, out.width - len(passage.title) - 12)
                out.print(f"[dim]closest: {escape(passage.title + (f' ({where})' if where else ''))}[/dim]")


def _print_sources(events: list[Event]) -> None:
    citations: dict[int, Citation] = {}
    for event in events:
        if isinstance(event, Sentence):
            citations |= {c.number: c for c in event.citations if c.number not in citations}
    if citations:
        out.print()
    for number, citation in sorted(citations.items()):
        where = place(citation.page, citation.heading_path, citation.title, out.width - len(citation.title) - 7)
        detail = f"  [dim]{escape(where)}[/dim]" if where else ""
        out.print(f"[cyan]\\[{number}][/cyan] {escape(citation.title)}{detail}", soft_wrap=True)
        out.print(f"    [dim]{escape(citation.source)}[/dim]", soft_wrap=True)
    confidence = next((e.confidence for e in events if isinstance(e, Retrieved)), None)
    if citations and confidence is not None:
        word = "high" if confidence >= _HIGH else "fair" if confidence >= _FAIR else "low"
        out.print(f"\n[dim]confidence: {word} ({confidence:.2f})[/dim]")
    for event in events:
        if isinstance(event, Explained):
            print_trace(event.trace)


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
        _print_hit(rank, passage)
    if not passages:
        out.print("nothing found")
    if looking.explain:
        print_trace(trace.as_json())


def _print_hit(rank: int, passage: Passage) -> None:
    where = place(passage.page, passage.heading_path, passage.title, out.width - len(passage.title) - 7)
    detail = f"  [dim]{escape(where)}[/dim]" if where else ""
    out.print(f"[cyan]{rank:2}[/cyan]  [bold]{escape(passage.title)}[/bold]{detail}", soft_wrap=True)
    width = min(out.width, WIDEST) - 4
    text = passage.text.removeprefix(passage.heading_path[-1] if passage.heading_path else "")
    for line in textwrap.wrap(shortened(text, 2 * width - 20), width, break_on_hyphens=False):
        out.print(f"    {escape(line)}", soft_wrap=True)
    out.print(f"    [dim]{escape(passage.source)}  {passage.score:.3f}[/dim]\n", soft_wrap=True)
