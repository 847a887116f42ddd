"""The context budget: which passages a model gets to read, counted with the real tokenizer.

Every passage that is left out has a recorded reason; a passage that is kept is kept whole, so that citations resolve.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from answerable.core.documents import Passage
from answerable.core.ports import Tokenizer

FRAME_TOKENS = 12
"""Tokens that the numbering and the source line of a passage cost in a prompt, over its own text."""


@dataclass(frozen=True, slots=True)
class Left:
    """A passage that did not make it into the context, and why."""

    passage: Passage
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """The passages in the order of their numbers (from 1), what each costs in tokens, and what was left out."""

    passages: tuple[Passage, ...]
    tokens: tuple[int, ...]
    left: tuple[Left, ...]


def fit(passages: Sequence[Passage], tokenizer: Tokenizer, budget_tokens: int, limit: int) -> Context:
    """Keep the best passages, in order, within `budget_tokens` and at most `limit` of them."""
    kept: list[Passage] = []
    costs: list[int] = []
    left: list[Left] = []
    for passage in passages:
        inside = next((k for k in kept if _holds(k, passage)), None)
        cost = tokenizer.count(f"{passage.header}\n{passage.text}") + FRAME_TOKENS
        if inside is not None:
            left.append(Left(passage, f"its text is part of [{kept.index(inside) + 1}]"))
        elif len(kept) == limit:
            left.append(Left(passage, f"only {limit} passages are used"))
        elif sum(costs) + cost > budget_tokens and kept:
            left.append(Left(passage, f"its {cost} tokens exceed what is left of {budget_tokens}"))
        else:
            kept.append(passage)
            costs.append(cost)
    return Context(tuple(kept), tuple(costs), tuple(left))


def _holds(outer: Passage, inner: Passage) -> bool:
    return outer.version_id == inner.version_id and outer.start <= inner.start and inner.end <= outer.end
