"""Sentence spans of stored text, and whole sentences of a stream."""

import pytest

from answerable.core.sentences import SentenceStream, split


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith came. He left.", ["Dr. Smith came.", "He left."]),
        ("It is 3.5 GB, e.g. on v1.2.3. See https://a.io/x.y for it.", 2),
        ("J. K. Rowling wrote it. Fig. 3 shows it.", 2),
        ("Lines that\nwrap stay. Next one!", ["Lines that\nwrap stay.", "Next one!"]),
        ("Steps:\n1. Press Home.\n2. Press Back.", ["Steps:", "1. Press Home.", "2. Press Back."]),
        ("A heading\n\nThen prose", ["A heading", "Then prose"]),
        ("今日は。明日も！", ["今日は。", "明日も！"]),
        ("यह है। वह है।", 2),
        ("هل هذا؟ نعم.", 2),
        ("| a | b |\n| c | d |", 2),
        ("It moved to the U.S. The rest stayed.", 2),
        ("True.[2] False [1][3]. Done. [4]", ["True.[2]", "False [1][3].", "Done. [4]"]),
        ("It is so【1†source】. More [source 2]. See [1](#a). Also [^1].", 4),
        ("Run this:\n\n```sh\na. B\nc\n``` [1]\n\nThen wait.", ["Run this:", "```sh\na. B\nc\n``` [1]", "Then wait."]),
        (
            "**How long?** A year. *Really.* Yes. See **e.g.** Foo.",
            ["**How long?**", "A year.", "*Really.*", "Yes.", "See **e.g.** Foo."],
        ),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str] | int) -> None:
    found = _sentences(text)
    assert (len(found) if isinstance(expected, int) else found) == expected, found


@pytest.mark.parametrize("step", [1, 2, 3, 7, 50])
def test_a_stream_gives_the_same_sentences_and_loses_nothing(step: int) -> None:
    text = "Press Home [1]. Wait 3.5 s. [2][3] Then e.g. Netflix opens.[1]\n\n- One item [2]\n- Two. The end. "
    stream = SentenceStream()
    pieces = [piece for at in range(0, len(text), step) for piece in stream.feed(text[at : at + step])]
    pieces += stream.flush()
    assert "".join(pieces) == text
    assert [piece.strip() for piece in pieces] == _sentences(text)


def test_a_code_block_is_held_until_it_ends() -> None:
    stream = SentenceStream()
    assert stream.feed("Run this:\n\n```\nfirst. Second\n\nthird") == ["Run this:"]
    assert stream.feed("\n```\nThen wait for") == ["\n\n```\nfirst. Second\n\nthird\n```"]
    assert stream.flush() == ["\nThen wait for"]


def test_a_code_block_that_never_ends_is_released_at_the_end() -> None:
    stream = SentenceStream()
    assert stream.feed("```\nfirst. Second one here") == []
    assert "".join(stream.flush()) == "```\nfirst. Second one here"


def test_a_sentence_waits_for_its_marker() -> None:
    stream = SentenceStream()
    assert stream.feed("It is so. ") == []
    assert stream.feed("[1]") == []
    assert stream.feed(" Next") == []
    assert stream.feed(" word") == ["It is so. [1]"]
