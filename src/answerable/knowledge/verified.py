"""An answer while it is written: takes a model's text as it comes, emits only sentences that were verified.

Whatever engine writes, its sentences pass through here. A sentence without support is dropped and recorded; the model's
own refusal is not a sentence of the answer.
"""

import asyncio
from collections.abc import Sequence

from answerable.core.documents import Passage
from answerable.core.messages import Dropped, Emit, Event, Finished, Sentence, TextDelta
from answerable.core.sentences import SentenceStream
from answerable.core.usage import Usage
from answerable.knowledge.cite import Verifier
from answerable.knowledge.trace import Trace

_REFUSALS = ("i don't have enough information", "i do not have enough information")


class VerifiedAnswer:
    """A sink for a model's events. `sentences` are those that were emitted, `usage` what the model reported."""

    def __init__(self, verifier: Verifier, passages: Sequence[Passage], emit: Emit, trace: Trace) -> None:
        self._verifier = verifier
        self._passages = passages
        self._emit = emit
        self._trace = trace
        self._stream = SentenceStream()
        self.sentences: list[Sentence] = []
        self.usage = Usage()

    async def receive(self, event: Event) -> None:
        """Take the model's next event."""
        if isinstance(event, TextDelta):
            for piece in self._stream.feed(event.text):
                await self._settle(piece)
        elif isinstance(event, Finished):
            self.usage = event.usage
            for piece in self._stream.flush():
                await self._settle(piece)

    async def _settle(self, piece: str) -> None:
        text = piece.strip()
        if not text:
            return None
        if text.replace("’", "'").lower().startswith(_REFUSALS):
            return self._drop(text, "the model says that the passages do not hold the answer")
        verdict = await asyncio.to_thread(self._verifier.check, text, self._passages)
        if not verdict.supported:
            await self._emit(Dropped(text, verdict.reason))
            return self._drop(text, verdict.reason)
        lead = piece[: len(piece) - len(piece.lstrip())] if self.sentences else ""
        sentence = Sentence(lead + verdict.text, verdict.citations)
        self.sentences.append(sentence)
        self._trace.extend(
            "sentences",
            {
                "text": verdict.text,
                "support": round(verdict.support, 3),
                "citations": [
                    {"number": c.number, "document_id": c.document_id, "start": c.start, "end": c.end}
                    for c in verdict.citations
                ],
            },
        )
        return await self._emit(sentence)

    def _drop(self, text: str, reason: str) -> None:
        self._trace.extend("dropped_sentences", {"text": text, "reason": reason})
