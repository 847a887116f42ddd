"""A task put to a model by an agent at its desk: recorded by the hash of what was asked, paid for once, within what the
run and whoever asked may spend. What a model cannot do is repaired once, then done by the engine.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from answerable.agents import patience
from answerable.agents.budget import Cost
from answerable.agents.fitting import fit, reply_tokens, with_reply
from answerable.agents.hashing import hash_of
from answerable.agents.services import Bill, Reply
from answerable.core.documents import Passage
from answerable.core.errors import (
    AnswerableError,
    BudgetSpent,
    ModelNeeded,
    SourceFailed,
    StorageDown,
    UpstreamError,
)
from answerable.core.money import from_nano, to_nano
from answerable.core.research_tasks import Assess, Compose, Critique, Revise, WriteSection
from answerable.core.tasks import AgentTask, Answer
from answerable.storage.research import CallRow

if TYPE_CHECKING:
    from answerable.agents.desk import Desk

T = TypeVar("T")

_MORE: Final = 4
"""A reply that was cut by its length may be so many times as long when it is asked for again: models that think first
spend most of it before their first word."""
_TOLD: Final = 120
"""Tokens that are kept free for what is said of a reply that could not be used."""
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_WHOLE = re.compile(r"\A.*(?:[.!?…][\"'”’)]*(?:\s*\[\d{1,3}\])*[.!?…]?|\n)(?=\s|\Z)", re.DOTALL)


class Replayed(SourceFailed):
    """A replay came to something that was never asked."""


class _Failed(UpstreamError):
    """A call that failed when it was made, and is not made again."""

    code = "model_failed"


@dataclass(frozen=True, slots=True)
class _Said:
    """What came back. `cut`: its length ended it."""

    output: str
    cut: bool = False


async def ask(desk: "Desk", task: AgentTask, parse: Callable[[str], T]) -> T:
    """What a model makes of a task. One that returns something else is asked once more and told so; then, as where it
    fails, the engine does it, and the record says why. Raises BudgetSpent; StorageDown; ModelNeeded for what the engine
    cannot do.
    """
    why = ""
    if not desk.only_engine:
        guarded, cut = _guarded(task, desk.services.guarded), False
        for again in (False, True):
            asked = _told(guarded, why) if again else guarded
            try:
                said = await _call(desk, asked, desk.model, wider=cut)
                cut = said.cut
                if not again:
                    _check_whole(task, said.output)
                return parse(said.output)
            except ValueError as error:
                why = str(error)
            except (BudgetSpent, StorageDown, Replayed):
                raise
            except AnswerableError as error:
                why = error.message
                break
    engine = desk.services.engine
    try:
        made = parse((await _call(desk, task, engine)).output)
    except (ModelNeeded, _Failed) as error:
        raise ModelNeeded(f"{desk.model} could not do it: {why}" if why else error.message) from error
    if not desk.only_engine:
        told = f"{desk.model} could not do it; the engine did"
        await desk.note_once("fallback", told, input=_key(task, engine), task=name_of(task), why=why)
    return made


async def _call(desk: "Desk", task: AgentTask, model: str, *, wider: bool = False) -> _Said:
    key = _key(task, model)
    if found := await desk.known(key):
        if found.kind == "failed":
            raise _Failed(found.output)
        return _Said(found.output, not desk.recorded and await desk.was_cut(key))
    if desk.recorded:
        raise Replayed(f"the run that is replayed never asked this: {name_of(task)}")
    whole = task
    if wider:
        task = with_reply(task, _MORE * reply_tokens(task))
    if model != desk.services.engine:
        task = await _fitted(desk, task, model, key)
    began = time.perf_counter()
    reply = await _tried(desk, task, model, key)
    text, cost = _kept_text(task, reply), None if reply.cost_usd is None else to_nano(reply.cost_usd)
    ms = int((time.perf_counter() - began) * 1e3)
    row = CallRow(desk.run, key, name_of(task), reply.model, reply.request_id, reply.tokens, cost, ms, 0, text)
    asked = desk.event(
        "asked",
        f"{name_of(task)} by {reply.model}",
        task=name_of(task),
        input=key,
        model=reply.model,
        tokens=reply.tokens,
        usd=None if cost is None else str(from_nano(cost)),
        ms=ms,
        request=reply.request_id,
        ended_by_length=reply.cut,
    )
    used = [desk.event("used_tool", line, input=key) for line in reply.tools]
    is_new = await desk.keep(row, [asked, *used])
    return _Said(text, reply.cut) if is_new else await _call(desk, whole, model)


async def _tried(desk: "Desk", task: AgentTask, model: str, key: str) -> Reply:
    """The reply, waited for where that helps. What failed tries took is recorded as well: it was paid."""
    tried = 0
    while True:
        most, bill = desk.services.most(task, model), Bill()
        desk.purse.reserve(most)
        try:
            return await desk.in_time(desk.services.run_task(task, model, bill))
        except (StorageDown, BudgetSpent, asyncio.CancelledError) as error:
            with contextlib.suppress(StorageDown):
                await asyncio.shield(_keep_cost(desk, bill, model, str(error) or "stopped"))
            raise
        except AnswerableError as error:
            wait = patience.wait_s(error, tried)
            if wait is None or wait >= desk.purse.left_s:
                await desk.keep(_failed(desk, bill, key, "failed", model, error.message))
                raise
            await _keep_cost(desk, bill, model, error.message)
        finally:
            desk.purse.settle(most, Cost(bill.tokens, bill.usd))
        tried += 1
        await desk.note("waited", f"{model} is asked again in {wait:.1f} s", task=name_of(task), seconds=wait)
        await asyncio.sleep(wait)


async def _keep_cost(desk: "Desk", bill: Bill, model: str, why: str) -> None:
    """What a try took that gave nothing, under a name of its own: nobody finds it, and it counts."""
    if bill.tokens:
        await desk.keep(_failed(desk, bill, hash_of("spent", bill.request_id), "spent", model, why))


def _failed(desk: "Desk", bill: Bill, key: str, kind: str, model: str, why: str) -> CallRow:
    cost = None if bill.usd is None or not bill.tokens else to_nano(bill.usd)
    return CallRow(desk.run, key, kind, model, bill.request_id, bill.tokens, cost, 0, 0, why)


async def _fitted(desk: "Desk", task: AgentTask, model: str, key: str) -> AgentTask:
    """The task within what one request of this person may use."""
    room = desk.services.room(model)
    if room is None:
        return task

    def most(one: AgentTask) -> int:
        return desk.services.most(one, model).tokens

    found = await asyncio.to_thread(fit, task, room - _TOLD, most, desk.relevance.of)
    if found.left_out:
        told = f"{name_of(task)}: no room for {found.left_out} passages in a request of {room:,} tokens"
        await desk.note_once("fitted", told, input=key, task=name_of(task), passages=found.left_out, room=room)
    return found.task


def _check_whole(task: AgentTask, output: str) -> None:
    """Raises ValueError for a program that breaks off, which is worth another try; a second one is taken as it is."""
    if isinstance(task, Compose) and task.form == "code" and len(_FENCE.findall(output)) % 2:
        raise ValueError("the code breaks off in the middle: its block has no end")


def _key(task: AgentTask, model: str) -> str:
    return hash_of("task", model, repr(task))


def name_of(task: AgentTask) -> str:
    """What a task is called."""
    return type(task).__name__


def _kept_text(task: AgentTask, reply: Reply) -> str:
    """The text of a reply; of one that was cut, prose up to its last whole sentence. JSON and code show their cut."""
    is_prose = isinstance(task, WriteSection | Revise | Answer) or (isinstance(task, Compose) and task.form == "text")
    if not reply.cut or not is_prose:
        return reply.text
    whole = _WHOLE.match(reply.text)
    return whole.group().rstrip() if whole else ""


def _guarded(task: AgentTask, guard: Callable[[Sequence[Passage]], Sequence[Passage]]) -> AgentTask:
    """The task as a language model may read it."""
    if isinstance(task, Critique | Assess) or not task.passages:
        return task
    return replace(task, passages=tuple(guard(task.passages)))


def _told(task: AgentTask, why: str) -> AgentTask:
    """The task with what was wrong with the last reply."""
    told = f"Your last reply could not be used: {why}. Return exactly what is asked."
    if isinstance(task, Answer):
        return replace(task, instructions=f"{task.instructions}\n\n{told}")
    return replace(task, role=f"{task.role}\n\n{told}")
