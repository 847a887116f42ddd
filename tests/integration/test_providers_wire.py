"""Language-model providers over a socket: every way an upstream fails, hang-ups, reused connections."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from answerable.core.errors import (
    ProviderBusy,
    ProviderDown,
    ProviderRefused,
    ProviderTimeout,
    StreamBroken,
    UpstreamError,
)
from answerable.core.messages import Message, Text, Tool
from answerable.core.ports import Model
from answerable.core.tasks import Chat, Sampling
from answerable.providers import anthropic, openai
from tests.support.upstream import Caller, Collected, saying, upstream

CHAT = Chat((Message("user", (Text("Hi"),)),), sampling=Sampling(max_tokens=20))
KEY = "sk-very-secret"
PATIENT: dict[str, float] = {"connect_s": 60.0, "first_token_s": 60.0, "idle_s": 60.0, "total_s": 120.0}
"""For what is told by the server: a machine that stands still for a moment must not be taken for a silent one."""
NOTHING_COMES = PATIENT | {"first_token_s": 0.15, "total_s": 0.6}
SHORT: dict[str, dict[str, float]] = {
    **dict.fromkeys(("hang", "hang in stream", "comments only"), NOTHING_COMES),
    "hang after half": PATIENT | {"idle_s": 0.15},
    "drip": PATIENT | {"total_s": 3.0},
}
"""For silence: how long each way of it is waited for."""


def _model(kind: str, url: str, **options: Any) -> Model:
    if kind == "openai":
        return openai.build(openai.Config("m", "x", f"{url}/v1", KEY, **options))
    return anthropic.build(anthropic.Config("m", "x", url, KEY, **options))


async def _run(model: Model, chat: Chat = CHAT) -> Collected:
    out = Collected()
    try:
        await model.run(chat, out.emit)
    finally:
        await model.close()
    return out


FIRST = {
    "openai": b'data: {"choices":[{"index":0,"delta":{"content":"Half"},"finish_reason":null}]}\n\n',
    "anthropic": b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Half"}}\n\n',
}


# --- the failure matrix -------------------------------------------------------------------------------------------


async def _hang(caller: Caller) -> None:
    await caller.hung_up()


async def _hang_in_stream(caller: Caller) -> None:
    await caller.begin()
    await caller.hung_up()


async def _hang_after_half(caller: Caller) -> None:
    await caller.begin()
    await caller.send(FIRST["openai" if "chat" in caller.path else "anthropic"])
    await caller.hung_up()


async def _drip(caller: Caller) -> None:
    """A comment now and then, for ever: alive, and useless."""
    await caller.begin()
    await caller.send(FIRST["openai" if "chat" in caller.path else "anthropic"])
    while True:
        await caller.send(b": ping\n\n")
        await asyncio.sleep(0.05)


async def _comments_only(caller: Caller) -> None:
    await caller.begin()
    while True:
        await caller.send(b": ping\n\n")
        await asyncio.sleep(0.05)


async def _cut_before_headers(caller: Caller) -> None:
    caller.writer.close()


async def _cut_in_stream(caller: Caller) -> None:
    await caller.begin()
    caller.writer.close()


async def _cut_after_half(caller: Caller) -> None:
    await caller.begin()
    await caller.send(FIRST["openai" if "chat" in caller.path else "anthropic"])
    caller.writer.close()


async def _garbage_http(caller: Caller) -> None:
    caller.writer.write(b"\x00\x01 not http at all\r\n\r\n")
    await caller.writer.drain()
    caller.writer.close()


async def _web_page(caller: Caller) -> None:
    await caller.say(b"<html>Log in to the WiFi</html>", "text/html")


async def _web_page_as_stream(caller: Caller) -> None:
    await caller.say(b"<html>Log in to the WiFi</html>")


async def _plain_json(caller: Caller) -> None:
    await caller.say(b'{"choices":[{"message":{"content":"Hi"}}]}', "application/json")


async def _error_as_json_200(caller: Caller) -> None:
    await caller.say(b'{"error":{"code":429,"message":"slow down"}}', "application/json")


async def _error_event(caller: Caller) -> None:
    await caller.say(b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n')


async def _bad_gzip(caller: Caller) -> None:
    await caller.say(b"not gzip", "text/event-stream", "200 OK", "Content-Encoding: gzip")


def _status(status: str, *more: str) -> Callable[[Caller], Awaitable[None]]:
    async def respond(caller: Caller) -> None:
        await caller.refuse(status, {"error": {"message": f"no, {KEY}", "type": "x"}}, *more)

    return respond


MATRIX: list[tuple[str, Callable[[Caller], Awaitable[None]], type[UpstreamError]]] = [
    ("hang", _hang, ProviderTimeout),
    ("hang in stream", _hang_in_stream, ProviderTimeout),
    ("hang after half", _hang_after_half, StreamBroken),
    ("drip", _drip, StreamBroken),
    ("comments only", _comments_only, ProviderTimeout),
    ("cut before headers", _cut_before_headers, ProviderDown),
    ("cut in stream", _cut_in_stream, ProviderDown),
    ("cut after half", _cut_after_half, StreamBroken),
    ("garbage http", _garbage_http, ProviderDown),
    ("web page", _web_page, ProviderDown),
    ("web page as stream", _web_page_as_stream, ProviderDown),
    ("plain json", _plain_json, ProviderDown),
    ("error as json 200", _error_as_json_200, ProviderBusy),
    ("error event", _error_event, ProviderBusy),
    ("bad gzip", _bad_gzip, ProviderDown),
    ("400", _status("400 Bad Request"), ProviderRefused),
    ("401", _status("401 Unauthorized"), ProviderRefused),
    ("403", _status("403 Forbidden"), ProviderRefused),
    ("404", _status("404 Not Found"), ProviderRefused),
    ("408", _status("408 Request Timeout"), ProviderTimeout),
    ("429", _status("429 Too Many Requests", "Retry-After: 7"), ProviderBusy),
    ("500", _status("500 Internal Server Error"), ProviderDown),
    ("502", _status("502 Bad Gateway"), ProviderDown),
    ("503", _status("503 Service Unavailable"), ProviderBusy),
    ("504", _status("504 Gateway Timeout"), ProviderTimeout),
    ("529", _status("529 Overloaded"), ProviderBusy),
    ("redirect", _status("307 Temporary Redirect", "Location: http://127.0.0.1:9/"), ProviderRefused),
]


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
@pytest.mark.parametrize(("name", "respond", "wanted"), MATRIX, ids=[row[0] for row in MATRIX])
async def test_each_failure_has_its_error(kind: str, name: str, respond: Any, wanted: type[UpstreamError]) -> None:
    async with upstream(respond) as server:
        with pytest.raises(UpstreamError) as caught:
            await _run(_model(kind, server.url, **SHORT.get(name, PATIENT)))
    assert type(caught.value) is wanted
    assert KEY not in str(caught.value)
    if name == "429":
        assert caught.value.retry_after_s == 7


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
async def test_nobody_there_is_down(kind: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:  # as a name server says it; where there is none it takes its time
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if url.endswith(".invalid"):
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ProviderDown, match="could not be reached"):
        await _run(_model(kind, url))


# --- connections --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
@pytest.mark.parametrize("respond", [_hang, _hang_in_stream, _hang_after_half])
async def test_cancelling_breaks_the_connection_at_once(kind: str, respond: Any) -> None:
    gone = asyncio.Event()

    async def notice(caller: Caller) -> None:
        started.set()
        await respond(caller)
        gone.set()

    started = asyncio.Event()
    async with upstream(notice) as server:
        model = _model(kind, server.url, **PATIENT)
        task = asyncio.create_task(model.run(CHAT, Collected().emit))
        await asyncio.wait_for(started.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), PATIENT["idle_s"] / 2)  # long before it would be given up
        await model.close()


@pytest.mark.parametrize(("kind", "name"), [("openai", "openai_text"), ("anthropic", "anthropic_text")])
async def test_a_connection_is_used_again(kind: str, name: str) -> None:
    async with upstream(saying(name)) as server:
        model = _model(kind, server.url)
        for _ in range(3):
            await model.run(CHAT, Collected().emit)
        await model.close()
        assert (server.connections, len(server.requests)) == (1, 3)


async def test_many_answers_at_a_time_do_not_mix() -> None:
    async def respond(caller: Caller) -> None:
        said = caller.body["messages"][0]["content"]
        body = {"choices": [{"index": 0, "delta": {"content": said}, "finish_reason": "stop"}]}
        await caller.say(f"data: {json.dumps(body)}\n\ndata: [DONE]\n\n".encode())

    async with upstream(respond) as server:
        model = _model("openai", server.url)
        outs = [Collected() for _ in range(20)]
        chats = [Chat((Message("user", (Text(f"n{n}"),)),)) for n in range(20)]
        await asyncio.gather(*(model.run(chat, out.emit) for chat, out in zip(chats, outs, strict=True)))
        await model.close()
    assert [out.text for out in outs] == [f"n{n}" for n in range(20)]


async def test_a_closed_model_opens_again() -> None:
    async with upstream(saying("openai_text")) as server:
        model = _model("openai", server.url)
        for _ in range(2):
            assert (await _run(model)).text.endswith("reset.")


# --- requests -----------------------------------------------------------------------------------------------------


async def test_the_request_reaches_the_server_as_meant() -> None:
    async with upstream(saying("openai_text")) as server:
        await _run(_model("openai", server.url, organization="org", headers={"X-Team": "a"}))
    request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert (request.headers["openai-organization"], request.headers["x-team"]) == ("org", "a")
    assert request.body["stream_options"] == {"include_usage": True}


async def test_azure_is_called_by_deployment_and_key_header() -> None:
    async with upstream(saying("azure_text")) as server:
        model = openai.build(openai.Config("m", "dep", server.url, KEY, api_version="2024-10-21"))
        assert (await _run(model)).text == "Hold the button."
    request = server.requests[0]
    assert request.path == "/openai/deployments/dep/chat/completions?api-version=2024-10-21"
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers


async def test_anthropic_is_called_with_its_headers() -> None:
    async with upstream(saying("anthropic_text")) as server:
        await _run(_model("anthropic", server.url))
    request = server.requests[0]
    assert request.path == "/v1/messages"
    assert (request.headers["x-api-key"], request.headers["anthropic-version"]) == (KEY, "2023-06-01")


@pytest.mark.parametrize(
    ("message", "left_out", "kept"),
    [
        ("Unrecognized request argument supplied: stream_options", "stream_options", "max_tokens"),
        (
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "max_completion_tokens",
        ),
    ],
)
async def test_what_a_server_does_not_know_is_left_out_from_then_on(message: str, left_out: str, kept: str) -> None:
    async def refuse(caller: Caller) -> None:
        await caller.refuse("400 Bad Request", {"error": {"message": message}})

    async with upstream(refuse, saying("ollama_text")) as server:
        model = _model("openai", server.url)
        await model.run(CHAT, Collected().emit)
        assert (await _run(model)).finished.usage.estimated
    assert [left_out in request.body for request in server.requests] == [True, False, False]
    assert all(request.body[kept] for request in server.requests[1:])


async def test_a_server_that_always_refuses_is_not_asked_for_ever() -> None:
    async def refuse(caller: Caller) -> None:
        await caller.refuse("400 Bad Request", {"error": {"message": "unknown: stream_options max_completion_tokens"}})

    async with upstream(refuse) as server:
        with pytest.raises(ProviderRefused):
            await _run(_model("openai", server.url))
    assert len(server.requests) <= 4


async def test_a_limit_that_is_too_large_is_not_taken_for_an_unknown_one() -> None:
    async def refuse(caller: Caller) -> None:
        said = "max_tokens is too large: 99. This model supports at most 16384"
        await caller.refuse("400 Bad Request", {"error": {"message": said}})

    async with upstream(refuse, saying("openai_text")) as server:
        model = _model("openai", server.url)
        with pytest.raises(ProviderRefused, match="too large"):
            await model.run(CHAT, Collected().emit)
        await _run(model)
    assert [request.body["max_tokens"] for request in server.requests] == [20, 20]


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("temperature is deprecated for this model.", set()),
        ("temperature and top_p cannot both be specified for this model.", {"temperature"}),
    ],
)
async def test_a_claude_that_takes_no_sampling_gets_none(message: str, kept: set[str]) -> None:
    async def refuse(caller: Caller) -> None:
        await caller.refuse("400 Bad Request", {"type": "error", "error": {"message": message}})

    chat = Chat(CHAT.messages, sampling=Sampling(temperature=0.5, top_p=0.5))
    async with upstream(refuse, saying("anthropic_text")) as server:
        model = _model("anthropic", server.url)
        await model.run(chat, Collected().emit)
        await _run(model, chat)
    assert [request.body.keys() & {"temperature", "top_p"} for request in server.requests[1:]] == [kept, kept]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with upstream(saying("openai_text")) as server:
        assert (await _run(_model("openai", server.url))).finished


async def test_tools_are_offered_and_their_calls_come_back() -> None:
    chat = Chat(CHAT.messages, (Tool("get_weather", "", {"type": "object"}),), "auto")
    async with upstream(saying("openai_tools")) as server:
        out = await _run(_model("openai", server.url), chat)
    assert [name for _, name, _ in out.calls] == ["get_weather", "get_time"]
    assert server.requests[0].body["tools"][0]["function"]["name"] == "get_weather"


async def test_no_connection_is_opened_before_the_first_task() -> None:
    async with upstream(saying("openai_text")) as server:
        model = _model("openai", server.url)
        await asyncio.sleep(0)
        assert server.connections == 0
        assert (await _run(model)).finished
