from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from answerable.agents.sources.base.means import ask, unguarded
from answerable.agents.tools.base.http import Unavailable
from answerable.core.errors import SourceFailed, ToolFailed

T = TypeVar("T")


async def test_a_service_at_fault_is_a_failed_source_and_a_bad_question_is_not() -> None:
    told: list[tuple[str, str]] = []

    async def guard(name: str, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except Exception as error:
            told.append((name, type(error).__name__))
            raise

    async def busy() -> None:
        raise Unavailable("S asks to slow down", again=True, retry_after_s=7)

    async def refused() -> None:
        raise ToolFailed("the query holds no words")

    with pytest.raises(SourceFailed, match="slow down") as raised:
        await ask(guard, "s", busy)
    assert raised.value.retry_after_s == 7
    with pytest.raises(ToolFailed, match="no words"):
        await ask(guard, "s", refused)
    assert told == [("s", "SourceFailed"), ("s", "ToolFailed")]


async def test_without_a_guard_the_work_is_done() -> None:
    async def work() -> int:
        return 7

    assert await ask(unguarded, "s", work) == 7
