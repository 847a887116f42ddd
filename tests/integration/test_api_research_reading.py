"""/v1/research, what came of it: citations that lead to their words, why a sentence stands there, files."""

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from answerable.config import EXTRACTIVE
from tests.support.researching import EVENTS, call


def spans(report: Any) -> Iterator[tuple[str, int, Any]]:
    """Section, number of the sentence, span: every place that a report leans on."""
    for section in report["sections"]:
        said = [one for block in section["blocks"] for one in block.get("sentences", block.get("items", ()))]
        for number, sentence in enumerate(said, start=1):
            for span in sentence["spans"]:
                yield section["id"], number, span


async def test_every_citation_leads_to_its_words_in_the_stored_text(asking: aiohttp.ClientSession, done: str) -> None:
    _, report = await call(asking, "GET", f"/{done}/report")
    found = list(spans(report))
    assert len(found) >= 4
    for _, _, span in found:
        _, evidence = await call(asking, "GET", f"/{done}/evidence/{span['evidence']}")
        context = evidence["context"]
        start = span["start"] - context["start"]
        assert context["text"][start : start + len(span["quote"])] == span["quote"]
        assert evidence["start"] <= span["start"] < span["end"] <= evidence["end"]
        assert evidence["found_by"][0]["question"]
    assert {span["number"] for _, _, span in found} <= {one["number"] for one in report["references"]}


async def test_why_walks_back_from_a_sentence_to_the_question(asking: aiohttp.ClientSession, done: str) -> None:
    _, report = await call(asking, "GET", f"/{done}/report")
    _, page = await call(asking, "GET", f"/{done}/events?limit=1000")
    searched = {one["number"]: one for one in page["data"] if one["kind"] == "searched"}
    for section, number, span in spans(report):
        _, why = await call(asking, "GET", f"/{done}/why?section={section}&sentence={number}")
        step = next(one for one in why["steps"] if one["quote"] == span["quote"])
        for search in step["found_by"]:
            event = searched[search["event"]]
            assert step["evidence"]["id"] in event["data"]["evidence"]
            assert search["question"] == event["text"]
        assert (why["written_by"]["agent"], why["written_by"]["model"]) in {
            ("writer", EXTRACTIVE),
            ("editor", EXTRACTIVE),
        }
        assert why["written_by"]["request_id"]
    assert (await call(asking, "GET", f"/{done}/why"))[1]["section"] == "summary"
    for query in ("section=s99", "section=s1&sentence=999"):
        assert (await call(asking, "GET", f"/{done}/why?{query}"))[0] == 404


@pytest.mark.parametrize(
    ("form", "media_type", "beginning"),
    [
        ("md", "text/markdown", b"# "),
        ("html", "text/html", b"<!doctype html>"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
    ],
)
async def test_a_report_is_downloaded_under_its_name(
    asking: aiohttp.ClientSession, done: str, form: str, media_type: str, beginning: bytes
) -> None:
    pytest.importorskip(f"answerable.agents.exports.{form}")
    async with asking.get(f"/v1/research/{done}/download?format={form}") as response:
        data = await response.read()
    assert (response.status, response.content_type) == (200, media_type)
    assert 'filename="how-does-answerable-verify-citations' in response.headers["content-disposition"]
    assert response.headers["content-disposition"].endswith(f'.{form}"')
    assert data[: len(beginning)].lower() == beginning.lower()


@pytest.mark.parametrize(
    "path",
    ["", "/events", "/outline", "/report", "/download", "/why", "/evidence/none"],
)
async def test_what_is_not_there_is_missing(asking: aiohttp.ClientSession, path: str) -> None:
    status, told = await call(asking, "GET", f"/res_0{path}")
    assert (status, told["error"]["param"]) == (404, "run")


async def test_a_cursor_that_we_did_not_give_is_refused(asking: aiohttp.ClientSession, done: str) -> None:
    for headers in ({"last-event-id": "seven"}, {"last-event-id": "-1"}):
        async with asking.get(f"/v1/research/{done}/events", headers=EVENTS | headers) as response:
            assert response.status == 400
    assert (await call(asking, "GET", f"/{done}/events?after=-1"))[0] == 422
    assert (await call(asking, "GET", f"/{done}/download?format=exe"))[0] == 422
    assert (await call(asking, "GET", f"/{done}/evidence/none"))[0] == 404
