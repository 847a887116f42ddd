"""Events come out the same wherever the bytes were split."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.providers.wire import sse
from answerable.providers.wire.sse import ServerEvent, SseParser

_LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=12)
_EVENTS = st.lists(
    st.tuples(st.lists(_LINES, min_size=1, max_size=3), st.sampled_from(["", "error", "ping"])), max_size=5
)


def _parse(pieces: list[bytes]) -> list[ServerEvent]:
    parser = SseParser()
    found = [event for piece in pieces for event in parser.feed(piece)]
    return found + parser.finish()


def _split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(_EVENTS, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 10_000), max_size=12), st.booleans())
def test_events_survive_any_split_and_any_line_end(
    events: list[tuple[list[str], str]], end: str, cuts: list[int], bom: bool
) -> None:
    text = "\ufeff" if bom else ""
    for lines, kind in events:
        text += f": comment{end}"
        text += f"event: {kind}{end}" if kind else ""
        text += "".join(f"data: {line}{end}" for line in lines) + end
    wanted = [ServerEvent("\n".join(lines), kind or "message") for lines, kind in events]
    assert _parse(_split(text.encode(), cuts)) == wanted


@given(st.binary(max_size=200), st.lists(st.integers(0, 10_000), max_size=12))
def test_garbage_parses_alike_whole_and_in_pieces(data: bytes, cuts: list[int]) -> None:
    assert _parse(_split(data, cuts)) == _parse([data])


@pytest.mark.parametrize(
    "data", [b"data:x\n\n", b"data: x\r\n\r\n", b"id: 4\nretry: 3\ndata: x\n\n", b"data: x", b"data: x\n"]
)
def test_one_event_however_it_is_written(data: bytes) -> None:
    assert _parse([data]) == [ServerEvent("x")]


def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert _parse([b"data:  x\n\n"]) == [ServerEvent(" x")]


def test_comments_and_blank_lines_are_no_events() -> None:
    assert _parse([b": ping\n\n\n\nevent: ping\n\n"]) == []


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_LARGEST_EVENT_BYTES", 50)
    parser = SseParser()
    parser.feed(b"data: " + b"x" * 30 + b"\n")
    with pytest.raises(ValueError, match="too large"):
        parser.feed(b"data: " + b"x" * 30)
