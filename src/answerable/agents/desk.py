"""What an agent is given: models to ask, sources to look in, a place for what it makes, a record of what it decides.

Whatever leaves the run is asked for here, and recorded by the hash of what was asked: a run that goes on after a crash
reads what it got and asks nothing twice, and a replay asks nobody at all.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from answerable.agents import asking
from answerable.agents.asking import Replayed
from answerable.agents.budget import Purse
from answerable.agents.evidence import Evidence, Relevance, documents_of, from_body, to_body
from answerable.agents.hashing import hash_of
from answerable.agents.parting import parted
from answerable.agents.services import Searched, Services
from answerable.agents.sources.base.source import Text, Wanted
from answerable.agents.state import Settings
from answerable.core.documents import Chunk, ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.errors import BudgetSpent, NotFound
from answerable.core.tasks import AgentTask
from answerable.storage import documents, research
from answerable.storage.research import CallRow, EventRow, PageRow

T = TypeVar("T")

_OF_ONE_TEXT = 4
"""Passages of one article or page that answer a question: the best ones, by meaning and words."""
_OF_THE_RECORD = ("searched", "left_out", "fitted")
"""Events of what a replay does not do again."""
_LEAST_FIT = 0.12
"""What fits a question less than this is not about it at all, whatever a search engine says."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """Sources that failed with why, each once; why the engine did a step in a model's stead, each time; the addresses
    whose words were left out because they give orders; passages that found no room in requests of so many tokens.
    """

    failed: tuple[tuple[str, str], ...]
    fallbacks: tuple[str, ...]
    left_out: tuple[str, ...]
    no_room: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Desk:
    """The desk of one run. `agent` is who sits at it now."""

    run: str
    topic: str
    settings: Settings
    services: Services
    purse: Purse
    wanted: Wanted
    day: str = ""
    """When it was begun, for the report: ISO 8601."""
    agent: str = ""
    recorded: Mapping[str, CallRow] = field(default_factory=dict)
    """Calls of the run that this one replays: then nobody else is asked."""
    _relevance: Relevance | None = None

    def as_(self, agent: str) -> "Desk":
        """The same desk for another agent."""
        return replace(self, agent=agent, _relevance=self.relevance)

    @property
    def relevance(self) -> Relevance:
        """Measures how passages fit questions; remembers what it read."""
        if self._relevance is None:
            self._relevance = Relevance(self.services.embedder)
        return self._relevance

    @property
    def model(self) -> str:
        """The model that this run asks."""
        return self.settings.model or self.services.default_model

    @property
    def only_engine(self) -> bool:
        """Whether no language model takes part."""
        return self.model == self.services.engine

    # --- models -------------------------------------------------------------------------------------------------------

    async def ask(self, task: AgentTask, parse: Callable[[str], T]) -> T:
        """What a model makes of a task, else the engine; see `asking.ask`, which raises what this raises."""
        return await asking.ask(self, task, parse)

    async def in_time(self, work: Awaitable[T]) -> T:
        """What is done within the seconds that are left. Raises BudgetSpent."""
        seconds, limit = self.settings.budget.seconds, asyncio.timeout(max(self.purse.left_s, 0.001))
        try:
            async with limit:
                return await work
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise BudgetSpent(f"the budget of {seconds:,g} seconds is spent", "seconds") from error

    async def known(self, key: str) -> CallRow | None:
        """What was got for what has this hash."""
        if key in self.recorded:
            return self.recorded[key]
        async with self.services.database.read() as connection:
            return await research.find_call(connection, self.run, key)

    async def was_cut(self, key: str) -> bool:
        """Whether the reply to what has this hash was ended by its length."""
        async with self.services.database.read() as connection:
            asked = await research.list_events(connection, self.run, limit=100_000, kind="asked")
        return any(one.data["input"] == key and one.data.get("ended_by_length") for one in asked)

    async def keep(self, row: CallRow, told: Sequence[EventRow] = ()) -> bool:
        """Record a call, what it took, and what is to be told of it, in one; whether it is new. Where somebody asked
        the same at the same time theirs stands, and what this one took counts under a name of its own.
        """
        kept = replace(row, at=self.services.now_us())

        async def work(connection: Any) -> bool:
            if await research.put_call(connection, kept):
                if told:
                    await research.add_events(connection, told)
                return True
            if kept.tokens:
                spent = replace(kept, key=hash_of("spent", kept.request_id), kind="spent")
                await research.put_call(connection, spent)
            return False

        return await self.services.database.write(work)

    # --- sources ------------------------------------------------------------------------------------------------------

    async def find(self, query: str, k: int, sources: Sequence[str] = (), *, quick: bool = False) -> list[Evidence]:
        """What the sources of this run (or some of them) have on a question, best first, each piece kept as evidence;
        a `quick` look is not reranked. Sources that fail are recorded and left out. Raises StorageDown;
        NotFound for a collection that is not there.
        """
        names = tuple(sources) or self.settings.sources
        key = hash_of("find", repr((names, query, k, self.wanted.collections, self.wanted.addresses, quick)))
        if found := await self.known(key):
            return await self.evidence(json.loads(found.output)["evidence"])
        if self.recorded:
            raise Replayed(f"the run that is replayed never looked for this: {query}")
        began = time.perf_counter()
        wanted = Wanted(query, k, self.wanted.caller, self.wanted.collections, self.wanted.addresses, quick)
        searched = await self.in_time(self.services.search(names, wanted))
        found_here = await self._kept(query, k, searched)
        ms = int((time.perf_counter() - began) * 1e3)
        output = json.dumps(
            {"evidence": [one.id for one in found_here], "failed": [list(one) for one in searched.failed]}
        )
        told = self.event(
            "searched",
            query,
            input=key,
            evidence=[one.id for one in found_here],
            documents=documents_of(found_here),
            ms=ms,
            sources=list(names),
            failed=[list(one) for one in searched.failed],
        )
        is_new = await self.keep(CallRow(self.run, key, "search", "", "", 0, 0, ms, 0, output), [told])
        return found_here if is_new else await self.find(query, k, sources, quick=quick)

    async def _kept(self, query: str, k: int, searched: Searched) -> list[Evidence]:
        """The pieces that fit the question, stored."""
        pieces = [Evidence("", passage, kind, query, _day(passage)) for kind, passage in searched.passages]
        for text in searched.texts:
            page = await self._store(text)
            chunks = await asyncio.to_thread(self.services.cut, text)
            passages = await self._harmless([_of_page(page, chunk) for chunk in chunks])
            fits = await asyncio.to_thread(self.relevance.of, query, passages)
            best = sorted(range(len(passages)), key=lambda at: (-fits[at], at))[:_OF_ONE_TEXT]
            pieces += [
                Evidence("", passages[at], text.kind, query, text.date, text.authors, text.licence) for at in best
            ]
        fits = await asyncio.to_thread(self.relevance.of, query, [one.passage for one in pieces])
        order = sorted(range(len(pieces)), key=lambda at: (-fits[at], at))
        good = [pieces[at] for at in order if fits[at] >= _LEAST_FIT][: max(k, 1)]
        bodies = [to_body(one) for one in good]
        ids = await self.put_all("evidence", bodies)
        # as it reads back: a task that is made again after a crash must be the same to the letter
        return [from_body(id_, body) for id_, body in zip(ids, bodies, strict=True)]

    async def _harmless(self, passages: Sequence[Passage]) -> list[Passage]:
        """Of a stranger's text the passages that give no orders: whoever writes to machines is no source."""
        orders = await asyncio.to_thread(self.services.gives_orders, passages)
        kept = [one for one, bad in zip(passages, orders, strict=True) if not bad]
        if len(kept) < len(passages):
            left = len(passages) - len(kept)
            await self.note("left_out", f"{passages[0].source} gives orders to its reader", passages=left)
        return kept

    async def _store(self, text: Text) -> PageRow:
        id_ = hash_of("page", text.address, text.title, text.text)
        row = PageRow(
            self.run,
            id_,
            text.kind,
            text.title,
            text.address,
            text.date[:20],
            text.authors,
            text.licence,
            self.services.now_us(),
            text.text,
        )
        await self.services.database.write(lambda connection: research.put_pages(connection, [row]))
        return row

    async def by_heading(self, found: Sequence[Evidence]) -> list[Evidence]:
        """What was found, each piece parted where a heading stands; the parts are kept as evidence too. Raises
        StorageDown.
        """
        key = hash_of("parts", repr([one.id for one in found]))
        if kept := await self.known(key):
            return await self.evidence(json.loads(kept.output)["evidence"])
        versions = {one.passage.version_id for one in found if one.passage.version_id}
        async with self.services.database.read() as connection:
            blocks = {version: await documents.find_blocks(connection, version) for version in sorted(versions)}
        parts = [
            replace(one, id="", passage=part)
            for one in found
            for part in parted(one.passage, blocks.get(one.passage.version_id, ()))
        ]
        ids = list(dict.fromkeys(await self.put_all("evidence", [to_body(one) for one in parts])))
        await self.keep(CallRow(self.run, key, "parts", "", "", 0, 0, 0, 0, json.dumps({"evidence": ids})))
        return await self.evidence(ids)

    async def evidence(self, ids: Sequence[str]) -> list[Evidence]:
        """Evidence by its ids, in their order."""
        bodies = await self.get_all(ids)
        return [from_body(id_, body) for id_, body in zip(ids, bodies, strict=True)]

    async def text_of(self, document_id: str, version_id: int) -> str | None:
        """The stored text that a span points into, as it is now; None where it is gone."""
        async with self.services.database.read() as connection:
            if version_id:
                found = await documents.find_text(connection, VersionId(version_id))
                return found[0] if found else None
            page = await research.find_page(connection, self.run, document_id.removeprefix("page_"))
            return page.text if page else None

    # --- what is made, and why ----------------------------------------------------------------------------------------

    async def put(self, kind: str, value: Any) -> str:
        """Keep something as JSON; the id that finds it again."""
        return (await self.put_all(kind, [value]))[0]

    async def put_all(self, kind: str, values: Sequence[Any]) -> list[str]:
        """Keep several in one write."""
        bodies = [json.dumps(value, sort_keys=True, ensure_ascii=False) for value in values]
        ids = [hash_of(kind, body) for body in bodies]

        async def work(connection: Any) -> None:
            for id_, body in zip(ids, bodies, strict=True):
                await research.put_artifact(connection, self.run, id_, kind, body)

        if ids:
            await self.services.database.write(work)
        return ids

    async def get(self, id_: str) -> Any:
        """What was kept under an id. Raises NotFound."""
        return (await self.get_all([id_]))[0]

    async def get_all(self, ids: Sequence[str]) -> list[Any]:
        """The same for several, in their order. Raises NotFound."""
        async with self.services.database.read() as connection:
            found = await research.find_artifacts(connection, self.run, set(ids))
        if missing := [id_ for id_ in ids if id_ not in found]:
            raise NotFound(f"the run has no artifact '{missing[0]}'", param="artifact")
        return [json.loads(found[id_]) for id_ in ids]

    def event(self, kind: str, text: str, **data: Any) -> EventRow:
        """Something that happens now; it gets its number when it is stored."""
        return EventRow(self.run, 0, self.services.now_us(), self.agent, kind, text, data)

    async def note(self, kind: str, text: str, **data: Any) -> None:
        """Append to the record of the run, which is also what is shown of its progress."""
        row = self.event(kind, text, **data)
        await self.services.database.write(lambda connection: research.add_events(connection, [row]))

    async def note_once(self, kind: str, text: str, *, input: str, **data: Any) -> None:  # noqa: A002 - as events have it
        """The same of what was done for a hash: a step that is done again, as its end was not kept, adds nothing."""
        row = self.event(kind, text, input=input, **data)
        await self.services.database.write(lambda connection: research.add_event_once(connection, row, "input"))

    async def troubles(self) -> Troubles:
        """What went wrong on the way, from the record; in a replay, what went wrong with sources and models then."""
        async with self.services.database.read() as connection:
            events = await research.list_events(connection, self.run, limit=100_000)
            if self.settings.replay_of:
                recorded = await research.list_events(connection, self.settings.replay_of, limit=100_000)
                events = [*(one for one in recorded if one.kind in _OF_THE_RECORD), *events]
        failed = [tuple(one) for event in events if event.kind == "searched" for one in event.data["failed"]]
        return Troubles(
            tuple((name, why) for name, why in dict(failed).items()),
            tuple(str(event.data["why"]) for event in events if event.kind == "fallback"),
            tuple(dict.fromkeys(event.text.partition(" ")[0] for event in events if event.kind == "left_out")),
            tuple((event.data["passages"], event.data["room"]) for event in events if event.kind == "fitted"),
        )


def _day(passage: Passage) -> str:
    return passage.valid_from.date().isoformat() if passage.valid_from else ""


def _of_page(page: PageRow, chunk: Chunk) -> Passage:
    return Passage(
        chunk_id=ChunkId(0),
        document_id=DocumentId(f"page_{page.id}"),
        version_id=VersionId(0),
        collection=CollectionName(""),
        source=page.address,
        title=page.title,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        header=chunk.header,
        heading_path=chunk.heading_path,
        page=chunk.page,
    )
