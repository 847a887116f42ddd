"""Reports for the tests of exports: one with every kind of part, and short ways to make others."""

from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

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

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])

SCRIPTS = {
    "Latin": "Żółw łączy Příliš, naïve façade, Ærøskøbing, İstanbul, Việt Nam",
    "Cyrillic": "Съешь ещё этих мягких французских булок, да выпей же чаю. Ґанок, Љубљана",
    "Greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "Chinese": "视野无限广，窗外有蓝天。繁體字：臺灣、龜、鬱",
    "Japanese": "いろはにほへと、カタカナと漢字の組版。東京タワー",
    "Korean": "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다",
    "Signs": "≤ ≥ ≠ ± × → ← ∑ √ ∞ € £ ¥ § ° ² ₂ … – — “x” ‘y’ • ■ □ ✓",
}


def span(number: int, quote: str, page: int | None = None) -> Span:
    """A place in a stored text."""
    start = sum(map(ord, quote)) % 5_000
    return Span(number, f"e{number}", f"d{number}", 1, start, start + len(quote), quote, 0.93, page)


def fact(text: str, *numbers: int, page: int | None = None) -> Sentence:
    """A sentence with a source for each number."""
    return Sentence(text, tuple(span(number, f"Source {number} says: {text}", page) for number in numbers))


def own(text: str) -> Sentence:
    """A synthesis."""
    return Sentence(text, kind="synthesis")


def bare(*blocks: Block, **changes: object) -> Report:
    """A report of one section."""
    section = Section("s1", "Findings", 1, blocks)
    references = (Reference(1, "web page", "A page", "https://example.org/page"),)
    report = Report("A title", "A topic", (), (section,), references, date="2026-11-20")
    return replace(report, **changes)  # type: ignore[arg-type]


def _sections() -> tuple[Section, ...]:
    ferry = Section(
        "s1",
        "How often the ferry runs",
        1,
        (
            Paragraph(
                (
                    fact("The passenger ferry leaves Port Appin at 9:15 every weekday morning.", 1, page=4),
                    fact("In 2025 it carried 61,300 people, of whom a third came with a bicycle.", 1, 2),
                    own("Together this speaks for a second boat in summer."),
                )
            ),
            Bullets((fact("A return ticket is 7 pounds.", 1), fact("Bicycles travel free.", 2)), numbered=True),
        ),
    )
    prices = Section(
        "s1.1",
        "Prices and passengers",
        2,
        (
            Grid(
                "Fares by year",
                ("Year", "Adults", "Children", "Remarks"),
                (
                    (fact("2023"), fact("6 pounds", 1), fact("3 pounds", 1), fact("Paid on board | cash only", 2)),
                    (fact("2024"), fact("7 pounds", 1), fact("3 pounds", 1), own("The first rise in six years.")),
                ),
            ),
            Chart(
                "Passengers by month",
                "people",
                (
                    Bar("June", 7_412, (span(2, "June: 7,412"),)),
                    Bar("July", 9_803.5, (span(2, "July: 9,803.5"),)),
                    Bar("A month with a rather long name that needs two lines", 1_210, (span(1, "1,210"),)),
                    Bar("Difference", -2_391, (span(2, "-2,391"),)),
                ),
            ),
            Listing(
                "GET /timetable HTTP/1.1\nHost: ferry.example\n\tAccept: */*\n```\nend",
                "http",
                (span(2, "GET /timetable"),),
            ),
        ),
    )
    scripts = Section(
        "s2", "Scripts", 1, tuple(Paragraph((fact(f"{name}: {text}", 3),)) for name, text in SCRIPTS.items())
    )
    winter = Section("s3", "Winter", 1, missing="no source tells of the winter timetable")
    return ferry, prices, scripts, winter


