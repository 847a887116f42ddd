"""An answer while it is written: takes a model's text as it comes, emits only sentences that were verified.

Whatever engine writes, its sentences pass through here. A sentence without support is dropped and recorded; the model's
own refusal is not a sentence of the answer. Headings, table heads and lead-ins wait for the sentence that they lead to.
"""

import asyncio
import re
from collections.abc import Sequence
from decimal import Decimal

from answerable.core import facts
from answerable.core.documents import Passage
from answerable.core.messages import Dropped, Event, Finished, Routed, Sentence, Sink, TextDelta
from answerable.core.sentences import SentenceStream
from answerable.core.usage import Usage
from answerable.knowledge.cite import Verdict, Verifier, parse_markers
from answerable.knowledge.trace import Trace

_REFUSALS = ("i don't have enough information", "i do not have enough information")
_HEADING = re.compile(r"#{1,6}\s.*|\*\*[^*]+\*\*:?|(?:\S+ ){0,3}\S+[:：]")
_LEAD_IN = re.compile(
    r"(?:(?:to|for|in order to|here|follow|do|use|run|the following|the steps)\b[^|]*"
    r"|[^|]*\b(?:steps|following|follows|below)\b[^|]*)[:：]\**",
    re.IGNORECASE,
)
_RULE = re.compile(r"[\s|:+=*_-]+")
_ROW = re.compile(r"\|.*\|", re.DOTALL)
_STEP = re.compile(r"\d{1,2}[.)]\s")
_FRAME_WORDS = facts.read(
    "Here are the following steps, answer, instructions, details, options, settings, values, names, description, "
    "summary, overview, note, example, requirements, meaning, command. Follow, use, do, run, see below."
).stems
_ITEM = re.compile(r"[-*•]\s")
_FENCES = ("```", "~~~")
_LEAST_KNOWN = 0.6
_MOST_PIECES = 40


