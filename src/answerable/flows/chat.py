"""One chat turn: a plain reply of a model, or an answer from documents whose every sentence was checked."""

import dataclasses

from answerable.core.messages import Sink
from answerable.flows.accounting import Account, Admission
from answerable.flows.answering import answer
from answerable.flows.caching import look_up
from answerable.flows.platform import Platform
from answerable.flows.replying import reply, runner, tell
from answerable.flows.turns import Turn
from answerable.gateway.cache.recorder import Recorder
from answerable.gateway.ledger_entry import Opening
from answerable.knowledge.trace import Trace

ENDPOINT = "POST /v1/chat/completions"


async def chat(turn: Turn, sink: Sink, p: Platform) -> None:
    """One turn, top to bottom. An error before the first visible event becomes an HTTP status, later an error event."""
    opening = Opening(ENDPOINT, turn.model or p.models.default, turn.collection, turn.chat.stream)
    admission = Admission(turn.reader, turn.address, opening, turn.chat)
    async with Account(admission, sink, p) as account:  # limits reserved and settled, one ledger row, metrics
        p.router.check(opening.model_asked, turn.reader)  # a model that is there, and that the caller may use
        checked = await p.guards.checked(turn.chat)  # personal data masked or refused, injections refused
        turn = turn.asking(account.capped(checked.chat))
        out = p.guards.watch(checked, account.sink)  # what leaves is checked too, held back while it could be a secret
        if topic := await p.guards.topic(turn.chat):  # an administrator gave this topic to people
            return await tell(topic.message, out)
        async with look_up(turn, p) as looked:  # exact, then by meaning; never across tenants
            if looked.hit:
                return await looked.hit.replay(out)
            await account.take_place()  # so many run at once; the others wait in line by tier, or are told to come back
            recorded = Recorder(out)  # before masks are lifted: what one user wrote is not given to another
            run = runner(turn, account, p)  # routed, with fallbacks, metered
            if turn.collection is None and not p.router.only_quotes(opening.model_asked):
                await reply(turn, run, recorded, p)  # a language model by itself, with tools; documents if all fail
            else:
                trace = Trace(turn.question)
                trace.record(model=opening.model_asked, guards=[dataclasses.asdict(one) for one in checked.findings])
                await answer(turn, run, recorded, trace, p)
            await looked.keep(recorded.events)
    return None
