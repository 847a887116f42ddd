import pytest

from answerable.chats.citations import citations_of
from answerable.chats.markdown import branch_as_markdown, file_name
from tests.support.talks import message

ANSWER = {
    "sentences": [
        {"text": "It is blue.", "citations": [{"number": 1, "title": "Sky", "quote": "blue\nindeed", "page": 3}]},
        {"text": "Always.", "citations": [{"number": 1, "title": "Sky"}, {"number": 2, "title": ""}]},
    ]
}
EXPECTED = """# Why blue

## Question

Why? [1]

## Answer (m)

It is blue. [^2-1] Always. [^2-1][^2-2] Not [3], nor `[1]`:

```
x[1]
```

*stopped*

[^2-1]: Sky, page 3: “blue indeed”
[^2-2]: Source
"""


def test_sources_become_footnotes_but_not_in_code() -> None:
    text = "It is blue. [1] Always. [1][2] Not [3], nor `[1]`:\n\n```\nx[1]\n```"
    rows = [
        message("c", None, "Why? [1]"),
        message("c", None, text, "assistant", model="m", status="stopped", answer=ANSWER),
        message("c", None, "what a tool said", "tool"),
    ]
    assert branch_as_markdown("Why\nblue", rows) == EXPECTED


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"sentences": 5}, {"sentences": [5, {"citations": {"number": 1}}, {"citations": [7, {"number": "1"}]}]}],
)
def test_what_is_no_citation_is_passed_over(answer: dict[str, object] | None) -> None:
    assert citations_of(answer) == ()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Why is the sky blue?", "why-is-the-sky-blue.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ('a"; b\r\nx: y', "a-b-x-y.md"),
        ("空", "conversation.md"),
        ("x" * 500, "x" * 60 + ".md"),
    ],
)
def test_names_of_files_are_plain(title: str, name: str) -> None:
    assert file_name(title, "md") == name
