"""Every tool keeps the contract of `agents/tools/base/tool.py`, on its sample and on what a model may do wrong."""

import asyncio
import contextlib
import dataclasses
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from answerable.agents.tools.base.http import HttpClient
from answerable.agents.tools.base.services import Caller, FileText, Page, Services
from answerable.agents.tools.base.tool import Tool, ToolConfig
from answerable.core import loading
from answerable.core.errors import InvalidRequest, NotFound, ToolFailed, UnreadableDocument
from tests.data.tool_samples import ON_THE_WIRE, PASSAGE, SAMPLES, services
from tests.support.upstream import Caller as HttpCaller
from tests.support.upstream import Respond, saying, upstream

PACKAGE = "answerable.agents.tools"
NAMES = loading.names(PACKAGE)
HERE = sorted(set(NAMES) - set(ON_THE_WIRE))
USES_SERVICES = ["fetch_url", "json_query", "knowledge_search", "query_table", "read_file"]
SET_UP: dict[str, dict[str, Any]] = {name: {"base_url": "http://127.0.0.1:9"} for name in ON_THE_WIRE}
CALLER = Caller(collection="c")
NASTY: list[Any] = [
    "", " ", "\x00", "A" * 3_000, "9" * 900, "-1", "1e999", "((((((", "%s%n{0}", "'; DROP TABLE data; --",
    "../../etc/passwd", "http://169.254.169.254/", "ﷺ🙂𝟙𝟚", "\u202e\u0301" * 20, "null", "[*]", "[" * 200, "0/0",
    "٣", "1 % % %", "²", "\\", None, True, 0, -(2**70), 1e308, [], {}, ["a", None], {"a": {"b": []}},
]  # fmt: skip


def build(name: str, given: Services, **options: Any) -> Tool:
    module = loading.load(PACKAGE, name)
    tool: Tool = module.build(module.Config(**options), given)
    return tool


@contextlib.asynccontextmanager
async def on_the_wire(name: str, respond: Respond, **options: Any) -> AsyncIterator[Tool]:
    async with upstream(respond) as server:
        client = HttpClient()
        yield build(name, services(http=client), base_url=server.url, **options)


@contextlib.asynccontextmanager
async def working(name: str, **options: Any) -> AsyncIterator[Tool]:
    if name in ON_THE_WIRE:
        async with on_the_wire(name, saying(ON_THE_WIRE[name]), **options) as tool:
            yield tool
    else:
        yield build(name, services(), **options)


def test_every_tool_has_a_sample() -> None:
    assert sorted(SAMPLES) == NAMES
    assert len(NAMES) >= 11


@pytest.mark.parametrize("name", NAMES)
def test_config_is_frozen_and_the_tool_is_called_like_its_file(name: str) -> None:
    module = loading.load(PACKAGE, name)
    config = module.Config()
    assert isinstance(config, ToolConfig)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.timeout_s = 1.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="timeout_s is between"):
        module.Config(timeout_s=0)
    assert module.build(config, services()).name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_told_what_the_tool_does_and_what_each_argument_means(name: str) -> None:
    tool = build(name, services())
    schema = json.loads(json.dumps(tool.parameters))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert "caller" not in schema["properties"]
    assert all(one.get("description") for one in schema["properties"].values())
    assert 40 < len(tool.description) < 1_200
    assert tool.purpose.endswith((".", ","))
    assert tool.offered.name == name


@pytest.mark.parametrize("name", NAMES)
async def test_the_sample_gives_its_result(name: str) -> None:
    arguments, holds = SAMPLES[name]
    async with working(name) as tool:
        assert holds in await tool.run(json.dumps(arguments), CALLER)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ('{"no_such_argument": 1}', "no argument 'no_such_argument'"),
        ("[" * 5_000, "not valid JSON"),
        ('{"' + "x" * 60_000 + '": 1}', "longer than"),
    ],
)
async def test_wrong_arguments_are_refused_in_words_a_model_can_act_on(name: str, arguments: str, says: str) -> None:
    with pytest.raises(ToolFailed, match=says):
        await build(name, services(), **SET_UP.get(name, {})).run(arguments, CALLER)


@pytest.mark.parametrize("name", HERE)
async def test_nothing_but_a_result_or_a_refusal_comes_of_nonsense(name: str) -> None:
    tool = build(name, services())
    properties = list(tool.parameters["properties"])
    sample, _ = SAMPLES[name]
    dice = random.Random(name)
    cases = [sample | {one: nasty} for one in properties for nasty in NASTY]
    cases += [{one: dice.choice(NASTY) for one in properties if dice.random() < 0.7} for _ in range(100)]
    for case in cases:
        with contextlib.suppress(ToolFailed):
            assert len(await tool.run(json.dumps(case), CALLER)) <= tool.config.max_characters


@pytest.mark.parametrize("name", NAMES)
async def test_a_result_is_bounded(name: str) -> None:
    arguments, _ = SAMPLES[name]
    async with working(name, max_characters=200) as tool:
        assert len(await tool.run(json.dumps(arguments), CALLER)) <= 200


