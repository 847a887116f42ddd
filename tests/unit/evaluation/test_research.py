"""The measures of a report, on reports of a few sentences whose figures are counted by hand."""

from collections.abc import Sequence
from dataclasses import replace

from answerable.core.report import Conflict, Gap, Paragraph, Reference, Report, Section, Sentence, Side, Span
from answerable.evaluation.judge import Evidence, RuleJudge
from answerable.evaluation.research import Assessed, Stored, Written, assess
from answerable.evaluation.topics import Fact, SeededConflict, Topic
from answerable.evaluation.wording import is_taken_from

TEXTS = {1: "A lamp burns for 1,000 hours. It needs 5 watts.", 2: "A lamp burns for 500 hours.", 3: "Bread is baked."}
STORED = Stored(
    texts=TEXTS,
    documents={"d1": "lamps", "d2": "counter/s", "d3": "bread"},
    sources={"lamps": "d1", "counter/s": "d2", "bread": "d3"},
)
REFERENCES = (Reference(1, "collection", "Lamps", "lamps"), Reference(2, "collection", "Note", "counter/s"))
TOPIC = Topic(
    "t",
    "Lamps",
    (Fact("f1", "Burns 1,000 hours.", (("1,000 hours",),)), Fact("f2", "Needs 5 watts.", (("5 watts", "5 w"),))),
    conflicts=(SeededConflict("s", "lamps", "burns", "not"),),
)


def span(version: int, quote: str, number: int | None = None) -> Span:
    start = TEXTS[version].index(quote)
    return Span(number or version, "e", f"d{version}", version, start, start + len(quote), quote, 1.0)


HOURS = Sentence("A lamp burns for 1,000 hours.", (span(1, "A lamp burns for 1,000 hours."),))
BREAD = Sentence("A lamp is made of bread.", (span(1, "It needs 5 watts."),))


def report(*sentences: Sentence, conflicts: Sequence[Conflict] = (), gaps: Sequence[Gap] = ()) -> Report:
    section = Section("s1", "Lamps", 1, (Paragraph(sentences),) if sentences else ())
    return Report("Lamps", "Lamps", (), (section,), REFERENCES, tuple(conflicts), tuple(gaps))


async def measured(written: Report, topic: Topic = TOPIC) -> Assessed:
    def rule(claim: str, evidence: Sequence[Evidence]) -> bool:
        return any(is_taken_from(claim, one.text) for one in evidence) or is_taken_from(
            claim, " ".join(one.text for one in evidence)
        )

    return await assess(Written(topic, written, 10.0), STORED, RuleJudge(rule))


async def test_half_of_the_facts_and_half_of_the_sentences_are_half() -> None:
    found = await measured(report(HOURS, BREAD))
    assert found.values["fact coverage"] == 0.5
    assert found.missed == ("Needs 5 watts.",)
    assert found.values["citation recall"] == 0.5
    assert found.values["citation precision"] == 0.5
    assert found.unsupported == (BREAD.text,)
    assert found.values["fabricated citations"] == 0.0


async def test_a_synthesis_is_no_fact_and_needs_no_citation() -> None:
    found = await measured(report(HOURS, Sentence("It needs 5 watts.", (), "synthesis")))
    assert found.values["citation recall"] == 1.0
    assert found.values["fact coverage"] == 0.5


async def test_a_citation_that_adds_nothing_costs_precision_and_one_of_two_halves_does_not() -> None:
    both = Sentence("A lamp burns for 1,000 hours. It needs 5 watts.", (*HOURS.spans, span(1, "It needs 5 watts.")))
    assert (await measured(report(both))).values["citation precision"] == 1.0
    idle = replace(HOURS, spans=(*HOURS.spans, span(1, "It needs 5 watts.")))
    found = await measured(report(idle))
    assert found.values["citation recall"] == 1.0
    assert found.values["citation precision"] == 0.5


async def test_what_is_not_there_is_fabricated() -> None:
    good = HOURS.spans[0]
    wrong = [
        replace(good, number=9),
        replace(good, document_id="elsewhere"),
        replace(good, start=1, end=1 + len(good.quote)),
        replace(good, version_id=77),
        replace(good, quote="A lamp burns for 9,000 hours."),
    ]
    for one in wrong:
        found = await measured(report(replace(HOURS, spans=(one,))))
        assert found.values["fabricated citations"] == 1.0, one
    invented = replace(report(HOURS), references=(*REFERENCES, Reference(3, "web", "Nothing", "nowhere")))
    assert (await measured(invented)).values["fabricated citations"] == 1.0


async def test_a_sentence_said_again_is_a_repetition() -> None:
    assert (await measured(report(HOURS, BREAD, HOURS, HOURS))).values["repetition"] == 0.5


async def test_seeded_conflicts_are_found_and_others_are_false() -> None:
    less = Sentence("A lamp burns for 500 hours.", (span(2, "A lamp burns for 500 hours."),))
    seeded = Conflict("a lamp burns", (Side("1,000 hours", HOURS), Side("500 hours", less)))
    bread = Sentence("Bread is baked.", (span(3, "Bread is baked.", 1),))
    other = Conflict("bread", (Side("x", HOURS), Side("y", bread)))
    found = await measured(report(HOURS, conflicts=(seeded, other)))
    assert found.values["conflicts found"] == 1.0
    assert found.values["conflicts false"] == 0.5
    assert found.conflicts_false == ("bread: A lamp burns for 1,000 hours. | Bread is baked.",)
    none = await measured(report(HOURS))
    assert none.values["conflicts found"] == 0.0
    assert "conflicts false" not in none.values


async def test_a_topic_without_an_answer_asks_for_a_gap_and_no_fact() -> None:
    unknown = Topic("u", "Salt", answerable=False)
    gap = Gap("Salt", ("salt",), "nothing was found")
    assert (await measured(report(gaps=[gap]), unknown)).values["honest"] == 1.0
    assert (await measured(report(), unknown)).values["honest"] == 0.0
    dishonest = await measured(report(HOURS, gaps=[gap]), unknown)
    assert dishonest.values["honest"] == 0.0
    assert "fact coverage" not in dishonest.values
