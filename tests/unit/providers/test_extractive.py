"""The extractive engine answers only with checked sentences of its passages."""

from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.messages import Event, Finished, Message, Text, TextDelta
from answerable.core.research_tasks import Critique, Draft, Outline, PlanQuestions, Revise, WriteSection
from answerable.core.sentences import SentenceStream
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Task
from answerable.knowledge.cite import Verifier
from answerable.providers.extractive import Config, build
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library

_TEXT = "The remote needs\ntwo AA batteries. The screen is bright. To reset:\n1. Press Home now.\n2. Hold Back firmly."
_PASSAGE = Passage(
    ChunkId(1), DocumentId("d"), VersionId(1), CollectionName("c"), "a.md", "Manual", _TEXT, 0, len(_TEXT)
)


async def _run(task: Task) -> tuple[str, list[Event]]:
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    await build(Config(), HashEmbedder()).run(task, emit)
    return "".join(event.text for event in events if isinstance(event, TextDelta)), events


async def test_every_sentence_of_an_answer_passes_the_verifier() -> None:
    text, events = await _run(Answer("Which batteries does the remote need, and how do I press Home?", (_PASSAGE,)))
    stream = SentenceStream()
    pieces = stream.feed(text) + stream.flush()
    assert "The remote needs two AA batteries [1]." in text
    assert all(Verifier(HashEmbedder()).check(piece, [_PASSAGE]).supported for piece in pieces), pieces
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.usage.completion_tokens > 0
    assert not last.usage.estimated


async def test_a_step_brings_the_steps_after_it() -> None:
    text, _ = await _run(Answer("press home", (_PASSAGE,)))
    assert "Hold Back firmly" in text


async def test_without_passages_it_says_what_it_is() -> None:
    text, _ = await _run(Chat((Message("user", (Text("hello"),)),)))
    assert "extractive engine" in text


async def test_a_follow_up_takes_the_words_of_the_last_question() -> None:
    history = (Message("user", (Text("How do I install Excel on Windows?"),)),)
    text, _ = await _run(RewriteQuery("what about Mac?", history))
    assert "Excel" in text
    alone = "How do I pair the remote control with a soundbar?"
    assert (await _run(RewriteQuery(alone, history)))[0] == alone


async def test_a_judge_sees_the_opposite() -> None:
    task = Judge("Aspirin increases blood pressure", "Aspirin decreases blood pressure.")
    assert task.parse((await _run(task))[0]).verdict == "contradicted"


async def test_a_report_is_made_of_five_tasks_and_its_sentences_pass_the_verifier() -> None:
    embedder = HashEmbedder()
    engine = build(Config(), embedder)

    async def ask(task: Task) -> str:
        pieces: list[str] = []

        async def emit(event: Event) -> None:
            pieces.append(event.text if isinstance(event, TextDelta) else "")

        await engine.run(task, emit)
        return "".join(pieces)

    planned = PlanQuestions(TOPIC, 4, library())
    questions = planned.parse(await ask(planned))
    outline = Outline(TOPIC, questions, library())
    plan = outline.parse(await ask(outline))
    drafts, verifier = [], Verifier(embedder)
    for number, part in enumerate(plan.sections, start=1):
        passages = tuple(library()[at - 1] for at in part.sources)
        section = WriteSection(TOPIC, part.heading, part.question, passages)
        stream = SentenceStream()
        sentences = tuple(one.strip() for one in stream.feed(section.parse(await ask(section))) + stream.flush())
        assert all(verifier.check(one, passages).supported for one in sentences), sentences
        drafts.append(Draft(f"s{number}", part.heading, sentences))
    critique = Critique(TOPIC, questions, tuple(drafts), (("support", 1.0),))
    assert critique.parse(await ask(critique)).score > 5
    revision = Revise(TOPIC, drafts[0], (), library())
    revised = revision.parse(await ask(revision))
    assert all(one in revised for one in drafts[0].sentences)
