"""How much a strong model is likely to gain over a cheap one on a prompt: 0 to 10, with its reasons and how sure it is.

Two logistic models, P(cheap model right) and P(strong model right), on counted features and on the first principal
components of the bundled embedding; their difference is the expected gain. Fitted by `scripts/train_router.py`
(`docs/decisions/0012-router.md` has what it showed). The weights lie in `complexity.json`, with a record of the fit.
"""

import base64
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from answerable.core.errors import SetupError
from answerable.core.ports import Embedder
from answerable.gateway.prompt_features import Features, chore_of, features, is_latin, telling_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WEIGHTS = Path(__file__).parent / "complexity.json"
EMBEDDER = "all-MiniLM-L6-v2"
"""The embedding model that the weights know; with another one only the features are read."""
CLIP = 3.0
"""Standard deviations: what lies farther out counts as this far."""
SURE = 0.9
"""Confidence from which counting alone decides: of 3,770 prompts of the fit 58 % of the exams and 62 % of the support
questions were this sure, and with the embedding none of them fell on the other side of 7."""
_REASONS = 3

_TOPIC = "topic"
_WORDS: Mapping[str, tuple[str, ...]] = {
    "length": ("length", "sentences", "variety"),
    "questions": ("questions",),
    "numbers": ("numbers", "number_share", "numeric_options"),
    "mathematics": ("signs", "mathematics"),
    "reasoning": ("reasoning",),
    "amounts": ("amounts", "dollars"),
    "negations": ("negations",),
    "terms": ("long_words", "word_length"),
    "options": ("multiple_choice", "option_length", "columns"),
    "code": ("code",),
}
"""Features that are told together as one reason."""


@dataclass(frozen=True, slots=True)
class Complexity:
    """What the router knows about a prompt.

    `score` is 0..10: 7 means that the expected gain is above that of 70 % of the exam questions of the fit. `gain` is
    P(strong right) - P(cheap right). `confidence` (0.5..1) is how sure it is on which side of the threshold the prompt
    lies; 0 where the prompt is in a script that the weights do not know.
    """

    score: float
    weak_right: float
    strong_right: float
    confidence: float
    reasons: tuple[str, ...]

    @property
    def gain(self) -> float:
        """Expected gain of the strong model in accuracy, -1..1."""
        return self.strong_right - self.weak_right


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two logistic models: weights with the intercept first, and their posterior covariance."""

    weights: "Floats"
    covariance: "Floats"


@dataclass(frozen=True, slots=True)
class Pair:
    """Both models on the same columns."""

    weak: Half
    strong: Half


class Weights:
    """The fitted numbers, read from a file. Raises SetupError when the file is damaged."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        try:
            self.record: Mapping[str, Any] = data["record"]
            if data["features"] != list(Features._fields):
                raise SetupError("the router's weights are of other features: run scripts/train_router.py")
            self.mean, self.deviation = np.array(data["mean"]), np.array(data["deviation"])
            self.centre, self.axes = np.array(data["centre"]), np.array(data["axes"])
            self.knots = np.array(data["knots"])
            self.spread = float(data["spread"])
            self.full, self.short = _pair(data["with_topic"]), _pair(data["without_topic"])
            self.trained, self.held_out = _packed(data["trained"], "<u4"), _packed(data["held_out"], "<u2")
        except (KeyError, TypeError, ValueError) as error:
            raise SetupError(f"the router's weights are damaged: {error}") from error

    def row(self, found: Features, vector: "Floats | None") -> "Floats":
        """The columns of one prompt, the constant first."""
        counted = np.clip((np.array(found) - self.mean) / self.deviation, -CLIP, CLIP)
        topic = np.zeros(0) if vector is None else (vector - self.centre) @ self.axes.T
        return np.concatenate(([1.0], counted, topic))

    def held_out_gain(self, prompt: str) -> float | None:
        """The gain that a model expected which had not seen this prompt; None for one that was not trained on."""
        at = int(np.searchsorted(self.trained, key := fingerprint(prompt)))
        if at == len(self.trained) or self.trained[at] != key:
            return None
        return float(self.held_out[at]) / 32_767.5 - 1.0


