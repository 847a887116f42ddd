"""Reading research: where a sentence comes from, the passage behind a number, the report as a file, which sources there
are. Nothing here changes a run.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answerable.agents.drafts import sentences_of
from answerable.agents.evidence import Evidence, documents_of, from_body
from answerable.agents.state import read_settings
from answerable.core.errors import AnswerableError, InvalidRequest, NotFound
from answerable.core.identity import Principal
from answerable.core.report import Report, Sentence, Span
from answerable.core.report_json import report_from_json
from answerable.flows.collections import read_document
from answerable.flows.platform import Platform
from answerable.storage import research
from answerable.storage.research import CallRow, EventRow, RunRow

SUMMARY: Final = "summary"
"""The id by which `why` knows the main findings, which stand before the sections."""

_ALL = 100_000
_AROUND = 4_000
"""Characters of the stored text that are shown on each side of a passage."""
_MARK = re.compile(r"\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
_WRITING = {"WriteSection": "writer", "Revise": "editor"}


@dataclass(frozen=True, slots=True)
class SourceView:
    """Where research can look. `network`: it asks somebody else. `missing` says what must be set first, or is empty."""

    name: str
    network: bool
    missing: str


@dataclass(frozen=True, slots=True)
class Context:
    """The stored text around a passage: characters [start, start + len(text)) of it; `length` is that of all of it."""

    text: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A piece of evidence. `context` is None where the stored text is gone, or may no longer be read.

    `found_by` are the searches that gave it, oldest first.
    """

    evidence: Evidence
    context: Context | None
    found_by: Sequence[EventRow]


@dataclass(frozen=True, slots=True)
class Step:
    """A place that a sentence leans on, and how it came into the run."""

    span: Span
    evidence: Evidence
    found_by: Sequence[EventRow]


@dataclass(frozen=True, slots=True)
class Why:
    """The way back from a sentence: the places in stored texts, the searches, the questions; and who wrote it. `agent`
    and `call` are of the first text that a model or the engine gave with this sentence in it; None where no record of
    it is left. `events` are what happened to its section.
    """

    section: str
    number: int
    sentence: Sentence
    steps: Sequence[Step]
    agent: str
    call: CallRow | None
    events: Sequence[EventRow]


# --- sources ----------------------------------------------------------------------------------------------------------


def list_sources(p: Platform) -> list[SourceView]:
    """All that policy allows, ready or not."""
    missing = p.sources.missing
    return [SourceView(name, p.sources.uses_network(name), missing.get(name, "")) for name in p.sources.names]


def check_sources(names: Sequence[str], p: Platform) -> None:
    """Raises InvalidRequest for a source that is none, or that cannot be asked yet."""
    known = {one.name: one for one in list_sources(p)}
    for name in names:
        if name not in known:
            raise InvalidRequest(f"there is no source '{name[:60]}'; sources: {', '.join(known)}", param="sources")
        if missing := known[name].missing:
            raise InvalidRequest(f"the source '{name}' cannot be asked yet: {missing}", param="sources")


# --- the report -------------------------------------------------------------------------------------------------------


async def get_report(row: RunRow, p: Platform) -> Report:
    """The published report, or the one that waits for a person. Raises NotFound while there is none."""
    if row.report is None:
        raise NotFound("the run has no report yet", param="run")
    async with p.database.read() as connection:
        found = await research.find_artifacts(connection, row.id, [row.report])
    return report_from_json(json.loads(found[row.report]))


# --- evidence ---------------------------------------------------------------------------------------------------------


async def get_evidence(row: RunRow, id_: str, who: Principal, p: Platform) -> EvidenceView:
    """A piece of evidence of a run, with the text around it. Raises NotFound."""
    evidence = (await _evidence(row, [id_], p)).get(id_)
    if evidence is None:
        raise NotFound(f"the run has no evidence '{id_[:60]}'", param="evidence")
    found_by = _searches(await _events(row, p), id_)
    return EvidenceView(evidence, await _context(row, evidence, who, p), found_by)


