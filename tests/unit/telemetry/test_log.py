import io
import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from answerable.telemetry.log import configure, logger


@pytest.fixture(autouse=True)
def own_configuration() -> Iterator[None]:
    """Whatever a test configures is gone after it."""
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_without_a_terminal_lines_are_json_with_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    logger.info("request.done", status=200)
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["status"]) == ("request.done", "info", 200)
    assert line["timestamp"].endswith("Z")


def test_lower_levels_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning")
    logger.info("quiet")
    logger.warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_libraries_speak_in_the_same_form_from_warning_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug")
    configure("debug")
    logging.getLogger("some.library").warning("careful with %s", "that")
    logging.getLogger("some.library").info("chatter")
    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("careful with that", "warning")


def test_a_traceback_shows_where_and_not_what_was_in_the_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    key = "sk-" + "secret"
    try:
        raise ValueError(f"{len(key)} characters")
    except ValueError as error:
        logger.error("request.failed", exc_info=error)
    (line,) = lines(capsys)
    assert "ValueError: 9 characters" in line["exception"]
    assert key not in line["exception"]


def test_a_line_goes_to_where_standard_error_is_then(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", before)
    configure("info")
    monkeypatch.setattr("sys.stderr", after)
    before.close()
    logger.info("ours")
    logging.getLogger("some.library").warning("theirs")
    assert [json.loads(line)["event"] for line in after.getvalue().splitlines()] == ["ours", "theirs"]


KEY = "sk-" + "Ab1" * 8


def test_credentials_never_reach_the_output_wherever_they_stand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("debug")
    logger.info("request.done", authorization=f"Bearer {KEY}", nested={"password": "hunter2"}, note=f"key {KEY}")
    try:
        raise ValueError(f"refused {KEY}")
    except ValueError as error:
        logger.error("request.failed", exc_info=error)
    logging.getLogger("some.library").warning("header authorization: Basic %s", "aHVudGVyMg==")
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 3
    assert KEY not in written
    assert "hunter2" not in written
    assert "aHVudGVyMg" not in written


def test_credentials_never_reach_a_terminal_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    configure("debug")
    try:
        raise ValueError(f"refused {KEY}")
    except ValueError as error:
        logger.error("request.failed", cookie="session=1234", exc_info=error)
    written = capsys.readouterr().err
    assert "request.failed" in written
    assert "ValueError" in written
    assert KEY not in written
    assert "1234" not in written


def test_a_line_is_written_whatever_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    logger.info("odd", half="\ud800", huge=2**80, thing=ValueError("v"), amount=Decimal("0.000123"), raw=b"bytes")
    (line,) = lines(capsys)
    assert (line["huge"], line["thing"], line["amount"]) == (2**80, "v", "0.000123")
