"""What every store of checkpoints does here: a write is whole, or it is not done at all, however it ends.

One that nobody waits for any more is finished, and an outage is StorageDown. LangGraph's own stores leave a transaction
open where a write fails or is left in the middle, which keeps others from writing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from answerable.agents.conductor import NotOurs
from answerable.storage.outages import translated

T = TypeVar("T")


def plain() -> JsonPlusSerializer:
    """What is no plain value in a checkpoint is not made into an object again."""
    return JsonPlusSerializer(allowed_msgpack_modules=None)


class Whole(BaseCheckpointSaver[Any]):
    """Mixed into a store of LangGraph's. `kinds` are the errors of its driver."""

    kinds: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._under_way = set[asyncio.Task[Any]]()
        self.holds: Callable[[str], Awaitable[bool]] | None = None

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The newest checkpoint. Raises StorageDown."""
        with translated(*self.kinds):
            return await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint. Raises StorageDown; NotOurs where another process has the run by now."""
        if self.holds is not None and not await self.holds(config["configurable"]["thread_id"]):
            raise NotOurs("another process works on this run by now, or it is over")
        return await self.whole(partial(super().aput, config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what a node gave. Raises StorageDown."""
        await self.whole(partial(super().aput_writes, config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Drop all of a run. Raises StorageDown."""
        await self.whole(partial(super().adelete_thread, thread_id))

    async def keep_newest(self, run: str) -> None:
        """Keep only the newest checkpoint of a run. Raises StorageDown."""
        raise NotImplementedError

    async def threads(self) -> set[str]:
        """The runs of which something is kept. Raises StorageDown."""
        raise NotImplementedError

    async def whole(self, write: Callable[[], Awaitable[T]]) -> T:
        """What a write gives. Raises StorageDown."""
        task = asyncio.ensure_future(self._done(write))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def settled(self) -> None:
        """Nothing is being written any more."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _done(self, write: Callable[[], Awaitable[T]]) -> Coroutine[Any, Any, T]:
        return self._translated(write)

    async def _translated(self, write: Callable[[], Awaitable[T]]) -> T:
        with translated(*self.kinds):
            return await write()
