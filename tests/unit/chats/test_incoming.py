from typing import Any

import pytest

from answerable.chats.incoming import image_of, read_answer, read_part
from answerable.core.messages import Image


def test_an_image_comes_in_as_we_give_it_out() -> None:
    part = {"type": "image_url", "image_url": {"url": "data:,", "detail": "huge", "more": 1}, "more": 2}
    assert image_of(part) == Image("data:,")
    assert read_part(part) == {"type": "image_url", "image_url": {"url": "data:,", "detail": "auto"}}


@pytest.mark.parametrize("image", [None, "data:,", {}, {"url": 5}, []])
def test_an_image_without_an_address_is_an_attachment(image: object) -> None:
    part = {"type": "image_url", "image_url": image}
    assert image_of(part) is None
    assert read_part(part) == {"type": "attachment", "kind": "image_url", "name": ""}


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ({}, {"type": "attachment", "kind": "file", "name": ""}),
        ({"type": ["x"], "name": 1}, {"type": "attachment", "kind": "file", "name": ""}),
        ({"type": "tool_call", "name": "n" * 300, "x": 1}, {"type": "tool_call", "name": "n" * 200}),
        (
            {"type": "attachment", "kind": "image", "name": "a.png", "x": [1]},
            {"type": "attachment", "kind": "image", "name": "a.png"},
        ),
    ],
)
def test_every_other_part_is_a_name(part: dict[str, Any], read: dict[str, Any]) -> None:
    assert read_part(part) == read


def test_an_answer_of_our_shape_stays_but_for_its_request() -> None:
    answer = {"sentences": [{"text": "a", "citations": [{"number": 1}]}], "confidence": 1, "later": [{"x": 2.5}]}
    assert read_answer(answer | {"request_id": "req_1"}) == answer
    assert read_answer(None) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"sentences": "x"},
        {"sentences": [{"text": 5}]},
        {"sentences": [{"text": "a", "citations": ["b"]}]},
        {"tools": {"name": "x"}},
        {"searched": [1]},
        {"trace": []},
        {"later": [float("nan")]},
        {"later": {"x": 2**63}},
    ],
)
def test_an_answer_that_no_reader_could_show_is_dropped(answer: dict[str, Any]) -> None:
    assert read_answer(answer) is None
