"""Measures how personal data is found: `answerable evaluate pii FILE`, rows of {id, text, spans: [{type, start, end}]}.

Types are those of the common data sets (CREDIT_CARD, US_SSN ...) or the program's own; types that no guard masks
(names, dates, places) are left out. A span counts as found when all of it is inside what was found of its kind.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.core.errors import InvalidRequest
from answerable.evaluation.datasets import load_rows
from answerable.evaluation.statistics import percentiles
from answerable.flows.measures import Grid, Measured, Options, share
from answerable.gateway.guards.pii import KINDS, Finder, Found, Kind

KIND_OF: Mapping[str, Kind] = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "IBAN": "iban",
    "US_SSN": "ssn",
    "SSN": "ssn",
    "EMAIL_ADDRESS": "email",
    "EMAIL": "email",
    "PHONE_NUMBER": "phone",
    "PHONE": "phone",
    "IP_ADDRESS": "ip",
    "IP": "ip",
    "STREET_ADDRESS": "address",
    "ADDRESS": "address",
    "API_KEY": "api_key",
    "PASSWORD": "password",
    "PRIVATE_KEY": "private_key",
    "TOKEN": "token",
}
STRUCTURED = ("card", "iban", "ssn", "email", "phone", "ip")
"""Kinds of a form that can be checked; the total is over them. Addresses are found as well as can be."""

_TIMED = 2_000
"""Characters of the texts that are timed: rows joined to some 2 KB."""


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    spans: tuple[tuple[Kind, int, int], ...]


def measure(path: Path, options: Options) -> Measured:
    """Recall and precision by kind, with intervals. Raises InvalidRequest for rows without text or spans."""
    rows = [_row(row, path, number) for number, row in load_rows(path)][: options.limit]
    if not rows:
        raise InvalidRequest(f"{path}: holds no rows", param="file")
    finder = Finder()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        _count(row, finder.find(row.text), counts)
    total: Counter[str] = sum((counts[kind] for kind in STRUCTURED), Counter())
    if total:
        counts["structured"] = total
    latency = _latency(finder, [row.text for row in rows])
    named = [(kind, counts[kind]) for kind in (*KINDS, "structured") if counts[kind]]
    return Measured(
        f"{path.name}: {len(rows)} texts",
        (
            Grid(
                ("kind", "marked", "found", "recall", "95 %", "flagged", "right", "prec.", "95 %"),
                tuple(_line(kind, count) for kind, count in named),
            ),
        ),
        {
            "rows": len(rows),
            "kinds": {kind: _figures(count) for kind, count in named},
            "latency_us_2kb": latency,
        },
        (f"processor time for 2 KB: mean {latency['mean']:.0f} us, p99 {latency['p99']:.0f} us",),
    )


def _row(row: Mapping[str, Any], path: Path, number: int) -> _Row:
    text, spans = row.get("text"), row.get("spans")
    if not isinstance(text, str) or not isinstance(spans, list):
        raise InvalidRequest(f"{path}, line {number}: needs 'text' and a list 'spans'", param="file")
    try:
        marked = [(str(span["type"]), int(span["start"]), int(span["end"])) for span in spans]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequest(f"{path}, line {number}: a span has type, start and end", param="file") from error
    known: dict[str, Kind] = dict(KIND_OF) | {kind: kind for kind in KINDS}
    return _Row(text, tuple((known[kind], start, end) for kind, start, end in marked if kind in known))


def _count(row: _Row, found: Sequence[Found], counts: dict[str, Counter[str]]) -> None:
    for kind, start, end in row.spans:
        counts[kind]["marked"] += 1
        loose = kind == "address"
        counts[kind]["found"] += any(
            one.kind == kind
            and one.start < end
            and one.end > start
            and (loose or (one.start <= start and one.end >= end))
            for one in found
        )
    for one in found:
        counts[one.kind]["reported"] += 1
        counts[one.kind]["right"] += any(
            kind == one.kind and one.start < end and one.end > start for kind, start, end in row.spans
        )


def _latency(finder: Finder, texts: Sequence[str]) -> dict[str, float]:
    joined = "\n".join(list(texts) * (1 + 20_000 // max(1, sum(map(len, texts)))))
    chunks = [joined[at : at + _TIMED] for at in range(0, min(len(joined), 400 * _TIMED), _TIMED)]
    for chunk in chunks[:20]:
        finder.find(chunk)
    taken = []
    for chunk in chunks:
        begin = time.thread_time()
        finder.find(chunk)
        taken.append((time.thread_time() - begin) * 1e6)
    return {"mean": sum(taken) / len(taken), **percentiles(taken)}


def _figures(count: Mapping[str, int]) -> dict[str, Any]:
    return {
        **{name: count.get(name, 0) for name in ("marked", "found", "reported", "right")},
        "recall": share(count.get("found", 0), count.get("marked", 0)).as_json(),
        "precision": share(count.get("right", 0), count.get("reported", 0)).as_json(),
    }


def _line(kind: str, count: Mapping[str, int]) -> tuple[str, ...]:
    recall = share(count.get("found", 0), count.get("marked", 0))
    precision = share(count.get("right", 0), count.get("reported", 0))
    return (
        kind.replace("_", " "),
        str(count.get("marked", 0)),
        str(count.get("found", 0)),
        recall.figure,
        recall.interval,
        str(count.get("reported", 0)),
        str(count.get("right", 0)),
        precision.figure,
        precision.interval,
    )