def full() -> Report:
    """A report with every kind of part."""
    return Report(
        title="The ferry to Lismore: how it runs, what it costs and who uses it",
        topic="Should there be a second boat to Lismore in summer?",
        summary=(fact("The ferry runs every weekday.", 1), own("A second boat would be used.")),
        sections=_sections(),
        references=(
            Reference(1, "document", "Timetable of the ferry", "ferry.md", 3, "2026-05-01", "Council", "CC BY 4.0"),
            Reference(
                2, "web page", "Statistics of ferries", f"https://example.org/{'statistics/' * 12}?q=ferry&year=2025"
            ),
            Reference(
                3,
                "wikipedia",
                "Панграмма",
                "https://ru.wikipedia.org/wiki/Панграмма",
                1,
                "2026-10-02",
                "",
                "CC BY-SA 4.0",
            ),
        ),
        conflicts=(
            Conflict(
                "Passengers in 2025",
                (Side("61,300", fact("It carried 61,300 people.", 1)), Side("58,900", fact("58,900 people came.", 2))),
            ),
        ),
        gaps=(
            Gap("What would a second boat cost?", ("price of a ferry", "second boat Lismore cost"), "nothing found"),
        ),
        notes=("No language model was used.", "The source arxiv did not answer."),
        score=Score(8.4, 0.97, 0.9, 0.88, 0.7, 0.65, 1.0),
        date="2026-11-26",
        written_by="Answerable without a model",
        extra={"run": "r-1"},
    )


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "![i](https://evil.example/x.png)",
    "[x]: https://evil.example",
    "<https://evil.example/a>",
    "https://evil.example/auto and www.evil.example, me@evil.example",
    "# Heading",
    "- item",
    "1. first",
    "> quote",
    "---",
    "```",
    "| a | b |",
    "*bold* _it_ ~~gone~~ `code` $x$",
    "&lt;b&gt; &#60; &amp;",
    "[^1] and [1] and [[1]](#r1)",
    "</style></pre></table><w:p/>",
    "]]> <!-- --> <?xml?>",
    "{{7*7}} %PDF ) Tj ET (",
    "back\\slash \\* and `` two ``",
)


def tokens(markdown: str) -> list[Token]:
    """All tokens of a Markdown text, those inside lines too."""
    return [one for token in _MARKDOWN.parse(markdown) for one in (token.children or [token])]


def shown(markdown: str) -> str:
    """What a reader of the Markdown text sees."""
    return "".join(one.content if one.type in ("text", "code_inline", "fence") else " " for one in tokens(markdown))


def hostile() -> Report:
    """Every payload in every place that a text of strangers can reach."""
    rows = tuple((fact(text, 1), fact(text)) for text in HOSTILE)
    sections = tuple(
        Section(text, text, 1, (Paragraph((fact(text, 1), own(text))), Listing(text, text, (span(1, text),))), text)
        for text in HOSTILE
    )
    charts = tuple(Chart(text, text, (Bar(text, 1.0, (span(1, text),)),)) for text in HOSTILE)
    bullets = Bullets(tuple(fact(text, 1) for text in HOSTILE))
    blocks: tuple[Block, ...] = (bullets, Grid(HOSTILE[0], (HOSTILE[1], HOSTILE[2]), rows), *charts)
    return Report(
        title=HOSTILE[0],
        topic=HOSTILE[1],
        summary=tuple(fact(text, 1) for text in HOSTILE),
        sections=(*sections, Section("s", "Blocks", 1, blocks)),
        references=tuple(Reference(i, t, t, t, 1, t, t, t) for i, t in enumerate(HOSTILE, 1)),
        conflicts=tuple(Conflict(text, (Side(text, fact(text, 1)), Side(text, own(text)))) for text in HOSTILE),
        gaps=tuple(Gap(text, (text, text), text) for text in HOSTILE),
        notes=HOSTILE,
        score=Score(5, 0, 0, 0, 0, 0, 0),
        date=HOSTILE[0],
        written_by=HOSTILE[2],
        extra={text: text for text in HOSTILE},
    )
