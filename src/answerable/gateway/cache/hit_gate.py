"""Whether the answer to one question also answers another: rules that are never broken, then a learned probability.

Boosted trees over `pair_features`, fitted by `scripts/train_hit_gate.py`; the weights and the record of the fit lie in
`hit_gate.json` (docs/decisions has what was measured). The threshold follows from the share of wrong hits allowed.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import orjson

from answerable.core.errors import SetupError
from answerable.gateway.cache import objections
from answerable.gateway.cache.objections import objection
from answerable.gateway.cache.pair_features import NAMES, features
from answerable.gateway.cache.sketch import Rarity, inverse_frequency

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Places = NDArray[np.intp]

WEIGHTS = Path(__file__).parent / "hit_gate.json"
Reason = objections.Reason | Literal["unsure"]
_ENDS = " ?.!"
_STEPS = 65_535
"""Probabilities of the cross-validation are kept in so many steps."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether it is the same question, how probably, and what spoke against it (empty when it is the same)."""

    same: bool
    probability: float
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Trees:
    """Complete binary trees of one depth. `feature` and `threshold` are (trees, inner nodes), breadth first: above the
    threshold goes right. `leaf` is (trees, leaves): log-odds, added up on top of `base`."""

    base: float
    feature: "Places"
    threshold: "Floats"
    leaf: "Floats"

    def log_odds(self, values: Sequence[float]) -> float:
        """The sum over all trees for one row of features."""
        row = np.asarray(values, np.float32)
        feature, threshold, leaf = self.feature.ravel(), self.threshold.ravel(), self.leaf.ravel()
        trees, inner = self.feature.shape
        start = np.arange(0, trees * inner, inner)
        node = np.zeros(trees, np.intp)
        for _ in range(inner.bit_length()):
            at = start + node
            node = 2 * node + 1 + (row[feature[at]] > threshold[at])
        return self.base + float(leaf[np.arange(0, leaf.size, inner + 1) + node - inner].sum(dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold gave on questions that the fit had not seen: the share of hits that were wrong, at most, among
    this and all higher thresholds; the share of equal questions that were hits; the lowest cosine of any hit."""

    threshold: float
    false_hits: float
    recall: float
    floor: float


@dataclass(frozen=True, slots=True)
class GateModel:
    """The weights as they are shipped. `points` come by rising threshold."""

    trees: Trees
    rarity: Rarity
    points: tuple[Point, ...]
    record: Mapping[str, Any]
    unseen: Mapping[int, float]

    def held_out(self, question: str, other: str) -> float | None:
        """For a pair that the weights were fitted on, the probability by a model of the cross-validation that had not
        seen it: what it may be measured with. None for every other pair."""
        return self.unseen.get(pair_hash(question, other))


@cache
def load_model(path: Path = WEIGHTS) -> GateModel:
    """Read the weights. Raises SetupError when they are missing, damaged, or of other features than the program's."""
    try:
        data = orjson.loads(path.read_bytes())
        if tuple(data["features"]) != NAMES:
            raise SetupError(f"{path.name} was fitted on other features; fit it with scripts/train_hit_gate.py")
        inner = 2 ** int(data["depth"]) - 1
        trees = Trees(
            float(data["base"]),
            _array(data["feature"], "u1").astype(np.intp).reshape(-1, inner),
            _array(data["threshold"], "<f4").reshape(-1, inner),
            _array(data["leaf"], "<f4").reshape(-1, inner + 1),
        )
        points = tuple(Point(*row) for row in data["points"])
        rarity = inverse_frequency(data["frequencies"], int(data["questions"]))
        hashes, chances = _array(data["pairs"], "<u4").tolist(), _array(data["chances"], "<u2") / _STEPS
        unseen = dict(zip(hashes, chances.tolist(), strict=True))
        return GateModel(trees, rarity, points, data["record"], unseen)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path.name} cannot be read: {error}") from error


def _array(text: str, kind: str) -> Any:
    return np.frombuffer(base64.b64decode(text), np.dtype(kind))


def pair_hash(question: str, other: str) -> int:
    """32 bits by which a pair of the fit is known again, in either order."""
    return int.from_bytes(blake2b("\0".join(sorted((question, other))).encode(), digest_size=4).digest(), "little")


class HitGate:
    """Judges pairs of questions. `false_hits` is the share of hits that may be wrong: the lowest threshold that kept to
    it on unseen questions is taken; where none did, the gate lets only equal wordings pass."""

    def __init__(self, model: GateModel, false_hits: float) -> None:
        self._model = model
        chosen = next((point for point in model.points if point.false_hits <= false_hits), None)
        self.threshold = chosen.threshold if chosen else 1.0
        self.floor = chosen.floor if chosen else 1.0
        """Cosine below which no pair needs to be judged."""

    def judge(self, question: str, other: str, cosine: float) -> Judgement:
        """Compare two questions of the same context. Symmetric. Some 0.1 ms once both are known."""
        if _bare(question) == _bare(other):
            return Judgement(True, 1.0)
        reason = objection(question, other)
        if reason:
            return Judgement(False, 0.0, reason)
        probability = self.probability(question, other, cosine)
        same = probability >= self.threshold
        return Judgement(same, probability, "" if same else "unsure")

    def probability(self, question: str, other: str, cosine: float) -> float:
        """What the trees say, rules aside: 0..1, as if 37 of 100 pairs that are compared were equal."""
        odds = self._model.trees.log_odds(features(question, other, cosine, self._model.rarity))
        return 1.0 / (1.0 + math.exp(-odds))


def _bare(text: str) -> str:
    """Without case, white space and the mark at its end."""
    return " ".join(text.casefold().split()).rstrip(_ENDS)
