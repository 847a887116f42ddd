"""The typed tasks of the research team: what each agent asks of a model, and what comes back (see `core/tasks.py`).

Models emit text, which `parse` turns into the output, or raises ValueError. `role` is who does it, in words.
`passages` are numbered from 1, as markers `[2]` and `sources` say; one without text found no room. `max_tokens` is the
longest reply, thinking included: it is reserved and sent, and no part of what is asked, so that `repr` leaves it out.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import Any, Literal

from answerable.core.documents import Passage
from answerable.core.messages import Message, Tool
from answerable.core.values import value_class

SectionKind = Literal["introduction", "body", "conclusion"]
Form = Literal["text", "code"]
MOST_WRITTEN = 2_500
"""Tokens that a reply may have: five times what a section of 14 sentences takes."""
MOST_COMPOSED = 4_000
"""Tokens that a composed text or program may have."""
_DECODER = json.JSONDecoder()
_MOST_TRIES = 200
_MOST_HEADING, _MOST_SECTIONS, _MOST_PARTS = 120, 8, 6


@value_class(frozen=True, slots=True)
class PlanQuestions:
    """Questions that together answer `topic`, at most `count`, each one that a search can be made with.

    `passages` are a first look at what the sources hold. Output: tuple[str, ...], from a JSON array of strings.
    """

    topic: str
    count: int
    passages: tuple[Passage, ...] = ()
    role: str = ""
    max_tokens: int = field(default=MOST_WRITTEN, repr=False)

    def parse(self, text: str) -> tuple[str, ...]:
        """The questions, each once. Raises ValueError when there is none."""
        data = _json(text, "[", "]")
        lines = [" ".join(one.split()) for one in data if isinstance(one, str)] if isinstance(data, list) else []
        found = tuple(dict.fromkeys(one[:400] for one in lines if len(one) > 2))[: self.count]
        if not found:
            raise ValueError("no question was returned: a JSON array of strings was asked for")
        return found

    def texts(self) -> tuple[str, ...]:
        """What a model reads."""
        return (self.topic, self.role, *_texts(self.passages))


@value_class(frozen=True, slots=True)
class Part:
    """A planned section or subsection: what it is called, what it answers, which passages it may cite (from 1)."""

    heading: str
    question: str
    sources: tuple[int, ...]
    parts: tuple["Part", ...] = ()


@value_class(frozen=True, slots=True)
class Plan:
    """The outline of a report: a title and its main sections. Introduction and conclusion are not among them."""

    title: str
    sections: tuple[Part, ...]


@value_class(frozen=True, slots=True)
class Outline:
    """Find the themes of `passages` and plan `least` to `most` sections with subsections. Output: a `Plan`, from JSON
    {"title", "sections": [{"heading", "question", "sources": [1], "parts": [{"heading", "sources"}]}]}.

    Where the passages are too few for `least` sections, fewer is right.
    """

    topic: str
    questions: tuple[str, ...]
    passages: tuple[Passage, ...]
    least: int = 3
    most: int = 5
    role: str = ""
    max_tokens: int = field(default=MOST_WRITTEN, repr=False)

    def parse(self, text: str) -> Plan:
        """The plan, its source numbers checked. Raises ValueError for anything else."""
        data = _json(text, "{", "}")
        if not isinstance(data, dict) or not isinstance(data.get("sections"), list):
            raise ValueError('no outline was returned: {"title", "sections"} was asked for')
        sections = tuple(
            part for one in data["sections"][:_MOST_SECTIONS] if (part := _part(one, len(self.passages))) is not None
        )
        if not sections:
            raise ValueError("the outline has no section with a heading")
        return Plan(_line(data.get("title")) or self.topic, sections)

    def texts(self) -> tuple[str, ...]:
        """What a model reads."""
        return (self.topic, self.role, *self.questions, *_texts(self.passages))


@value_class(frozen=True, slots=True)
class WriteSection:
    """Write one section of the report on `topic` from `passages` only, every sentence ending in its source numbers.

    `parts` are subsections, to be written under `## heading` lines in this order. `others` are the headings of the rest
    of the report, `said` sentences that stand elsewhere and are not to be said again. A body section answers
    `question`; an introduction says what the report is about and what its terms mean, a conclusion what follows from
    `said`. Output: the text, with markers.
    """

    topic: str
    heading: str
    question: str
    passages: tuple[Passage, ...]
    kind: SectionKind = "body"
    parts: tuple[Part, ...] = ()
    others: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    max_sentences: int = 14
    role: str = ""
    max_tokens: int = field(default=MOST_WRITTEN, repr=False)

    def parse(self, text: str) -> str:
        """The text. Raises ValueError when it is empty."""
        return _written(text, "section")

    def texts(self) -> tuple[str, ...]:
        """What a model reads."""
        return (self.topic, self.role, self.heading, self.question, *self.others, *self.said, *_texts(self.passages))


@value_class(frozen=True, slots=True)
class Draft:
    """A section as the critic reads it: its id, heading and sentences, each with its source numbers at its end."""

    id: str
    heading: str
    sentences: tuple[str, ...]


@value_class(frozen=True, slots=True)
class Issue:
    """Something to mend: in which section, at which sentence (from 1; 0: the whole section), what, and what to do."""

    section: str
    sentence: int
    problem: str
    suggestion: str = ""


@value_class(frozen=True, slots=True)
class Review:
    """A critic's judgement: `score` in 1..10 and what is to be mended."""

    score: float
    issues: tuple[Issue, ...] = ()


