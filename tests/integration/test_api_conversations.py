"""/v1/conversations and what hangs on it, asked over HTTP by people of a server with accounts."""

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.support.exports import as_zip, chatgpt
from tests.support.guarded import Guarded, serving_with_accounts

ROOT = "/v1/conversations"
TIMES = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with serving_with_accounts(tmp_path_factory.mktemp("served")) as opened:
        yield opened


class Person:
    def __init__(self, served: Guarded, name: str) -> None:
        self.served = served
        self.name = name

    async def __call__(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        found, body = await self.served.call(self.name, method, path, **more)
        assert found == status, body
        return body

    async def bring(self, title: str, *messages: dict[str, Any], leaf: str | None = None) -> str:
        """Import a conversation; its id."""
        talk = {"id": title, "title": title, "leaf": leaf, "messages": [one | TIMES for one in messages]} | TIMES
        await self("POST", f"{ROOT}/import", json={"format": "answerable.conversations", **talk})
        found = await self("GET", f"{ROOT}/search", params={"q": f'"{title}" role:title'})
        return str(found["data"][0]["conversation"])


@pytest.fixture
def ada(served: Guarded) -> Person:
    return Person(served, "member")


def said(id_: str, parent: str | None, content: str, role: str = "user", **more: Any) -> dict[str, Any]:
    return {"id": id_, "parent": parent, "content": content, "role": role} | more


async def test_a_conversation_is_made_changed_listed_and_erased(ada: Person) -> None:
    body = {"folder": "work/boats", "tags": ["x"], "settings": {"model": "scripted", "temperature": 0.5}}
    made = await ada("POST", ROOT, 201, json=body)
    assert (made["title"], made["named"], made["leaf"], made["imported"]) == ("New conversation", False, None, False)
    assert made["settings"] == body["settings"]
    path = f"{ROOT}/{made['id']}"
    changed = await ada("PATCH", path, json={"title": "Boats", "archived": True, "settings": {}})
    assert (changed["title"], changed["named"], changed["settings"]) == ("Boats", True, {})
    assert (changed["folder"], changed["tags"]) == ("work/boats", ["x"])
    for query, there in (("archived=true", True), ("", False), ("archived=true&folder=work", True)):
        listed = await ada("GET", f"{ROOT}?{query}")
        assert (made["id"] in [row["id"] for row in listed["data"]]) is there
    assert await ada("GET", path) == changed
    await ada("DELETE", path, 204)
    await ada("GET", path, 404)


@pytest.mark.parametrize(
    "body",
    [
        {"owner": "usr_0"},
        {"settings": {"system": "x"}},
        {"settings": {"temperature": 3}},
        {"title": "x" * 201},
        {"tags": ["x"] * 21},
        {"title": "a\x00b"},
        {"folder": "x" * 201},
    ],
)
async def test_what_is_not_declared_or_too_much_is_refused(ada: Person, body: dict[str, Any]) -> None:
    assert (await ada("POST", ROOT, 422, json=body))["error"]["code"] == "invalid_request"


async def test_pages_of_a_list_follow_each_other_and_a_wrong_cursor_is_said(ada: Person) -> None:
    for number in range(3):
        await ada("POST", ROOT, 201, json={"title": f"page {number}", "folder": "pages"})
    first = await ada("GET", f"{ROOT}?folder=pages&limit=2")
    rest = await ada("GET", f"{ROOT}?folder=pages&limit=2&after={first['next']}")
    titles = [row["title"] for row in first["data"] + rest["data"]]
    assert (titles, rest["has_more"], rest["next"]) == (["page 2", "page 1", "page 0"], False, None)
    for cursor in ("x", "9" * 30 + ".x", "-1.x", "1."):
        assert (await ada("GET", f"{ROOT}?after={cursor}", 400))["error"]["param"] == "after"


async def test_a_branch_is_paged_and_another_version_is_chosen(ada: Person) -> None:
    tree = (
        said("q", None, "Why?"),
        said("a", "q", "So.", "assistant", model="m", answer={"confidence": 0.5}),
        said("b", "q", "Otherwise.", "assistant"),
        said("c", "b", "And?"),
    )
    talk = await ada.bring("branches", *tree, leaf="a")
    page = await ada("GET", f"{ROOT}/{talk}/messages?limit=1")
    (answer,) = page["data"]
    assert (answer["content"], answer["model"], answer["answer"]) == ("So.", "m", {"confidence": 0.5})
    assert (answer["status"], answer["error"], answer["feedback"]) == ("done", None, None)
    assert page["has_more"]
    other = answer["versions"][1]
    (question,) = (await ada("GET", f"{ROOT}/{talk}/messages?limit=1&before={page['before']}"))["data"]
    assert (question["content"], question["versions"]) == ("Why?", [question["id"]])
    changed = await ada("PATCH", f"{ROOT}/{talk}", json={"leaf": other})
    shown = await ada("GET", f"{ROOT}/{talk}/messages")
    assert [row["content"] for row in shown["data"]] == ["Why?", "Otherwise.", "And?"]
    assert shown["leaf"] == changed["leaf"] == shown["data"][-1]["id"]


async def test_an_answer_that_failed_is_given_anew_where_it_is_asked_for_again_with_its_key(served: Guarded) -> None:
    path = f"{ROOT}/{await served.conversation('member')}/messages"
    body, headers = {"content": "Hello?", "model": "dripping"}, {"idempotency-key": "tried again"}
    served.dripping.breaks = True
    async with served.client("member") as http:
        async with http.post(path, json=body, headers=headers) as response:
            first = await response.text()
        served.dripping.breaks = False
        assert "stream_broken" in first
        for _ in range(2):
            async with http.post(path, json=body, headers=headers) as response:
                again = (await response.content.readuntil(b"Well")).decode()
            await asyncio.sleep(0.2)
            assert _names(again)["question"] == _names(first)["question"]
            assert _names(again)["message"] != _names(first)["message"]
        async with http.post(f"{path}/{_names(again)['message']}/stop") as response:
            assert response.status == 200
        async with http.get(path) as response:
            (question, answer) = (await response.json())["data"]
    assert (len(answer["versions"]), answer["id"]) == (2, _names(again)["message"])
    assert question["content"] == "Hello?"


def _names(stream: str) -> Any:
    """Question and answer, as the first event of a stream names them."""
    return json.loads(stream.partition("data: ")[2].partition("\n")[0])["answerable"]


@pytest.mark.parametrize(
    "field",
    ["messages", "tools", "tool_choice", "parallel_tool_calls", "response_format", "temporary", "stream_options"],
)
async def test_a_field_of_a_plain_chat_request_is_refused_in_a_conversation(
    ada: Person, served: Guarded, field: str
) -> None:
    path = f"{ROOT}/{await served.conversation('member')}/messages"
    refused = await ada("POST", path, 400, json={"content": "Hello?", field: []})
    assert refused["error"]["param"] == field
    assert "/v1/chat/completions" in refused["error"]["message"]


async def test_labels_are_counted_renamed_and_taken_away(ada: Person) -> None:
    await ada("POST", ROOT, 201, json={"folder": "old", "tags": ["red"]})
    await ada("POST", ROOT, 201, json={"folder": "old/deep", "tags": ["red", "blue"]})
    renamed = await ada("PATCH", f"{ROOT}/labels", json={"kind": "folder", "name": "old", "to": "new"})
    assert renamed == {"changed": 2}
    await ada("PATCH", f"{ROOT}/labels", json={"kind": "tag", "name": "red", "to": ""})
    labels = await ada("GET", f"{ROOT}/labels")
    assert {"name": "new/deep", "conversations": 1} in labels["folders"]
    assert {"name": "blue", "conversations": 1} in labels["tags"]
    assert "red" not in [tag["name"] for tag in labels["tags"]]
    await ada("PATCH", f"{ROOT}/labels", 404, json={"kind": "tag", "name": "red", "to": "x"})


async def test_a_search_marks_what_it_found_and_comes_in_pages(ada: Person) -> None:
    talk = await ada.bring(
        "marks", said("q", None, "Where is the <b>Schlüssel</b>?"), said("r", "q", "SCHLUSSEL!", "assistant")
    )
    for order in ("newest", "best"):
        params = {"q": "schlüs*", "limit": "1", "order": order}
        first = await ada("GET", f"{ROOT}/search", params=params)
        rest = await ada("GET", f"{ROOT}/search", params=params | {"after": str(first["next"])})
        hits = first["data"] + rest["data"]
        assert sorted(hit["role"] for hit in hits) == ["assistant", "user"]
        assert {hit["conversation"] for hit in hits} == {talk}
        for hit in hits:
            ((start, end),) = hit["snippet"]["marks"]
            assert hit["snippet"]["text"][start:end] in ("Schlüssel", "SCHLUSSEL")
        assert not rest["has_more"]
    for typed in ('"', "AND OR NOT (", "folder:", "-", "*", "a" * 500):
        assert (await ada("GET", f"{ROOT}/search", params={"q": typed}))["object"] == "list"


async def test_chatgpts_zip_is_imported_once_as_a_form_or_as_the_body(ada: Person) -> None:
    data = as_zip(conversations=[chatgpt("z1"), chatgpt("z2"), {"title": "Broken", "mapping": {}}]).getvalue()
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename="export.zip")
    first = await ada("POST", f"{ROOT}/import", data=form)
    assert (first["imported"], first["messages"], first["already_there"], first["failed"]) == (2, 6, 0, 1)
    assert first["failures"] == [{"title": "Broken", "reason": "it has no id"}]
    again = await ada("POST", f"{ROOT}/import", data=data, headers={"content-type": "application/zip"})
    assert (again["imported"], again["already_there"]) == (0, 2)
    for wrong in (b"", b"not an export", b"{}"):
        await ada("POST", f"{ROOT}/import", 400, data=wrong, headers={"content-type": "application/json"})
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("other", "x")
    await ada("POST", f"{ROOT}/import", 400, data=form)


