"""The topic switch over HTTP: two servers on one folder, and what one is told the other does within seconds."""

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answerable.config import EXTRACTIVE, Settings
from answerable.flows.platform import Platform
from answerable.gateway.guards import pipeline, topics
from answerable.gateway.models import Models
from answerable.policies import Policies
from answerable.providers.scripted import Config, Reply, Scripted
from answerable.wiring import open_platform
from tests.support.server import serving

QUESTION = "Can I have a refund?"
ANSWER = "Of course you can."
NOTICE = "Our desk answers this."
POLICIES = Policies(guards=pipeline.Config(topics=topics.Config(poll_s=1.0)))


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("topics")
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(serving(lambda: opened(folder))) for _ in range(2)]


async def opened(folder: Path) -> Platform:
    model = Scripted(Config(name="scripted", replies=Reply(ANSWER)))
    builders = {EXTRACTIVE: lambda: model, "scripted": lambda: model}
    settings = Settings(data=folder, policies=POLICIES)
    return await open_platform(settings, models=Models(builders, {}, "scripted", EXTRACTIVE))


def call(url: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"content-type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def told(url: str) -> str:
    body = {"model": "scripted", "messages": [{"role": "user", "content": QUESTION}]}
    _, answer = call(url, "POST", "/v1/chat/completions", body)
    return str(answer["choices"][0]["message"]["content"])


def becomes(url: str, wanted: str) -> bool:
    deadline = time.monotonic() + 60
    while (found := told(url)) != wanted and time.monotonic() < deadline:
        pass
    return found == wanted


@pytest.mark.parametrize("how", [{"keywords": ["refund"]}, {"examples": ["May I get a refund?"]}])
def test_a_topic_is_taken_from_the_models_and_given_back_on_every_worker(workers: list[str], how: Any) -> None:
    assert [told(url) for url in workers] == [ANSWER, ANSWER]
    body = {**how, "action": "notice", "message": NOTICE}
    status, row = call(workers[0], "PUT", "/v1/admin/topics/money/refunds", body)
    assert (status, row["name"], row["enabled"]) == (200, "money/refunds", True)
    assert all(becomes(url, NOTICE) for url in workers)
    assert call(workers[1], "GET", "/v1/admin/topics")[1]["data"] == [row]
    assert call(workers[1], "DELETE", "/v1/admin/topics/money/refunds")[0] == 204
    assert all(becomes(url, ANSWER) for url in workers)
    status, _ = call(workers[0], "DELETE", "/v1/admin/topics/money/refunds")
    assert status == 404
    _, log = call(workers[0], "GET", "/v1/admin/audit")
    assert [(event["action"], event["target"]) for event in log["data"][:2]] == [
        ("topics.removed", "money/refunds"),
        ("topics.put", "money/refunds"),
    ]


@pytest.mark.parametrize(
    "wrong", [{}, {"keywords": ["a"], "owner": "me"}, {"keywords": ["a"], "action": "drop"}, {"keywords": "a"}]
)
def test_a_topic_that_could_not_work_is_refused_over_http(workers: list[str], wrong: Any) -> None:
    assert call(workers[0], "PUT", "/v1/admin/topics/x", wrong)[0] in (400, 422)