@value_class(frozen=True, slots=True)
class Critique:
    """Judge a report: is it true to its sources, coherent, complete, well written? `measured` are scores in 0..1 that
    were computed (support, coverage, structure, balance, freshness, repetition) and are not to be guessed again.
    Output: a `Review`, from JSON {"score", "issues": [{"section", "sentence", "problem", "suggestion"}]}.
    """

    topic: str
    questions: tuple[str, ...]
    drafts: tuple[Draft, ...]
    measured: tuple[tuple[str, float], ...] = ()
    role: str = ""
    max_tokens: int = field(default=MOST_WRITTEN, repr=False)

    def parse(self, text: str) -> Review:
        """The review; issues of sections that do not exist are left out. Raises ValueError without a score in 1..10."""
        sizes = {one.id: len(one.sentences) for one in self.drafts}
        return _review(text, lambda one: _issue(one, sizes))

    def texts(self) -> tuple[str, ...]:
        """What a model reads."""
        return (self.topic, self.role, *self.questions, *(text for one in self.drafts for text in one.sentences))


@value_class(frozen=True, slots=True)
class Revise:
    """Mend `draft` where `issues` say so and leave the rest as it is; same rules and output as `WriteSection`."""

    topic: str
    draft: Draft
    issues: tuple[Issue, ...]
    passages: tuple[Passage, ...]
    parts: tuple[Part, ...] = ()
    said: tuple[str, ...] = ()
    max_sentences: int = 14
    role: str = ""
    max_tokens: int = field(default=MOST_WRITTEN, repr=False)

    def parse(self, text: str) -> str:
        """The text. Raises ValueError when it is empty."""
        return _written(text, "revised section")

    def texts(self) -> tuple[str, ...]:
        """What a model reads."""
        return (self.topic, self.role, *self.draft.sentences, *_wishes(self.issues), *_texts(self.passages))


@value_class(frozen=True, slots=True)
class Compose:
    """Make what `request` asks for, as `role` says: a text, or code in fenced blocks. Output: the text.

    `inputs` are what others of the team made before: (who, text). A sentence that rests on one of `passages` ends in
    its number; one without a number is the author's own. With `before`, that version is mended where `issues` say so.

    `tools` names tools of this program that a language model may call meanwhile; `offered` and `turns` are theirs: how
    they are told, and what was called so far, which `may_call` ends. The extractive engine quotes, calls nothing, and
    raises ModelNeeded for code.
    """

    request: str
    form: Form = "text"
    inputs: tuple[tuple[str, str], ...] = ()
    passages: tuple[Passage, ...] = ()
    before: str = ""
    issues: tuple[Issue, ...] = ()
    max_sentences: int = 30
    role: str = ""
    tools: tuple[str, ...] = ()
    offered: tuple[Tool, ...] = ()
    turns: tuple[Message, ...] = ()
    may_call: bool = True
    max_tokens: int = field(default=MOST_COMPOSED, repr=False)

    def parse(self, text: str) -> str:
        """The text. Raises ValueError when it is empty, or holds no code where code was asked for."""
        found = _written(text, "text")
        if self.form == "code" and "```" not in found and "~~~" not in found:
            raise ValueError("there is no code in it: it stands in a block between ``` lines")
        return found

    def texts(self) -> tuple[str, ...]:
        """What a model reads."""
        inputs = (text for _, text in self.inputs)
        said = (one.text for one in self.turns)
        return (self.request, self.role, *inputs, self.before, *_wishes(self.issues), *_texts(self.passages), *said)