async def test_one_and_all_are_exported(ada: Person) -> None:
    cited = {"sentences": [{"text": "So.", "citations": [{"number": 1, "title": "Book", "quote": "so", "page": 2}]}]}
    talk = await ada.bring(
        "exports", said("q", None, "Why?"), said("a", "q", "So. [1]", "assistant", answer=cited), leaf="a"
    )
    one = await ada("GET", f"{ROOT}/{talk}/export")
    assert [row["content"] for row in one["messages"]] == ["Why?", "So. [1]"]
    text = await ada("GET", f"{ROOT}/{talk}/export?format=markdown")
    assert "So. [^2-1]" in text
    assert "[^2-1]: Book, page 2: “so”" in text
    whole = await ada("GET", f"{ROOT}/export")
    assert one in whole["conversations"]
    lines = (await ada("GET", f"{ROOT}/export?format=jsonl")).splitlines()
    assert json.loads(lines[0])["format"] == "answerable.conversations"
    assert len(lines) == len(whole["conversations"])


async def test_a_branch_is_shared_listed_opened_by_anybody_and_withdrawn(ada: Person) -> None:
    cited = {
        "sentences": [
            {"text": "So.", "citations": [{"number": 1, "title": "Book", "document_id": "doc_1", "source": "/home/x"}]}
        ]
    }
    talk = await ada.bring(
        "shares", said("q", None, "Why?"), said("a", "q", "So.", "assistant", answer=cited), leaf="a"
    )
    made = await ada("POST", f"{ROOT}/{talk}/shares", 201, json={"days": 2})
    (listed,) = (await ada("GET", f"{ROOT}/{talk}/shares"))["data"]
    assert "token" not in listed
    nobody = ada.served
    status, shown = await nobody.call(None, "GET", made["path"])
    assert (status, shown["title"]) == (200, "shares")
    assert shown["messages"][1]["citations"] == [{"number": 1, "title": "Book", "page": None, "quote": ""}]
    assert "/home/x" not in str(shown)
    await ada("DELETE", f"{ROOT}/{talk}/shares/{made['id']}", 204)
    gone = await nobody.call(None, "GET", made["path"])
    assert gone == await nobody.call(None, "GET", "/v1/shared/never-was")
    assert gone[0] == 404
    for days in (0, 366, "x"):
        await ada("POST", f"{ROOT}/{talk}/shares", 422, json={"days": days})