class Judge:
    """Judges prompts. Thread-safe; blocks for the embedding, so call it off the loop. Without an embedder, or with
    another than the bundled one, it reads the features alone.
    """

    def __init__(self, embedder: Embedder | None, threshold: float = 7.0, weights: Weights | None = None) -> None:
        self._embedder = embedder if embedder is not None and embedder.name == EMBEDDER else None
        self._weights = weights or load_weights()
        self._limit = float(np.interp(threshold, np.arange(11.0), self._weights.knots))

    @property
    def embeds(self) -> bool:
        """Whether `judge` runs the embedding model."""
        return self._embedder is not None

    def judge_at_once(self, prompt: str) -> Complexity | None:
        """The complexity where counting alone is sure of it, or all there is: cheap enough for the loop. None where the
        embedding may change it."""
        found = self.judge_vector(prompt, None)
        return found if found.confidence >= SURE or not self.embeds else None

    def judge(self, prompt: str) -> Complexity:
        """The complexity of one prompt, with the embedding."""
        vector = None
        if self._embedder is not None:
            vector = np.asarray(self._embedder.embed([self.embedded(prompt)])[0], dtype=np.float64)
        return self.judge_vector(prompt, vector)

    @staticmethod
    def embedded(prompt: str) -> str:
        """The part of a prompt whose vector `judge_vector` takes."""
        return telling_part(chore_of(prompt) or prompt)

    def judge_vector(self, prompt: str, vector: "Floats | None") -> Complexity:
        """The same with the vector of `embedded(prompt)` at hand, (384,) of the bundled model, or None. Of a chore on a
        pasted text only the line that asks for it is judged."""
        chore = chore_of(prompt)
        weights = self._weights
        pair = weights.short if vector is None else weights.full
        counted = features(chore or prompt)
        row = weights.row(counted, vector)
        weak, strong = _right(row, pair.weak), _right(row, pair.strong)
        gain = strong - weak
        variance = sum(
            (p * (1 - p)) ** 2 * float(row @ half.covariance @ row)
            for p, half in ((weak, pair.weak), (strong, pair.strong))
        )
        away = (gain - self._limit) / (weights.spread * math.sqrt(max(0.0, variance)) + 1e-9)
        confidence = 0.5 * (1 + math.erf(abs(away) / math.sqrt(2))) if is_latin(prompt) else 0.0
        reasons = _reasons(row, pair, (weak, strong), counted, up=away > 0)
        if chore:
            reasons = ("a chore on the text that was given",)
        return Complexity(self.score(gain), weak, strong, confidence, reasons)

    def score(self, gain: float) -> float:
        """0..10: ten times the share of the fit's exam questions with a smaller gain."""
        return float(np.interp(gain, self._weights.knots, np.arange(11.0)))


@cache
def load_weights() -> Weights:
    """The shipped weights, read once."""
    try:
        return Weights(orjson.loads(WEIGHTS.read_bytes()))
    except (OSError, orjson.JSONDecodeError) as error:
        raise SetupError(f"{WEIGHTS.name} of the router cannot be read: {error}") from error


def fingerprint(prompt: str) -> int:
    """32 bits of a prompt, to know again what was trained on; a stranger passes for one in 1 of 2 million."""
    return int.from_bytes(hashlib.blake2b(prompt.strip().encode(), digest_size=4).digest(), "little")


def _right(row: "Floats", half: Half) -> float:
    return 1.0 / (1.0 + math.exp(-float(row @ half.weights)))


def _reasons(row: "Floats", pair: Pair, right: tuple[float, float], counted: Features, *, up: bool) -> tuple[str, ...]:
    """What moves the gain most towards the side it fell on, in words; what is not in the prompt is no reason."""
    weak, strong = right
    slope = strong * (1 - strong) * pair.strong.weights - weak * (1 - weak) * pair.weak.weights
    parts = (slope * row)[1:]
    sums = {name: float(sum(parts[Features._fields.index(one)] for one in members)) for name, members in _WORDS.items()}
    sums[_TOPIC] = float(parts[len(Features._fields) :].sum())
    told = [(value if up else -value, name) for name, value in sums.items()]
    words = [_say(name, counted, up=up) for value, name in sorted(told, reverse=True) if value > 0]
    return tuple([word for word in words if word][:_REASONS])


def _say(name: str, counted: Features, *, up: bool) -> str:
    """One reason in plain words, empty where the prompt has nothing to show for it."""
    if name == _TOPIC:
        return "the topic" if up else "an everyday topic"
    if name == "length":
        return f"{round(math.expm1(counted.length)):,} characters"
    if not up:
        return {"questions": _questions(counted), "terms": "plain words"}.get(name, "")
    present = {
        "questions": (counted.questions > 0, _questions(counted)),
        "numbers": (counted.numbers > 0, "numbers"),
        "mathematics": (counted.signs + counted.mathematics > 0, "mathematics"),
        "reasoning": (counted.reasoning > 0, "words of reasoning"),
        "amounts": (counted.amounts + counted.dollars > 0, "quantities to work out"),
        "negations": (counted.negations > 0, "negations"),
        "terms": (True, "terms of a field"),
        "options": (counted.multiple_choice + counted.columns > 0, "alternatives to weigh"),
        "code": (counted.code > 0, "code"),
    }
    there, words = present[name]
    return words if there else ""


def _questions(counted: Features) -> str:
    count = round(counted.questions)
    return {0: "no question", 1: "one question"}.get(count, f"{count} questions")


def _pair(data: Mapping[str, Any]) -> Pair:
    return Pair(_half(data["weak"]), _half(data["strong"]))


def _half(data: Mapping[str, Sequence[float]]) -> Half:
    weights = np.array(data["weights"])
    size = len(weights)
    covariance = np.zeros((size, size))
    covariance[np.tril_indices(size)] = data["covariance"]
    return Half(weights, covariance + np.tril(covariance, -1).T)


def _packed(text: str, kind: str) -> "NDArray[Any]":
    return np.frombuffer(base64.b64decode(text), kind)
