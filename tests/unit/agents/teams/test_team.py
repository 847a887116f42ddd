"""A team's file is read strictly: what is wrong is named with the file, the entry and what is allowed."""

import tomllib
from typing import Any

import pytest

from answerable import policies
from answerable.agents.teams.team import Team
from answerable.config import asset
from answerable.core.errors import SetupError

HEAD = """
title = "Letters"
purpose = "Letters"
pattern = "loop"
steps = ["writer", "critic"]
again = ["editor", "critic"]
max_rounds = 2
pass_score = 8.0
"""
BUDGET = "[budget]\ntokens = 1_000\nusd = 0.5\nseconds = 60\n"
ROLES = """
[[roles]]
name = "writer"
task = "compose"
words = "You write."

[[roles]]
name = "critic"
task = "assess"
words = "You judge."

[[roles]]
name = "editor"
task = "compose"
words = "You mend."
"""
WHOLE = HEAD + BUDGET + ROLES
FAN_OUT = (
    'title = "T"\npurpose = "P"\npattern = "manager"\nmanager = "critic"\nworkers = ["writer"]\ncombiner = "editor"\n'
    + BUDGET
    + ROLES.replace('"assess"', '"plan"')
)


def read(text: str) -> Team:
    found: Team = policies.read(Team, tomllib.loads(text), "teams/x.toml")
    return found


def test_a_whole_file_is_a_team() -> None:
    team = read(WHOLE)
    assert [role.name for role in team.roles] == ["writer", "critic", "editor"]
    assert team.role("critic").task == "assess"
    assert str(team.budget.as_budget().usd) == "0.5"
    assert not team.needs_model
    assert not team.reads
    assert read(FAN_OUT).reads


def test_the_team_of_the_how_to_is_one() -> None:
    text = (asset("docs") / "how-to" / "make-a-team.md").read_text("utf-8")
    assert read(text.split("```toml\n", 1)[1].split("```", 1)[0]).role("editor").task == "revise"


def test_the_version_follows_the_file() -> None:
    assert read(WHOLE).version == read(WHOLE).version
    assert read(WHOLE).version != read(WHOLE.replace("You mend.", "You mend it.")).version
    assert 0 <= read(WHOLE).version < 2**31


def without(line: str) -> str:
    assert line in WHOLE
    return WHOLE.replace(line, "", 1)


def instead(old: str, new: str, text: str = WHOLE) -> str:
    assert old in text
    return text.replace(old, new, 1)


