"""A language model for research on the OpenAI wire, in a thread of its own: it answers by quoting the passages of the
prompt, the same to the same prompt, and remembers what it was asked.
"""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator
from typing import TypeVar

from aiohttp import web

_PASSAGE = re.compile(r'<passage id="(\d+)"[^>]*>\n(.*?)\n</passage>', re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]{25,}[.!?]")
_DRAFT = re.compile(r'<section id="([^"]+)"[^>]*>\n(.*?)\n</section>', re.DOTALL)
_CODE = "Save it as `sort.py`.\n\n```python\ndef sort(items):\n    return sorted(items)\n```"
_ISSUE_OF_LINE = {"line": 1, "problem": "it begins slowly", "suggestion": "come to the point"}
_SCORES = (5.5, 6.5, 9.0)
"""Of the first version, and of those after it."""


class Clerk:
    """`prompts` are (purpose, prompt) as they were answered; `purpose` is the task."""

    def __init__(self, pause_s: float) -> None:
        self.url = ""
        self.prompts: list[tuple[str, str]] = []
        self._pause_s = pause_s
        self._versions: list[str] = []

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        system, user = (one["content"] for one in body["messages"][:2])
        purpose, text = self._reply(system, user)
        await asyncio.sleep(self._pause_s)
        self.prompts.append((purpose, system + user))
        with contextlib.suppress(ConnectionError):  # who asked was killed
            return await _stream(request, body["model"], text)
        return web.Response()

    def _reply(self, system: str, user: str) -> tuple[str, str]:
        judged = "judge a report" in system or "judge what a team made" in system
        if judged and user not in self._versions:
            self._versions.append(user)
        return _reply(system, user, self._versions.index(user) if judged else 0)


def _usage(text: str) -> dict[str, int]:
    return {"prompt_tokens": 100, "completion_tokens": len(text) // 4, "total_tokens": 100 + len(text) // 4}


async def _stream(request: web.Request, model: str, text: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model}
    delta = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
    for chunk in (whole | delta, whole | {"choices": [], "usage": _usage(text)}):
        await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    await response.write(b"data: [DONE]\n\n")
    return response


def _reply(system: str, user: str, version: int) -> tuple[str, str]:
    passages = [(int(number), _SENTENCE.findall(text)) for number, text in _PASSAGE.findall(user)]
    texts = [(number, one) for number, one in passages if one]
    begin = system.strip().split("\n", 1)[0]
    if "plan the research" in begin:
        return "plan", json.dumps(
            ["What does a ticket cost?", "How much electricity do the trams use?", "Are they safe?"]
        )
    if "plan the outline" in begin:
        shares = [[number for number, _ in passages][at::4] for at in range(4)]
        names = ("Fleet", "Fares", "Power", "People")
        sections = [
            {"heading": name, "question": name, "sources": share, "parts": []}
            for name, share in zip(names, shares, strict=True)
        ]
        return "outline", json.dumps({"title": "Trams", "sections": sections})
    if "judge a report" in begin:
        return "judge", _judge(user, version)
    if "judge what a team made" in begin:
        return "assess", json.dumps({"score": _SCORES[min(version + 1, 2)], "issues": [_ISSUE_OF_LINE]})
    if "make one thing for the others" in begin:
        return ("code", _CODE) if "Write the code" in system else ("compose", _composed(texts))
    if "mend one section" in begin:
        lines = [line.partition(". ")[2] for line in _DRAFT.findall(user)[0][1].split("\n")]
        return "mend", "\n".join(lines[:-1])
    lines = [f"{text.strip()[:-1]} [{number}]." for number, texts in passages for text in texts[:1]]
    kind = (
        "introduction"
        if "is the introduction" in system
        else "conclusion"
        if "is the conclusion" in system
        else "write"
    )
    return kind, " ".join(lines[:6] if kind == "write" else lines[-2:])


def _composed(passages: list[tuple[int, list[str]]]) -> str:
    cited = " ".join(f"{one[0].strip()[:-1]} [{number}]." for number, one in passages[:4])
    return f"# What there is to know\n\n{cited}\n\n## In short\n\nIt is worth a look."


def _judge(user: str, version: int) -> str:
    """Each version is better than the one before it."""
    first = next(text for id_, text in _DRAFT.findall(user) if id_ == "s1")
    issue = {
        "section": "s1",
        "sentence": first.count("\n") + 1,
        "problem": "it says too much",
        "suggestion": "leave it out",
    }
    return json.dumps({"score": _SCORES[min(version, len(_SCORES) - 1)], "issues": [issue]})


@contextlib.contextmanager
def clerk(pause_s: float = 0.02) -> Iterator[Clerk]:
    """The model, answering until the block ends."""
    with answering(Clerk(pause_s)) as found:
        yield found


Some = TypeVar("Some", bound=Clerk)


@contextlib.contextmanager
def answering(found: Some) -> Iterator[Some]:
    """The same for any kind of clerk, on both wires."""
    ready, ending = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        application = web.Application(client_max_size=2**24)
        application.router.add_post("/v1/chat/completions", found.complete)
        application.router.add_post("/v1/messages", found.complete)
        runner = web.AppRunner(application, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        found.url = f"http://{host}:{port}/v1"
        ready.set()
        await ending.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="clerk")  # which ends what still thinks
    thread.start()
    assert ready.wait(60)
    try:
        yield found
    finally:
        loops[0].call_soon_threadsafe(ending.set)
        thread.join(60)
        assert not thread.is_alive()
