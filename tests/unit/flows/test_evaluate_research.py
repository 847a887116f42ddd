"""Reports as they leave for public benchmarks. The run itself is proven by the integration test of the same name."""

import json
from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest
from answerable.flows.evaluate_research import Article, export


def test_articles_are_lines_of_id_prompt_and_article(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl"
    export([Article("1", "Lamps", "# Lamps\n\nÜber 5 W."), Article("2", "Trams", "# Trams\n")], path)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows == [
        {"id": "1", "prompt": "Lamps", "article": "# Lamps\n\nÜber 5 W."},
        {"id": "2", "prompt": "Trams", "article": "# Trams\n"},
    ]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"nowhere/reports\.jsonl: cannot be written"):
        export([], tmp_path / "nowhere" / "reports.jsonl")