async def test_a_low_mark_reaches_the_reviewers_who_settle_it(ada: Person, served: Guarded) -> None:
    talk = await ada.bring("marked", said("q", None, "Why not?"), said("a", "q", "No idea.", "assistant"), leaf="a")
    answer = (await ada("GET", f"{ROOT}/{talk}/messages"))["data"][1]["id"]
    path = f"{ROOT}/{talk}/messages/{answer}/feedback"
    marked = await ada("PUT", path, json={"mark": "down", "comment": "says nothing"})
    assert (marked["mark"], marked["comment"]) == ("down", "says nothing")
    shown = (await ada("GET", f"{ROOT}/{talk}/messages"))["data"][1]["feedback"]
    assert shown == marked
    reviewer = Person(served, "reviewer")
    queue = await reviewer("GET", "/v1/review?kind=low_mark")
    (item,) = queue["data"]
    assert (item["question"], item["answer"], item["comment"]) == ("Why not?", "No idea.", "says nothing")
    done = await reviewer("PATCH", f"/v1/review/{item['id']}", json={"status": "done", "note": "written down"})
    assert (done["status"], done["settled_by"]) == ("done", served.people["reviewer"].id)
    assert (await reviewer("GET", "/v1/review?kind=low_mark"))["data"] == []
    assert (await reviewer("GET", "/v1/review?status=done"))["data"][0]["note"] == "written down"
    await ada("DELETE", path, 204)
    for body in ({"mark": "great"}, {"mark": "up", "comment": "x" * 2_001}, {}):
        await ada("PUT", path, 422, json=body)


async def test_an_answer_of_the_plain_api_is_marked_by_its_request(ada: Person) -> None:
    body = {"messages": [{"role": "user", "content": "Hello?"}]}
    reply = await ada("POST", "/v1/chat/completions", json=body)
    mark = {"request_id": reply["answerable"]["request_id"], "mark": "up"}
    for _ in range(1_200):  # the ledger writes its row a moment later
        if (await ada.served.call(ada.name, "POST", "/v1/feedback", json=mark))[0] != 404:
            break
        await asyncio.sleep(0.05)
    assert (await ada("POST", "/v1/feedback", json=mark))["mark"] == "up"
    assert (await ada.served.call("admin", "POST", "/v1/feedback", json=mark))[0] == 404