class Failing:
    """Services that fail in every way that they may, or never end."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def _fail(self) -> None:
        if self._error:
            raise self._error
        await asyncio.Event().wait()

    async def search(self, *_: object, **__: object) -> list[Any]:
        await self._fail()
        return [PASSAGE]

    async def fetch(self, url: str) -> Page:
        await self._fail()
        return Page(b"", url, "")

    async def list(self, *_: object) -> list[Any]:
        await self._fail()
        return []

    async def read(self, *_: object) -> FileText:
        await self._fail()
        return FileText("", "", "", "")


@pytest.mark.parametrize("name", USES_SERVICES)
@pytest.mark.parametrize(
    "error",
    [NotFound("it is gone"), InvalidRequest("not public"), UnreadableDocument("a", "corrupt", "bad"), OSError("disk")],
)
async def test_failures_of_services_are_the_tools_own(name: str, error: Exception) -> None:
    failing = Failing(error)
    tool = build(name, services(search=failing.search, fetch=failing.fetch, files=failing))
    with pytest.raises(ToolFailed):
        await tool.run(json.dumps(SAMPLES[name][0]), CALLER)


@pytest.mark.parametrize("name", USES_SERVICES)
async def test_a_service_that_never_ends_is_given_up_in_time(name: str) -> None:
    failing = Failing(None)
    tool = build(name, services(search=failing.search, fetch=failing.fetch, files=failing), timeout_s=0.02)
    with pytest.raises(ToolFailed, match=r"did not finish within 0\.02 s"):
        await tool.run(json.dumps(SAMPLES[name][0]), CALLER)


@pytest.mark.parametrize("name", USES_SERVICES)
async def test_without_its_service_a_tool_says_what_is_missing(name: str) -> None:
    tool = build(name, services(search=None, fetch=None, files=None))
    with pytest.raises(ToolFailed):
        await tool.run(json.dumps(SAMPLES[name][0]), CALLER)


async def never(caller: HttpCaller) -> None:
    await caller.hung_up()


def refusing(status: str) -> Respond:
    async def respond(caller: HttpCaller) -> None:
        await caller.say(b"<html>no</html>", "text/html", status, "Retry-After: 7")

    return respond


@pytest.mark.parametrize("name", sorted(ON_THE_WIRE))
async def test_a_silent_server_is_given_up_in_time(name: str) -> None:
    async with on_the_wire(name, never, timeout_s=0.1) as tool:
        with pytest.raises(ToolFailed, match="within"):
            await tool.run(json.dumps(SAMPLES[name][0]), CALLER)


@pytest.mark.parametrize("name", sorted(ON_THE_WIRE))
@pytest.mark.parametrize(
    "status", ["500 Error", "404 Not Found", "302 Found", "403 Forbidden", "429 Too Many Requests"]
)
async def test_a_refusal_of_a_server_is_the_tools_own(name: str, status: str) -> None:
    async with on_the_wire(name, refusing(status)) as tool:
        with pytest.raises(ToolFailed) as raised:
            await tool.run(json.dumps(SAMPLES[name][0]), CALLER)
    assert ("try again in 7 s" in raised.value.message) == status.startswith("429")


@pytest.mark.parametrize("name", sorted(ON_THE_WIRE))
@pytest.mark.parametrize(
    "answer",
    [
        b"", b"\xff\xfe\x00", b"{}", b"[]", b"null", b"12", b"<feed/>", b"<a>" * 3_000,
        b'{"results": 3, "query": {"pages": [3, null, {}]}, "web": []}',
        b'{"results": [null, 3, {}, {"url": 5}], "query": 1}',
        b'{"error": {"info": 3}}',
        b'{"query": {"pages": [{"index": "x"}]}}',
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry/></feed>",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><feed>&b;</feed>",
    ],
)  # fmt: skip
async def test_garbage_from_a_server_is_a_refusal_or_nothing_found(name: str, answer: bytes) -> None:
    async with on_the_wire(name, saying(answer)) as tool:
        with contextlib.suppress(ToolFailed):
            assert len(await tool.run(json.dumps(SAMPLES[name][0]), CALLER)) < 500


async def test_a_server_that_is_not_there_is_a_refusal() -> None:
    for name in ON_THE_WIRE:
        client = HttpClient()
        tool = build(name, services(http=client), **SET_UP[name])
        with pytest.raises(ToolFailed, match="cannot be reached"):
            await tool.run(json.dumps(SAMPLES[name][0]), CALLER)


@pytest.mark.parametrize("name", USES_SERVICES)
async def test_cancelling_a_call_ends_it_at_once(name: str) -> None:
    failing = Failing(None)
    given = services(search=failing.search, fetch=failing.fetch, files=failing)
    task = asyncio.create_task(build(name, given).run(json.dumps(SAMPLES[name][0]), CALLER))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
