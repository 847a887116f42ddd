"""A model that says what a script tells it: the in-process twin of a language model, for tests and demonstrations."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from answerable.core import counting
from answerable.core.errors import StreamBroken, UpstreamError
from answerable.core.messages import Emit, Finished, FinishReason, TextDelta, ToolCall, ToolCallDelta
from answerable.core.ports import Model
from answerable.core.tasks import Task
from answerable.core.usage import Usage
from answerable.providers.tasks.rendering import prompt_text, render
from answerable.providers.wire.errors import broken

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to one task. With `error`, the run fails after `text`: as StreamBroken when that is not empty."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    reason: FinishReason = "stop"
    usage: Usage | None = None
    error: UpstreamError | None = None


Script = str | Reply | Sequence[str | Reply] | Callable[[Task], str | Reply]


@dataclass(frozen=True, slots=True)
class Config:
    """`replies`: one text for all tasks; a list to go through, whose last repeats; a function of the task; or one of
    these for each task type by name (`{"Answer": ..., "RewriteQuery": ...}`). `sleep` is awaited with `delay_s` before
    each delta of `delta_characters`.
    """

    name: str = "scripted"
    replies: Script | Mapping[str, Script] = "This is a scripted reply."
    model: str = ""
    delta_characters: int = 3
    delay_s: float = 0.0
    sleep: Sleep | None = field(default=None, repr=False)


class Scripted:
    """Emits its replies in small deltas; `tasks` holds what it was asked, in order."""

    def __init__(self, config: Config) -> None:
        self.name = config.name
        self.tasks: list[Task] = []
        self.closed = False
        self._config = config
        self._used: dict[str, int] = {}

    async def run(self, task: Task, emit: Emit) -> None:
        """Say the next reply of the script, or fail after its text."""
        self.tasks.append(task)
        reply = self._next(task)
        size = self._config.delta_characters
        for at in range(0, len(reply.text), size):
            await self._pause()
            await emit(TextDelta(reply.text[at : at + size]))
        for index, call in enumerate(reply.tool_calls):
            await self._pause()
            await emit(ToolCallDelta(index, "", call.id, call.name))
            for at in range(0, len(call.arguments), size):
                await emit(ToolCallDelta(index, call.arguments[at : at + size]))
        if reply.error:
            began = bool(reply.text or reply.tool_calls) and not isinstance(reply.error, StreamBroken)
            raise broken(reply.error) if began else reply.error
        reason = "tool_calls" if reply.tool_calls else reply.reason
        usage = reply.usage or counting.estimated(len(prompt_text(render(task))), len(reply.text))
        await emit(Finished(reason, usage, self._config.model or self.name))

    async def close(self) -> None:
        """Nothing to release; `closed` says that it was asked to."""
        self.closed = True

    async def _pause(self) -> None:
        if self._config.sleep:
            await self._config.sleep(self._config.delay_s)

    def _next(self, task: Task) -> Reply:
        kind = type(task).__name__
        replies = self._config.replies
        script = replies.get(kind, "") if isinstance(replies, Mapping) else replies
        said = script(task) if callable(script) else self._from_list(kind, script)
        return Reply(said) if isinstance(said, str) else said

    def _from_list(self, kind: str, script: str | Reply | Sequence[str | Reply]) -> str | Reply:
        if isinstance(script, str | Reply):
            return script
        key = kind if isinstance(self._config.replies, Mapping) else ""
        at = self._used.get(key, 0)
        self._used[key] = at + 1
        return script[min(at, len(script) - 1)] if script else ""


def build(config: Config) -> Model:
    """The model of a script."""
    return Scripted(config)
