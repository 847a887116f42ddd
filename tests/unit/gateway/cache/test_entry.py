"""Answers survive being stored, and what is no whole answer is not stored."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from answerable.core.documents import ChunkId, Citation, CollectionName, DocumentId, Passage, VersionId
from answerable.core.messages import (
    Abstained,
    CacheHit,
    Event,
    Explained,
    Finished,
    Retrieved,
    Routed,
    Sentence,
    TextDelta,
    ToolCallDelta,
    ToolRan,
)
from answerable.core.usage import Usage
from answerable.gateway.cache.entry import decode, encode, make, merged, refusal, streamed
from tests.support.caching import answer

PASSAGE = Passage(
    ChunkId(1),
    DocumentId("d"),
    VersionId(3),
    CollectionName("manuals"),
    "a.md",
    "A",
    "Hold the button.",
    0,
    16,
    heading_path=("One", "Two"),
    metadata={"tags": ["x"]},
    valid_from=datetime(2026, 1, 2, 3, tzinfo=UTC),
    page_starts=((0, 1), (9, 2)),
)
CITATION = Citation(
    1,
    DocumentId("d"),
    VersionId(3),
    CollectionName("manuals"),
    "a.md",
    "A",
    0,
    16,
    "Hold the button.",
    0.9,
    1,
    ("One",),
)
END = Finished("stop", Usage(12, 7, 3, 2), "small-1", Decimal("0.0021"), "r1")


def stored(*events: Event) -> tuple[Event, ...]:
    entry = decode(encode(make("owner", bytes(32), 10.0, 60, events)))
    assert entry is not None
    return (*entry.events, entry.finished)


def test_a_cited_answer_comes_back_as_it_was() -> None:
    events = (Retrieved((PASSAGE,), 0.8), Sentence("Hold the button.", (CITATION,)))
    assert stored(*events, END)[:2] == events


def test_an_abstention_and_tool_calls_come_back_as_they_were() -> None:
    events = (
        Abstained("No idea.", ("manuals",), (PASSAGE,)),
        ToolCallDelta(0, '{"a":1}', "1", "clock"),
        ToolCallDelta(1, "{}", "2", "clock"),
    )
    assert stored(*events, END)[:3] == events


def test_a_replayed_answer_costs_nothing_and_tells_the_tokens_of_the_first() -> None:
    entry = decode(encode(make("owner", bytes(32), 10.0, 60, [TextDelta("Hi"), END])))
    assert entry is not None
    assert entry.finished == Finished("stop", Usage(12, 7, 3, 2), "small-1", Decimal(0))
    assert entry.saved_usd == Decimal("0.0021")
    assert entry.expires_at == 70.0


def test_traces_and_routes_are_not_kept() -> None:
    kept = stored(Routed("small", "cheap"), Explained({"who": "ann"}), TextDelta("Hi"), END)
    assert [type(event) for event in kept] == [TextDelta, Finished]


def test_runs_of_deltas_become_one() -> None:
    call = [ToolCallDelta(0, "", "1", "clock"), ToolCallDelta(0, "{"), ToolCallDelta(0, "}")]
    found = merged([TextDelta("a"), TextDelta("b"), *call, TextDelta("c")])
    assert found == [TextDelta("ab"), ToolCallDelta(0, "{}", "1", "clock"), TextDelta("c")]


def test_a_long_text_is_replayed_in_pieces_that_break_at_spaces() -> None:
    text = "word " * 200 + "x" * 500
    pieces = [event.text for event in streamed([TextDelta(text)]) if isinstance(event, TextDelta)]
    assert "".join(pieces) == text
    assert len(pieces) > 8
    assert max(map(len, pieces)) <= 160
    assert pieces[0].endswith(" ")


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (answer(), ""),
        (answer(reason="tool_calls"), ""),
        (answer(reason="length"), "length"),
        (answer(reason="content_filter"), "content_filter"),
        (answer()[:-1], "unfinished"),
        ([], "unfinished"),
        ([*answer(), TextDelta("more")], "unfinished"),
        ([*answer(), *answer()], "unfinished"),
        ([Routed("extractive", "last resort", degraded=True), *answer()], "degraded"),
        ([Routed("large", "fallback", fallbacks=1), *answer()], ""),
        ([ToolRan("clock", "{}", "noon", True, 1.0), *answer()], "tools"),
        ([CacheHit("exact", 1.0, 2.0), *answer()], "cached"),
        ([END], "empty"),
    ],
)
def test_only_whole_answers_are_kept(events: list[Event], why: str) -> None:
    assert refusal(events) == why


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"[1,2,3]", b"\xff", b'[99,"o","k",1,2,null,["stop","m",{}],[]]'])
def test_damaged_entries_and_those_of_other_versions_read_as_nothing(raw: bytes) -> None:
    assert decode(raw) is None


def test_an_event_of_an_unknown_kind_reads_as_nothing() -> None:
    raw = encode(make("owner", bytes(32), 10.0, 60, answer()))
    assert decode(raw.replace(b"TextDelta", b"HtmlDelta")) is None
    assert decode(raw.replace(b'"text"', b'"html"')) is None