SEQUENCE = (
    'title = "T"\npurpose = "P"\npattern = "sequence"\nsteps = [{steps}]\n'
    + BUDGET
    + ROLES.replace('"assess"', '"critique"')
)
WRITE, JUDGE = 'words = "You write."', 'words = "You judge."'
WRONG: list[tuple[str, str, str]] = [
    (instead("purpose", "purpos"), "top of the file", "did you mean 'purpose'?"),
    (instead("words =", "word ="), "[roles.0]", "did you mean 'words'?"),
    (instead('"compose"', '"dance"'), "[roles.0.task]", "'plan', 'gather', 'write'"),
    (instead('"loop"', '"spiral"'), "[pattern]", "'sequence', 'loop', 'manager' or 'broadcast'"),
    (without("max_rounds = 2\n"), "[max_rounds]", "must be given for the pattern 'loop'"),
    (without("pass_score = 8.0\n"), "[pass_score]", "must be given"),
    (without(BUDGET), "[budget]", "required"),
    (without("tokens = 1_000\n"), "[budget.tokens]", "required"),
    (without("usd = 0.5\n"), "[budget.usd]", "required"),
    (without("seconds = 60\n"), "[budget.seconds]", "required"),
    (instead("tokens = 1_000", "tokens = 0"), "[budget]", "tokens is between 1 and"),
    (instead("max_rounds = 2", "max_rounds = 11"), "[max_rounds]", "between 1 and 10"),
    (instead("max_rounds = 2", 'max_rounds = "two"'), "[max_rounds]", "valid integer"),
    (instead("pass_score = 8.0", "pass_score = 11"), "[pass_score]", "between 1 and 10"),
    (instead('["writer", "critic"]', '["writer", "critc"]'), "[steps]", "known: writer, critic, editor"),
    (instead('["editor", "critic"]', '["critic"]'), "[roles]", "nothing is given to 'editor'"),
    (instead('"critic"]\nagain', '"critic", "critic"]\nagain'), "[steps]", "stands in it once"),
    (instead('["editor", "critic"]', '["critic", "editor"]'), "[again]", "critique or assess"),
    (instead('["writer", "critic"]', '["critic"]', instead('["editor"', '["writer", "editor"')), "[steps]", "version"),
    (instead("[budget]", 'manager = "writer"\n[budget]'), "[manager]", "'loop' has no manager; it has: steps"),
    (instead('name = "editor"', 'name = "writer"'), "[roles]", "the name 'writer' stands twice"),
    (instead('name = "editor"', 'name = "Editor!"'), "[roles.2]", "a name begins with a letter"),
    (instead('name = "editor"', 'name = "publish"'), "[roles.2]", "none of: decide"),
    (instead('words = "You mend."', 'words = " "'), "[roles.2]", "words say who the role is"),
    (instead(WRITE, 'words = "w"\ntools = ["calculatr"]'), "[roles.0]", "known: arxiv, calculator"),
    (instead(JUDGE, 'words = "w"\ntools = ["calculator"]'), "[roles.1]", "tools are for compose"),
    (instead(JUDGE, 'words = "w"\nform = "verse"'), "[roles.1.form]", "'text' or 'code'"),
    (instead(JUDGE, 'words = "w"\nquestions = 0'), "[roles.1]", "between 1 and 10"),
    (instead('"assess"', '"critique"\nform = "code"'), "[roles.1]", "form = 'code' is for compose and assess"),
    (instead("[budget]", 'approve = ["outline"]\n[budget]'), "[approve.0]", "'result'"),
    (instead(JUDGE, 'words = "w"\nhand_over = { below = 4 }'), "[roles]", "for the pattern 'sequence'"),
    (instead(JUDGE, 'words = "w"\nhand_over = {}'), "[roles.1.hand_over]", "below, words, or unanswered"),
    (instead(JUDGE, 'words = "w"\nhand_over = { below = 1 }'), "[roles.1.hand_over]", "above 1"),
    (instead(JUDGE, 'words = "w"\nhand_over = { unansered = true }'), "[roles.1.hand_over]", "unanswered"),
    (instead(WRITE, 'words = "w"\nhand_over = { below = 4 }'), "[roles.0]", "needs a score"),
    (instead(WRITE, 'words = "w"\nhand_over = { unanswered = true }'), "[roles.0]", "answer and write"),
    (SEQUENCE.format(steps='"critic", "writer", "editor"'), "[steps]", "'critic' comes before anything is made"),
    (HEAD + BUDGET, "[roles]", "required"),
    (instead('task = "plan"', 'task = "gather"', FAN_OUT), "[manager]", "has the task 'plan'"),
    (instead('task = "compose"', 'task = "gather"', FAN_OUT), "[workers]", "write, answer, compose"),
    (
        instead('name = "editor"\ntask = "compose"', 'name = "editor"\ntask = "gather"', FAN_OUT),
        "[combiner]",
        "write, compose",
    ),
    (instead('combiner = "editor"\n', "", FAN_OUT), "[combiner]", "must be given for the pattern 'manager'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entry", "said"), WRONG)
def test_what_is_wrong_is_named_with_what_is_allowed(text: str, entry: str, said: str) -> None:
    with pytest.raises(SetupError) as caught:
        read(text)
    message = str(caught.value)
    assert message.startswith("teams/x.toml")
    assert entry in message
    assert said.lower() in message.lower()


@pytest.mark.parametrize("task", ["gather", "assess", "plan"])
def test_a_team_that_makes_nothing_is_none(task: Any) -> None:
    text = 'title = "T"\npurpose = "P"\npattern = "sequence"\nsteps = ["one"]\n' + BUDGET
    text += f'[[roles]]\nname = "one"\ntask = "{task}"\nwords = "w"\n'
    with pytest.raises(SetupError, match="nobody makes anything"):
        read(text)
