"""A text by quoting, and its assessment by numbers, for teams that have no language model: a composed text is a section
written from the passages, its mending a revision of that section. Code cannot be quoted together, nor judged so.
"""

import json

from answerable.core.errors import ModelNeeded
from answerable.core.ports import Embedder
from answerable.core.research_tasks import Assess, Compose, Critique, Draft, Issue, Revise, WriteSection
from answerable.core.sentences import split
from answerable.providers.extraction.research.critique import review, score
from answerable.providers.extraction.research.revise import revise
from answerable.providers.extraction.research.section import write_section

_CODE = "writing code needs a language model; the extractive engine only quotes documents"
_JUDGING = "judging code needs a language model; the extractive engine only measures texts"
_PART = "text"


def compose(task: Compose, embedder: Embedder) -> str:
    """Sentences of the passages that fit the request. Raises ModelNeeded for code, and where nothing can be quoted."""
    if task.form == "code":
        raise ModelNeeded(_CODE)
    if not task.passages:
        raise ModelNeeded("writing freely needs a language model; the extractive engine only quotes documents")
    if not task.before:
        section = WriteSection(
            task.request, task.request, task.request, task.passages, max_sentences=task.max_sentences
        )
        return write_section(section, embedder)
    lines = tuple(task.before[start:end] for start, end in split(task.before))
    issues = tuple(Issue(_PART, one.sentence, one.problem, one.suggestion) for one in task.issues)
    draft = Draft(_PART, task.request, lines)
    return revise(Revise(task.request, draft, issues, task.passages, max_sentences=task.max_sentences), embedder)


def assess(task: Assess, embedder: Embedder) -> str:
    """The review as the JSON object that `Assess` describes. Raises ModelNeeded for code."""
    if task.form == "code":
        raise ModelNeeded(_JUDGING)
    if not task.lines:
        return json.dumps({"score": score(dict(task.measured), 1.0), "issues": []})
    drafts = (Draft(_PART, task.request, task.lines),)
    found = json.loads(review(Critique(task.request, (task.request,), drafts, task.measured), embedder))
    issues = [
        {"line": one["sentence"], "problem": one["problem"], "suggestion": one["suggestion"]} for one in found["issues"]
    ]
    return json.dumps({"score": found["score"], "issues": issues}, ensure_ascii=False)
