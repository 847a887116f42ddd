"""The tasks of agents as conversations for a language model. `role` is an instruction; all that comes from
people, documents and other models stands between tags, as data.
"""

from collections.abc import Iterable
from dataclasses import replace

from answerable.core.research_tasks import (
    Assess,
    Compose,
    Critique,
    Draft,
    Issue,
    Outline,
    PlanQuestions,
    ResearchTask,
    Revise,
    WriteSection,
)
from answerable.core.tasks import Chat, Sampling
from answerable.providers.tasks.prompts import asked, attribute, neutral, neutral_code, passages

_KINDS = {
    "body": "The section answers the question that stands in <section>. Go from the general to the particular.",
    "introduction": "The section is the introduction: say what the report is about and what its terms mean.",
    "conclusion": "The section is the conclusion: say what follows from <said>, and which limits and open points the "
    "passages name.",
}
_FORMS = {
    "text": "Write a text in paragraphs; a title and subheadings as Markdown where they help.",
    "code": "Write the code in fenced blocks that name their language, each file whole under a line with its name. A "
    "few sentences may say how to use it.",
}


def render(task: ResearchTask) -> Chat:
    """The conversation that asks for `task`."""
    match task:
        case PlanQuestions():
            return _plan_questions(task)
        case Outline():
            return _outline(task)
        case WriteSection():
            return _write_section(task)
        case Critique():
            return _critique(task)
        case Revise():
            return _revise(task)
        case Compose():
            return _compose(task)
        case Assess():
            return _assess(task)


def _plan_questions(task: PlanQuestions) -> Chat:
    return asked(
        "plan_questions",
        Sampling(max_tokens=task.max_tokens),
        role=_role(task.role),
        count=str(task.count),
        passages=passages(task.passages),
        topic=neutral(task.topic),
    )


def _outline(task: Outline) -> Chat:
    return asked(
        "outline",
        Sampling(max_tokens=task.max_tokens),
        role=_role(task.role),
        least=str(task.least),
        most=str(task.most),
        passages=passages(task.passages),
        questions=_lines(task.questions),
        topic=neutral(task.topic),
    )


def _write_section(task: WriteSection) -> Chat:
    return asked(
        "write_section",
        Sampling(max_tokens=task.max_tokens),
        role=_role(task.role),
        kind=_KINDS[task.kind],
        max_sentences=str(task.max_sentences),
        parts=_lines(one.heading for one in task.parts),
        passages=passages(task.passages),
        said=_lines(task.said),
        others=_lines(task.others),
        topic=neutral(task.topic),
        heading=neutral(task.heading),
        question=neutral(task.question),
    )


def _critique(task: Critique) -> Chat:
    return asked(
        "critique",
        Sampling(max_tokens=task.max_tokens),
        role=_role(task.role),
        drafts="\n".join(_draft(one) for one in task.drafts),
        questions=_lines(task.questions),
        measured="\n".join(f"{name}: {value:.2f}" for name, value in task.measured),
        topic=neutral(task.topic),
    )


def _revise(task: Revise) -> Chat:
    return asked(
        "revise",
        Sampling(max_tokens=task.max_tokens),
        role=_role(task.role),
        max_sentences=str(task.max_sentences),
        parts=_lines(one.heading for one in task.parts),
        passages=passages(task.passages),
        said=_lines(task.said),
        topic=neutral(task.topic),
        draft=_draft(task.draft),
        issues="\n".join(map(_issue, task.issues)),
    )


def _compose(task: Compose) -> Chat:
    """With the turns of its tools so far. Who may call no more is told so beside its tools: some providers refuse a
    history with calls and no tools.
    """
    chat = asked(
        "compose",
        Sampling(max_tokens=task.max_tokens),
        role=_role(task.role),
        form=_FORMS[task.form],
        max_sentences=str(task.max_sentences),
        passages=passages(task.passages),
        inputs="\n".join(_input(who, text) for who, text in task.inputs),
        before=neutral_code(task.before),
        issues="\n".join(map(_issue_of_line, task.issues)),
        request=neutral_code(task.request),
    )
    choice = "none" if task.offered and not task.may_call else None
    return replace(chat, messages=(*chat.messages, *task.turns), tools=task.offered, tool_choice=choice)


def _input(who: str, text: str) -> str:
    return f'<team-input by="{attribute(who)}">\n{neutral_code(text)}\n</team-input>'


def _assess(task: Assess) -> Chat:
    return asked(
        "assess",
        Sampling(max_tokens=task.max_tokens),
        role=_role(task.role),
        lines="\n".join(f"{at}. {neutral_code(text)}" for at, text in enumerate(task.lines, start=1)),
        measured="\n".join(f"{name}: {value:.2f}" for name, value in task.measured),
        request=neutral_code(task.request),
    )


def _role(role: str) -> str:
    return f"{role.strip()}\n" if role.strip() else ""


def _lines(some: Iterable[str]) -> str:
    return "\n".join(f"- {neutral(' '.join(one.split()))}" for one in some)


def _draft(draft: Draft) -> str:
    sentences = "\n".join(f"{at}. {neutral(text)}" for at, text in enumerate(draft.sentences, start=1))
    return f'<section id="{attribute(draft.id)}" heading="{attribute(draft.heading)}">\n{sentences}\n</section>'


def _issue(issue: Issue) -> str:
    where = f"sentence {issue.sentence}" if issue.sentence else "the section"
    return f"- {where}: {neutral(issue.problem)} {neutral(issue.suggestion)}".rstrip()


def _issue_of_line(issue: Issue) -> str:
    where = f"line {issue.sentence}" if issue.sentence else "the whole"
    return f"- {where}: {neutral_code(issue.problem)} {neutral_code(issue.suggestion)}".rstrip()
