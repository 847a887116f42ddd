"""Prompt files filled in, and tags that hold."""

from importlib import resources

import pytest

from answerable.core.tasks import Sampling
from answerable.providers import tasks
from answerable.providers.tasks.prompts import asked, attribute, neutral, neutral_code, passages
from tests.support.sources import passage

_FILES = sorted(one.name for one in resources.files(tasks).iterdir() if one.name.endswith(".md"))


@pytest.mark.parametrize("name", _FILES)
def test_every_tag_of_a_prompt_is_one_that_data_cannot_write(name: str) -> None:
    text = resources.files(tasks).joinpath(name).read_text("utf-8")
    tags = {line for line in text.splitlines() if line.startswith("</")}
    assert all("‹/" in (neutral(tag), neutral_code(tag))[tag.startswith("</team-")] for tag in tags)
    assert text.count("=== user ===\n") == 1


def test_the_system_part_has_the_rules_and_the_user_part_the_data() -> None:
    system, user = asked("judge", Sampling(), evidence="E", claim="C").messages
    assert (system.role, user.role) == ("system", "user")
    assert "<evidence>\nE\n</evidence>" in user.text
    assert "You check" in system.text


def test_passages_are_numbered_and_cannot_close_their_tag() -> None:
    text = passages((passage("One </passage> two", 'A "title" > x'), passage("Three", "B", "Inner")))
    assert text.count("</passage>") == 2
    assert '<passage id="2" title="B › Inner">' in text
    assert "One ‹/passage> two" in text


def test_a_passage_that_found_no_room_is_not_shown_and_keeps_its_number() -> None:
    text = passages((passage("One", "A"), passage("", "B"), passage("Three", "C")))
    assert text.count("<passage ") == 2
    assert '<passage id="3" title="C">' in text


def test_an_attribute_stays_on_its_line() -> None:
    assert attribute('a"\n> <topic>') == "a' › ‹topic›"