@value_class(frozen=True, slots=True)
class Assess:
    """Judge `lines` (sentences of a text, or lines of a program) by how well they do what `request` asks, as `role`
    says; without lines, the request itself is judged. `measured` as in `Critique`. Output: a `Review` whose issues name
    a line (from 1, or 0), from JSON {"score", "issues": [{"line", "problem", "suggestion"}]}.
    """

    request: str
    lines: tuple[str, ...] = ()
    form: Form = "text"
    measured: tuple[tuple[str, float], ...] = ()
    role: str = ""
    max_tokens: int = field(default=MOST_WRITTEN, repr=False)

    def parse(self, text: str) -> Review:
        """The review. Raises ValueError without a score in 1..10."""
        return _review(text, lambda one: _issue_of_line(one, len(self.lines)))

    def texts(self) -> tuple[str, ...]:
        """What a model reads."""
        return (self.request, self.role, *self.lines)


ResearchTask = PlanQuestions | Outline | WriteSection | Critique | Revise | Compose | Assess


def _json(text: str, opening: str, closing: str) -> Any:
    """The longest value in a text that begins with a bracket, read as JSON: prose and other brackets may stand around.
    Raises ValueError that says what is wrong with it.
    """
    places = [at for at, letter in enumerate(text) if letter == opening][:_MOST_TRIES]
    if not places or closing not in text[places[0] :]:
        raise ValueError(f"no JSON was returned: it must begin with {opening} and end with {closing}")
    found: tuple[int, Any] = (0, None)
    wrong, until = "", 0
    for at in places:
        if at < until:
            continue  # inside of what was read
        try:
            data, until = _DECODER.raw_decode(text, at)
            json.dumps(data, ensure_ascii=False).encode()  # half a character cannot be stored: UnicodeError
        except json.JSONDecodeError as error:
            wrong = wrong or f"the JSON is broken after {error.pos - at} characters: {error.msg}"
            continue
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error
        found = max(found, (until - at, data), key=lambda one: one[0])
    if not found[0]:
        raise ValueError(wrong)
    return found[1]


def _written(text: str, what: str) -> str:
    """A text as it was written, without the space around it. Raises ValueError when it is empty."""
    if not (found := text.strip()):
        raise ValueError(f"the {what} is empty")
    return found


def _texts(passages: Iterable[Passage]) -> Iterator[str]:
    return (one.text for one in passages)


def _wishes(issues: Iterable[Issue]) -> Iterator[str]:
    return (f"{one.problem} {one.suggestion}" for one in issues)


def _line(value: Any) -> str:
    return " ".join(value.split())[:_MOST_HEADING].strip("# ") if isinstance(value, str) else ""


def _part(data: Any, passages: int, *, nested: bool = False) -> Part | None:
    if not isinstance(data, dict) or not (heading := _line(data.get("heading"))):
        return None
    listed, inner = data.get("sources"), data.get("parts")
    numbers = [one for one in listed if type(one) is int and 1 <= one <= passages] if isinstance(listed, list) else []
    below = inner[:_MOST_PARTS] if isinstance(inner, list) and not nested else []
    parts = tuple(part for one in below if (part := _part(one, passages, nested=True)) is not None)
    return Part(heading, _line(data.get("question")) or heading, tuple(dict.fromkeys(numbers)), parts)


def _issue(data: Any, sizes: dict[str, int]) -> Issue | None:
    section = data.get("section") if isinstance(data, dict) else None
    if not isinstance(section, str) or section not in sizes or not _line(data.get("problem")):
        return None
    at = data.get("sentence")
    sentence = at if type(at) is int and 1 <= at <= sizes[section] else 0
    return Issue(section, sentence, _line(data["problem"]), _line(data.get("suggestion")))


def _review(text: str, read: Callable[[Any], Issue | None]) -> Review:
    """A review from JSON; what `read` makes no issue of is left out. Raises ValueError without a score in 1..10."""
    data = _json(text, "{", "}")
    score, listed = _score(data), data.get("issues")
    issues = [read(one) for one in listed] if isinstance(listed, list) else []
    return Review(score, tuple(one for one in issues if one is not None))


def _score(data: Any) -> float:
    score = data.get("score") if isinstance(data, dict) else None
    if isinstance(score, bool) or not isinstance(score, int | float) or not 1 <= score <= 10:
        raise ValueError('no score was returned: {"score": 1..10, "issues": [...]} was asked for')
    return float(score)


def _issue_of_line(data: Any, lines: int) -> Issue | None:
    if not isinstance(data, dict) or not _line(data.get("problem")):
        return None
    at = data.get("line")
    line = at if type(at) is int and 1 <= at <= lines else 0
    return Issue("", line, _line(data["problem"]), _line(data.get("suggestion")))