async def documents_by_section(row: RunRow, outline: Mapping[str, Any], p: Platform) -> dict[str, list[dict[str, Any]]]:
    """By section id: the documents that an outline would have it written from, with how many passages of each."""
    sections = outline["sections"]
    found = await _evidence(row, [id_ for one in sections for id_ in one["evidence"]], p)
    return {one["id"]: documents_of(found[id_] for id_ in one["evidence"] if id_ in found) for one in sections}


async def _evidence(row: RunRow, ids: Sequence[str], p: Platform) -> dict[str, Evidence]:
    async with p.database.read() as connection:
        found = await research.find_artifacts(connection, row.id, set(ids), "evidence")
    return {id_: from_body(id_, json.loads(body)) for id_, body in found.items()}


async def _context(row: RunRow, evidence: Evidence, who: Principal, p: Platform) -> Context | None:
    passage = evidence.passage
    if passage.version_id:
        try:
            read = await read_document(passage.collection, passage.document_id, p, passage.version, who)
        except AnswerableError as error:
            if not isinstance(error, NotFound | InvalidRequest):
                raise
            return None
        text = read.text
    else:
        async with p.database.read() as connection:
            page = await research.find_page(connection, row.id, passage.document_id.removeprefix("page_"))
        if page is None:
            return None
        text = page.text
    start, end = max(0, passage.start - _AROUND), min(len(text), passage.end + _AROUND)
    return Context(text[start:end], start, len(text))


async def _events(row: RunRow, p: Platform) -> list[EventRow]:
    """The whole record; a replay's searches are those of the run that was recorded."""
    async with p.database.read() as connection:
        own = await research.list_events(connection, row.id, limit=_ALL)
        if not (recorded := read_settings(row.settings).replay_of):
            return own
        searched = [
            one for one in await research.list_events(connection, recorded, limit=_ALL) if one.kind == "searched"
        ]
    return [*searched, *own]


def _searches(events: Sequence[EventRow], evidence: str) -> list[EventRow]:
    return [one for one in events if one.kind == "searched" and evidence in one.data["evidence"]]


# --- why --------------------------------------------------------------------------------------------------------------


async def why(row: RunRow, section: str, number: int, p: Platform) -> Why:
    """The way back from a sentence of the report: `number` counts the sentences of a section from 1, tables by their
    cells that have sources. Raises NotFound.
    """
    said = list(_sentences(await get_report(row, p), section))
    if not 1 <= number <= len(said):
        raise NotFound(f"there is no sentence {number} in '{section[:20]}', which has {len(said)}", param="sentence")
    sentence = said[number - 1]
    events = await _events(row, p)
    evidence = await _evidence(row, [span.evidence for span in sentence.spans], p)
    steps = [Step(span, evidence[span.evidence], _searches(events, span.evidence)) for span in sentence.spans]
    call = await _written_by(row, sentence.text, p)
    agent = _WRITING[call.kind] if call else ""
    main = section.partition(".")[0]
    about = [one for one in events if _is_about(one, main)]
    return Why(section, number, sentence, steps, agent, call, about)


def _sentences(report: Report, section: str) -> Iterator[Sentence]:
    if section == SUMMARY:
        yield from report.summary
        return
    found = next((one for one in report.sections if one.id == section), None)
    if found is None:
        raise NotFound(f"the report has no section '{section[:20]}'", param="section")
    yield from sentences_of(found)


async def _written_by(row: RunRow, text: str, p: Platform) -> CallRow | None:
    """The first call that gave this sentence; of a replay, in the run that was recorded."""
    async with p.database.read() as connection:
        calls = await research.list_calls(connection, read_settings(row.settings).replay_of or row.id)
    wanted = _bare(text)
    return next((one for one in calls if one.kind in _WRITING and wanted in _bare(one.output)), None)


def _bare(text: str) -> str:
    return " ".join(_MARK.sub("", text).split())


def _is_about(event: EventRow, section: str) -> bool:
    data = event.data
    judged = any(one["section"] == section for one in data.get("issues", ())) if event.kind == "judged" else False
    return judged or (event.kind in ("wrote", "revised") and data.get("section") == section)