class VerifiedAnswer:
    """A `Sink` for a model's events. `sentences` are those that were shown; `usage`, `cost_usd` and `model` are the
    model's own account of it.

    Of prose, at most `max_sentences` are let through; the rows of a table and the steps of a procedure count once,
    an item of a list once whatever it says, code not at all.
    """

    def __init__(
        self,
        verifier: Verifier,
        passages: Sequence[Passage],
        sink: Sink,
        trace: Trace,
        max_sentences: int | None = None,
    ) -> None:
        self._verifier = verifier
        self._passages = passages
        self._sink = sink
        self._trace = trace
        self._most = max_sentences
        self.usage = Usage()
        self.cost_usd: Decimal | None = Decimal(0)
        self.model = ""
        self._begin()

    def _begin(self) -> None:
        self._left = self._most
        self._stream = SentenceStream()
        self._frames: list[tuple[str, str]] = []
        self._lead = ""
        self._kind = ""
        self.sentences: list[Sentence] = []

    @property
    def seen(self) -> bool:
        """Whether the reader has seen a sentence."""
        return self._sink.seen

    def rewind(self) -> None:
        """Forget what a failed model wrote: nobody has seen it."""
        self._sink.rewind()
        self._trace.forget("sentences", "dropped_sentences")
        self._begin()

    async def __call__(self, event: Event) -> None:
        """Take the model's next event."""
        if isinstance(event, TextDelta):
            for piece in self._stream.feed(event.text):
                await self._settle(piece)
        elif isinstance(event, Finished):
            self.usage, self.cost_usd, self.model = event.usage, event.cost_usd, event.model
            for piece in self._stream.flush():
                await self._settle(piece)
            for _, text in self._frames:
                if facts.words(text):
                    await self._drop(text, "frame", "nothing that it leads to was shown")
        elif isinstance(event, Routed):
            await self._sink(event)

    async def _settle(self, piece: str) -> None:
        text = piece.strip()
        lead = piece[: len(piece) - len(piece.lstrip())]
        self._lead = max(self._lead, lead, key=lambda space: (space.count("\n"), len(space)))
        if not text:
            return None
        if text.replace("’", "'").lower().startswith(_REFUSALS):
            return await self._drop(text, "refusal", "the model says that the passages do not hold the answer")
        if self._is_frame(text):
            self._frames.append((self._lead, text))
            self._lead = ""
            return None
        kind = self._kind_of(text)
        if not self._has_room(kind):
            return await self._drop(text, "too_long", "the answer has as many sentences as it may have")
        verdict = await asyncio.to_thread(self._verifier.check, text, self._passages)
        if not verdict.supported:
            return await self._drop(text, verdict.reason, verdict.detail)
        return await self._show(verdict, kind)

    def _kind_of(self, text: str) -> str:
        """What a piece is: a table's row, code, a step, an item, or a sentence inside the item before it."""
        if _ROW.fullmatch(parse_markers(text)[0].strip()):
            return "row"
        if text.startswith(_FENCES):
            return "code"
        if self._kind in ("step", "item") and "\n" not in self._lead:
            return "inside"
        return "step" if _STEP.match(text) else "item" if _ITEM.match(text) else ""

    def _is_frame(self, text: str) -> bool:
        """Whether a piece only leads to what follows it: a heading, a lead-in, a table's head or the rule below it."""
        bare, numbers = parse_markers(text)
        bare = bare.strip()
        if _RULE.fullmatch(bare):
            return bool(self._frames or self.sentences)
        head = _ROW.fullmatch(bare) is not None and self._kind != "row" and not self._frames_hold_a_rule()
        leads = not numbers and (_HEADING.fullmatch(bare) or _LEAD_IN.fullmatch(bare))
        return (head or bool(leads)) and self._is_harmless(bare)

    def _frames_hold_a_rule(self) -> bool:
        return any(_RULE.fullmatch(text) for _, text in self._frames)

    def _is_harmless(self, text: str) -> bool:
        """Whether a frame names nothing that neither the passages nor the question know."""
        claim = facts.read(text)
        texts = [f"{p.title} {' '.join(p.heading_path)} {p.text}" for p in self._passages]
        read = [facts.read(one) for one in (self._trace.question, *texts)]
        known = _FRAME_WORDS.union(*(one.stems for one in read))
        strange = claim.content - known
        invents = claim.names - known or set(claim.numbers) - set().union(*(one.numbers for one in read))
        denies = claim.denied or claim.force or claim.quantifiers
        return not invents and not denies and len(strange) <= (1 - _LEAST_KNOWN) * len(claim.content)

    def _has_room(self, kind: str) -> bool:
        free = self._left is None or self._left > 0 or self._goes_on(kind)
        return free and len(self.sentences) < _MOST_PIECES

    def _goes_on(self, kind: str) -> bool:
        """Whether a piece does not count: code, and what goes on a table, a procedure or an item."""
        return kind in ("code", "inside") or (kind in ("row", "step") and kind == self._kind)

    async def _show(self, verdict: Verdict, kind: str) -> None:
        if self._left is not None and not self._goes_on(kind):
            self._left -= 1
        self._kind = self._kind if kind == "inside" else kind
        for lead, text in self._frames:
            await self._say(Sentence((lead if self.sentences else "") + parse_markers(text)[0], ()))
        self._frames.clear()
        self._trace.extend("sentences", _record(verdict))
        lead = self._lead if self.sentences else ""
        self._lead = ""
        await self._say(Sentence(lead + verdict.text, verdict.citations))

    async def _say(self, sentence: Sentence) -> None:
        self.sentences.append(sentence)
        await self._sink(sentence)

    async def _drop(self, text: str, reason: str, detail: str) -> None:
        self._trace.extend("dropped_sentences", {"text": text, "reason": reason, "detail": detail})
        await self._sink(Dropped(text, reason))


def _record(verdict: Verdict) -> dict[str, object]:
    moved = {"moved_from": list(verdict.moved_from)} if verdict.moved_from else {}
    return {
        "text": verdict.text,
        "support": round(verdict.support, 3),
        "citations": [
            {"number": c.number, "document_id": c.document_id, "start": c.start, "end": c.end}
            for c in verdict.citations
        ],
        **moved,
    }
