from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import Finder, Kind
from answerable.gateway.guards.window import SIZE, Scan, Stage, Window, chain
from tests.support.private import BEFORE, SECRETS

EVERYTHING = Scan.of(Finder())
DEFAULT = Scan.of(Finder(("private_key", "token", "api_key", "password", "iban", "card", "ssn")))

AROUND = st.sampled_from(
    (
        *("", "is ", "my card is ", "As you asked, the pass ", "token ", "Here it is: ", "a\n\n- "),
        *("The reply of the service was ", "请看：", "see (", "1 2 3, "),
    )
)
AFTER = st.sampled_from(("", ". Thanks!", " is what you asked for", "\nand so on", ", ok?", " - done", "。好的"))
PLAIN = (
    *("The", "cat", "sat", "on", "12", "mats", ".", "It", "is", "3", "pm", "-", "see"),
    *("https://example.com/a?b=1", "or", "v1.2.3", "(ok)", "你好"),
)


PLAIN = (
    *("The", "cat", "sat", "on", "12", "mats", ".", "It", "is", "3", "pm", "-", "see"),
    *("https://example.com/a?b=1", "or", "v1.2.3", "(ok)", "你好"),
)


def window(scan: Scan = EVERYTHING, table: MaskTable | None = None) -> Window:
    table = table or MaskTable()
    return Window(scan, table, lambda found: table.name(found.kind, found.value, keep=False))


def streamed(text: str, sizes: list[int], stages: list[Stage]) -> list[str]:
    place, out = 0, []
    for size in cycle(sizes):
        if place >= len(text):
            break
        out.append(chain(stages, text[place : place + size]))
        place += size
    return [*out, chain(stages, "", last=True)]


def secrets() -> st.SearchStrategy[tuple[Kind, str]]:
    return st.sampled_from(sorted(SECRETS)).flatmap(lambda kind: SECRETS[kind].map(lambda value: (kind, value)))


@settings(max_examples=150, deadline=None)
@given(secrets(), AROUND, AFTER, st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_no_secret_leaves_however_the_stream_is_cut(
    secret: tuple[Kind, str], before: str, after: str, sizes: list[int]
) -> None:
    kind, value = secret
    before += BEFORE.get(kind, "")
    left = "".join(streamed(f"{before}{value}{after}", sizes, [window()]))
    core = value if kind != "private_key" else value.split("\n")[1]
    assert core not in left
    assert not any(value[at : at + 12] in left for at in range(len(value) - 12)), left
    assert left.startswith(before.rstrip())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(PLAIN)),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
def test_text_without_secrets_arrives_unchanged(words: list[str], sizes: list[int]) -> None:
    text = " ".join(words)
    assert "".join(streamed(text, sizes, [window()])) == text
    assert "".join(streamed(text, sizes, [window(DEFAULT)])) == text


EXAMPLES: dict[Kind, str] = {
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "api_key": "sk-proj-abc123DEF456ghi789JKL",
    "password": "tr0ub4dor&3",
    "email": "ann@example.com",
    "iban": "DE89 3704 0044 0532 0130 00",
    "card": "4111 1111 1111 1111",
    "ssn": "123-45-6789",
    "ip": "203.0.113.7",
    "address": "12 Main Street",
    "phone": "+49 30 1234 567",
}


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_secret_that_ends_the_stream_is_masked(kind: Kind) -> None:
    value = EXAMPLES[kind]
    left = "".join(streamed(BEFORE.get(kind, "it is ") + value, [3], [window()]))
    assert value not in left
    assert f"[{kind.upper()}_1]" in left


def test_plain_words_are_not_held() -> None:
    stage = window(DEFAULT)
    chunks = ["The", " quick", " brown", " fox", " jumps", " over", " 1", " dog", ",", " and", " then", ".\n"]
    passed = [stage.push(chunk) for chunk in chunks]
    assert passed[:6] == chunks[:6]
    assert passed[6] == " "
    assert passed[7:] == ["1 dog", *chunks[8:]]


@pytest.mark.parametrize(
    "chunks", [["the password", " is", " hunter", "two", "2", " ok"], ["AKIA", "ABCDEFGH", "IJKLMNOP", " x"]]
)
def test_secrets_of_letters_are_noticed_in_a_calm_stream(chunks: list[str]) -> None:
    stage = window(DEFAULT)
    left = "".join((*map(stage.push, chunks), stage.flush()))
    assert not any(part in left for part in ("hunter", "ABCD", "IJKL"))


def test_no_more_than_the_window_is_held() -> None:
    stage = window()
    text = "x" * 5_000
    left = sum(len(stage.push(char)) for char in text)
    assert left >= 5_000 - SIZE
    assert len(stage.flush()) <= SIZE


def test_a_key_longer_than_the_window_is_swallowed_to_its_end() -> None:
    text = f"key sk-{'a1B2' * 300} and more"
    assert "".join(streamed(text, [7], [window()])) == "key [API_KEY_1] and more"


def test_a_private_key_that_never_ends_is_swallowed() -> None:
    text = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBg\n" * 200
    assert "".join(streamed(text, [11], [window()])) == "[PRIVATE_KEY_1]"


def test_a_placeholder_is_turned_back_when_it_comes_in_pieces() -> None:
    table = MaskTable(frozenset(("email",)))
    assert table.name("email", "ann@example.com") == "[EMAIL_1]"
    assert "".join(streamed("write to [EMAIL_1] or [EMAIL_2], [ok]", [1], [window(DEFAULT, table)])) == (
        "write to ann@example.com or [EMAIL_2], [ok]"
    )
