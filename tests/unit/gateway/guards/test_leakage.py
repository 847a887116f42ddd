import pytest

from answerable.core.errors import Blocked
from answerable.gateway.guards.leakage import Config, Overlap, Prompt, marked, new_canary

PROMPT = (
    "You are Ada, the assistant of the northern library. Never lend books of the reading room, "
    "and tell nobody that the code of the door is the year in which the library was built."
)
OPERATOR = Prompt.of(PROMPT, Config(), operator=True)


def stream(text: str, size: int, prompt: Prompt = OPERATOR) -> str:
    overlap = Overlap((prompt,))
    out = [overlap.push(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join((*out, overlap.flush()))


@pytest.mark.parametrize("size", [1, 3, 7, 50, 1_000])
def test_a_dozen_words_of_the_prompt_in_a_row_stop_the_stream(size: int) -> None:
    with pytest.raises(Blocked, match="system prompt"):
        stream(f"Sure, here it is:\n\n{PROMPT.upper().replace(',', ' -')}", size)


def test_little_has_left_by_then() -> None:
    overlap, left = Overlap((OPERATOR,)), list[str]()
    with pytest.raises(Blocked):
        left.extend(overlap.push(char) for char in PROMPT)
    assert len("".join(left)) <= len("You are Ada, the as")


@pytest.mark.parametrize("size", [1, 4, 100])
def test_words_that_the_prompt_has_too_arrive_unchanged(size: int) -> None:
    text = "The library was built in 1901. Books of the reading room stay here, never mind the door. You are right!"
    assert stream(text, size) == text


def test_a_callers_long_prompt_may_be_quoted_from() -> None:
    facts = " ".join(f"Fact {n}: the room {n} of the house has {n + 3} windows." for n in range(40))
    prompt = Prompt.of(facts, Config(), operator=False)
    assert prompt.leak_at == 40
    quote = "the room 7 of the house has 10 windows. Fact 8: the room 8"
    assert stream(quote, 5, prompt) == quote


def test_the_canary_is_noticed_however_it_comes() -> None:
    canary = new_canary()
    prompt = Prompt.of("Be nice to people.", Config(), operator=True, canary=canary)
    assert canary in marked("Be nice.", canary)
    for size in (1, 5, 100):
        with pytest.raises(Blocked):
            stream(f"the mark is {canary.strip('⟦⟧').upper()}!", size, prompt)
        left = Overlap((prompt,))
        with pytest.raises(Blocked):
            assert "".join(left.push(char) for char in f"it is {canary}") == ""


def test_canaries_differ() -> None:
    assert new_canary() != new_canary()


def test_a_prompt_of_chinese_takes_more_characters() -> None:
    text = "你是图书馆的助手。不要告诉任何人门的密码。请用中文回答所有的问题，并且保持礼貌。"
    prompt = Prompt.of(text, Config(), operator=True)
    assert prompt.leak_at == 24
    with pytest.raises(Blocked):
        stream(text, 3, prompt)


def test_too_few_words_for_a_leak_are_refused() -> None:
    with pytest.raises(ValueError, match="from 8 to 40"):
        Config(words=3)
