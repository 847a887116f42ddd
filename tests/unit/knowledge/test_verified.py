"""A model's text becomes checked sentences that keep their form; everything else is recorded with its reason."""

import pytest

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.messages import Collected, Dropped, Event, Finished, Live, Sentence, TextDelta
from answerable.core.usage import Usage
from answerable.knowledge.cite import Verifier
from answerable.knowledge.trace import Trace
from answerable.knowledge.verified import VerifiedAnswer
from tests.support.embedding import HashEmbedder

_TEXT = (
    "The Basic plan costs 4 euros. The Team plan costs 12 euros.\n\n"
    "1. Open the menu.\n2. Select Network.\n3. Press Reset.\n4. Wait for the light.\n\n"
    "answerable add manual.pdf\nanswerable serve\n\nThe plan can be changed later."
)
_PASSAGE = Passage(
    ChunkId(1), DocumentId("d"), VersionId(1), CollectionName("c"), "a.md", "Plans", _TEXT, 0, len(_TEXT)
)


async def _receive(said: str, *, most: int | None = None) -> tuple[str, list[Event], Trace]:
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    trace = Trace("Which plans are there and what do they cost?")
    answer = VerifiedAnswer(Verifier(HashEmbedder()), [_PASSAGE], Live(emit), trace, most)
    for at in range(0, len(said), 5):
        await answer(TextDelta(said[at : at + 5]))
    await answer(Finished("stop", Usage()))
    return "".join(event.text for event in events if isinstance(event, Sentence)), events, trace


def _dropped(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.text, event.reason) for event in events if isinstance(event, Dropped)]


async def test_a_table_keeps_its_head_and_loses_the_row_that_is_wrong() -> None:
    shown, events, _ = await _receive(
        "| Plan | Costs |\n|---|---|\n| Basic plan | 4 euros [1] |\n| Team plan | 99 euros [1] |\n"
    )
    assert shown == "| Plan | Costs |\n|---|---|\n| Basic plan | 4 euros |"
    assert [reason for _, reason in _dropped(events)] == ["number"]


async def test_a_lead_in_waits_for_what_it_leads_to() -> None:
    steps = "1. Open the menu [1].\n2. Select Network [1].\n"
    shown, _, _ = await _receive(f"Follow these steps:\n\n{steps}")
    assert shown == "Follow these steps:\n\n1. Open the menu.\n2. Select Network."
    shown, events, trace = await _receive("Follow these steps:\n\n1. Buy a rocket [1].\n")
    assert shown == ""
    assert ("Follow these steps:", "frame") in _dropped(events)
    assert len(trace.sections["dropped_sentences"]) == 2


async def test_a_lead_in_that_names_what_no_passage_knows_is_no_lead_in() -> None:
    shown, _, _ = await _receive("Here are the steps by Velmora:\n\n1. Open the menu [1].\n")
    assert "Velmora" not in shown


async def test_a_code_block_is_shown_as_it_is() -> None:
    shown, events, _ = await _receive("Run this:\n\n```bash\nanswerable add manual.pdf\nanswerable serve\n``` [1]\n")
    assert shown == "Run this:\n\n```bash\nanswerable add manual.pdf\nanswerable serve\n```"
    assert _dropped(events) == []


async def test_prose_ends_at_its_most_sentences_and_steps_count_once() -> None:
    prose = "The Basic plan costs 4 euros [1]. The Team plan costs 12 euros [1]. The plan can be changed later [1]."
    shown, events, _ = await _receive(prose, most=2)
    assert shown == "The Basic plan costs 4 euros. The Team plan costs 12 euros."
    assert [reason for _, reason in _dropped(events)] == ["too_long"]
    steps = "1. Open the menu.\n2. Select Network.\n3. Press Reset.\n4. Wait for the light.\n"
    shown, _, _ = await _receive(steps, most=2)
    assert shown.count("\n") == 3


async def test_a_paragraph_that_is_dropped_leaves_its_line_break() -> None:
    shown, _, _ = await _receive("The Basic plan costs 4 euros [1].\n\nIt costs 7. The Team plan costs 12 euros [1].")
    assert shown == "The Basic plan costs 4 euros.\n\nThe Team plan costs 12 euros."


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("The Basic plan costs 5 euros [1].", "number"),
        ("The Velmora plan costs 4 euros [1].", "name"),
        ("The plan cannot be changed later [1].", "negation"),
        ("The moon is made of cheese [1].", "unsupported"),
        ("I don't have enough information to answer this.", "refusal"),
    ],
)
async def test_what_is_dropped_is_recorded_with_its_reason(said: str, reason: str) -> None:
    _, events, trace = await _receive(said)
    assert [kind for _, kind in _dropped(events)] == [reason]
    (record,) = trace.sections["dropped_sentences"]
    assert record["reason"] == reason
    assert record["detail"]


async def test_a_moved_citation_is_recorded() -> None:
    _, events, trace = await _receive("The Basic plan costs 4 euros [7].")
    assert [c.number for event in events if isinstance(event, Sentence) for c in event.citations] == [1]
    assert trace.sections["sentences"][0]["moved_from"] == [7]


async def test_what_stands_inside_an_item_does_not_count() -> None:
    items = "- Open the menu. Select Network.\n- Press Reset. Wait for the light.\n- The plan can be changed later.\n"
    shown, events, _ = await _receive(items, most=2)
    assert shown.count(".") == 4
    assert [reason for _, reason in _dropped(events)] == ["too_long"]


async def test_what_nobody_has_seen_is_forgotten_for_the_next_route() -> None:
    sink, trace = Collected(), Trace("Which plans are there?")
    answer = VerifiedAnswer(Verifier(HashEmbedder()), [_PASSAGE], sink, trace)
    await answer(TextDelta("Unicorns are purple [1]. Half a sen"))
    assert not answer.seen
    answer.rewind()
    await answer(Finished("stop", Usage(1, 2), "second"))
    assert (answer.sentences, trace.sections, answer.usage, answer.model) == ([], {}, Usage(1, 2), "second")
