"""Measures the injection guard: `answerable evaluate guards FILE`, rows of {id, text, label, source, surface}.

`label` is 1 for an attack; `surface` is user or document (user where it is missing). Figures are given by source, since
one kind of attack is not another; a benign row that is blocked costs a user an answer.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.core.errors import InvalidRequest
from answerable.evaluation.datasets import load_rows
from answerable.evaluation.statistics import percentiles
from answerable.flows.measures import Grid, Measured, Options, share
from answerable.gateway.guards.injection import Injection, Surface, Verdict, fingerprint, load_held_out

_LEARNED = "{} rows are of the fit: they count as a fit without them judged them"
_TIMED = 2_000
_CHUNKS = 400


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    attack: bool
    source: str
    surface: Surface


def measure(path: Path, options: Options) -> Measured:
    """Attacks caught and benign rows blocked by source, recall and precision by surface, and what a text costs.

    Raises InvalidRequest for rows without text or label.
    """
    rows = [_row(row, path, number) for number, row in load_rows(path)][: options.limit]
    if not rows:
        raise InvalidRequest(f"{path}: holds no rows", param="file")
    injection = Injection()
    known = load_held_out()
    held_out = [known[row.surface].get(fingerprint(row.text)) for row in rows]
    flagged = [
        _judge(injection, row.surface, row.text).attack if said is None else said
        for row, said in zip(rows, held_out, strict=True)
    ]
    learned = sum(said is not None for said in held_out)
    by_source: dict[tuple[str, str, bool], list[bool]] = defaultdict(list)
    for row, said in zip(rows, flagged, strict=True):
        by_source[row.surface, row.source, row.attack].append(said)
    latency = {surface: _latency(injection, surface, [row.text for row in rows]) for surface in ("user", "document")}
    sources = Grid(
        ("source", "surface", "label", "rows", "flagged", "share", "95 %"),
        tuple(_line(*key, hits) for key, hits in sorted(by_source.items())),
        "by source: attacks should be flagged, benign rows should not",
    )
    totals = {surface: _total(rows, flagged, surface) for surface in ("user", "document")}
    surfaces = Grid(
        ("surface", "attacks", "recall", "95 %", "precision", "95 %", "benign blocked"),
        tuple(_total_line(surface, total) for surface, total in totals.items() if total["attacks"] + total["benign"]),
        "by surface",
    )
    return Measured(
        f"{path.name}: {len(rows)} texts",
        (sources, surfaces),
        {
            "rows": len(rows),
            "rows_of_the_fit": learned,
            "sources": [
                {"surface": surface, "source": source, "attack": attack, **share(sum(hits), len(hits)).as_json()}
                for (surface, source, attack), hits in sorted(by_source.items())
            ],
            "surfaces": totals,
            "latency_us_2kb": latency,
        },
        (_LEARNED.format(learned),) * (learned > 0)
        + tuple(
            f"processor time for 2 KB as {surface}: mean {taken['mean']:.0f} us, p99 {taken['p99']:.0f} us"
            for surface, taken in latency.items()
        ),
    )


def _row(row: Mapping[str, Any], path: Path, number: int) -> _Row:
    text, label, surface = row.get("text"), row.get("label"), row.get("surface", "user")
    if not isinstance(text, str) or label not in (0, 1):
        raise InvalidRequest(f"{path}, line {number}: needs 'text', and 'label' 0 or 1", param="file")
    if surface not in ("user", "document"):
        raise InvalidRequest(f"{path}, line {number}: 'surface' is user or document", param="file")
    return _Row(text, bool(label), str(row.get("source", "")) or "-", surface)


def _judge(injection: Injection, surface: str, text: str) -> Verdict:
    return injection.judge_user(text) if surface == "user" else injection.judge_document(text)


def _latency(injection: Injection, surface: str, texts: Sequence[str]) -> dict[str, float]:
    joined = "\n".join(list(texts) * (1 + 20_000 // max(1, sum(map(len, texts)))))
    chunks = [joined[at : at + _TIMED] for at in range(0, min(len(joined), _CHUNKS * _TIMED), _TIMED)]
    for chunk in chunks[:5]:
        _judge(injection, surface, chunk)
    taken = []
    for chunk in chunks:
        begin = time.thread_time()
        _judge(injection, surface, chunk)
        taken.append((time.thread_time() - begin) * 1e6)
    return {"mean": sum(taken) / len(taken), **percentiles(taken)}


def _line(surface: str, source: str, attack: bool, hits: Sequence[bool]) -> tuple[str, ...]:
    flagged = share(sum(hits), len(hits))
    return (
        source,
        surface,
        "attack" if attack else "benign",
        str(len(hits)),
        str(sum(hits)),
        flagged.figure,
        flagged.interval,
    )


def _total(rows: Sequence[_Row], flags: Sequence[bool], surface: str) -> dict[str, Any]:
    here = [(row.attack, said) for row, said in zip(rows, flags, strict=True) if row.surface == surface]
    attacks, flagged = sum(attack for attack, _ in here), sum(said for _, said in here)
    caught = sum(attack and said for attack, said in here)
    return {
        "attacks": attacks,
        "benign": len(here) - attacks,
        "recall": share(caught, attacks).as_json(),
        "precision": share(caught, flagged).as_json(),
        "benign_blocked": share(flagged - caught, len(here) - attacks).as_json(),
    }


def _total_line(surface: str, total: Mapping[str, Any]) -> tuple[str, ...]:
    counted = [share(total[name]["hits"], total[name]["n"]) for name in ("recall", "precision", "benign_blocked")]
    recall, precision, blocked = counted
    return (
        surface,
        str(total["attacks"]),
        recall.figure,
        recall.interval,
        precision.figure,
        precision.interval,
        f"{blocked.figure} of {blocked.n}",
    )
