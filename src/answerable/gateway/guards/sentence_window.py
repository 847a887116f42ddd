"""The window over whole sentences of a cited answer: one leaves when none of it could be the beginning of a secret."""

from collections.abc import Callable
from dataclasses import replace

from answerable.core.messages import Sentence
from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import Found
from answerable.gateway.guards.window import CONTEXT, SIZE, Scan, cut_of


class SentenceWindow:
    """A secret that two sentences share is masked in the first and left out of the second."""

    def __init__(self, scan: Scan, table: MaskTable, replace: Callable[[Found], str]) -> None:
        self._scan = scan
        self._table = table
        self._replace = replace
        self._waiting: list[Sentence] = []
        self._past = ""

    def push(self, sentence: Sentence) -> list[Sentence]:
        """Take one more; returns those that may leave now."""
        self._waiting.append(sentence)
        return self._release(last=False)

    def flush(self) -> list[Sentence]:
        """No more will come; returns the rest."""
        return self._release(last=True) if self._waiting else []

    def _release(self, *, last: bool) -> list[Sentence]:
        past = len(self._past)
        whole = self._past + "".join(sentence.text for sentence in self._waiting)
        found = [one for one in self._scan.finder.find(whole) if one.end > past]
        cut = len(whole) if last else cut_of(self._scan.pending_for(self._table), whole, past)
        for one in found:
            if one.start < cut and (one.end > cut or (one.end == len(whole) and not last)):
                cut = one.start
        if len(whole) - cut > 2 * SIZE:
            cut = len(whole)
        out, begin = [], past
        while self._waiting and begin + len(self._waiting[0].text) <= cut:
            sentence = self._waiting.pop(0)
            end = begin + len(sentence.text)
            text = self._table.unmask(self._masked(whole, begin, end, found))
            out.append(sentence if text == sentence.text else replace(sentence, text=text))
            begin = end
        self._past = whole[max(0, begin - CONTEXT) : begin]
        return [sentence for sentence in out if sentence.text]

    def _masked(self, whole: str, begin: int, end: int, found: list[Found]) -> str:
        parts, place = [""], begin
        for one in found:
            if one.start < end and one.end > begin:
                parts.append(whole[place : max(place, one.start)])
                if one.start >= begin:
                    parts.append(self._replace(one))
                place = min(end, one.end)
        return "".join((*parts, whole[place:end]))
