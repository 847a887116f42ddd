"""`--explain`: the trace of an answer as tables for people."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from answerable.cli.layout import columns, shortened
from answerable.cli.running import out

_MOST_ROWS = 12


def print_trace(trace: Mapping[str, Any]) -> None:
    """What was done and how long it took, the ranks of each passage side by side, and what was left out and why."""
    out.print(f"\n[bold]how this came about[/bold]  [dim]{trace.get('ms', 0):.0f} ms[/dim]")
    for name in ("rewritten", "collection", "mode", "filter", "as_of", "model"):
        if trace.get(name):
            out.print(f"  [dim]{name.replace('_', ' ')}[/dim]  {escape(str(trace[name]))}", soft_wrap=True)
    out.print()
    out.print(_steps(trace))
    if trace.get("fused"):
        out.print()
        out.print(_ranking(trace))
    for line in (*_confidence(trace), *_sentences(trace), *_left_out(trace)):
        out.print(line, soft_wrap=True)


def _steps(trace: Mapping[str, Any]) -> Table:
    table = columns("  step", "ms", "", right=("ms",))
    for step in trace.get("steps", []):
        detail = ", ".join(f"{key} {_short(value)}" for key, value in step.get("detail", {}).items())
        table.add_row(f"  {step['name']}", f"{step['ms']:.1f}", f"[dim]{escape(detail)}[/dim]")
    return table


def _ranking(trace: Mapping[str, Any]) -> Table:
    """Passages in their last order; `source` is the number that the answer cites."""
    titles = ("  source", "reranked", "fused", "keyword", "vector", "chunk", "title")
    table = columns(*titles, right=titles[:-1])
    fused = {row["chunk_id"]: row for row in trace["fused"]}
    last = {row["chunk_id"]: row["rank"] for row in trace.get("reranked", [])}
    numbers = {row["chunk_id"]: row["number"] for row in trace.get("context", [])}
    order = sorted(fused, key=lambda chunk: (last.get(chunk, len(fused) + 1), fused[chunk]["rank"]))
    for chunk in order[:_MOST_ROWS]:
        row = fused[chunk]
        ranks = (numbers.get(chunk), last.get(chunk), row["rank"], row.get("keyword_rank"), row.get("vector_rank"))
        title = escape(shortened(str(row.get("title", "")), max(out.width - 54, 12)))
        table.add_row(*(str(rank or "-") for rank in ranks), str(chunk), title)
    if len(order) > _MOST_ROWS:
        table.add_row(f"  +{len(order) - _MOST_ROWS}", *[""] * 5, "[dim]more; --json has all[/dim]")
    return table


def _confidence(trace: Mapping[str, Any]) -> Iterator[str]:
    found = trace.get("confidence")
    if found:
        features = ", ".join(f"{key} {value:.2f}" for key, value in found.get("features", {}).items())
        yield f"\n  confidence {found['value']:.2f}, threshold {found['threshold']:.2f}"
        yield f"  [dim]{features}[/dim]"


def _sentences(trace: Mapping[str, Any]) -> Iterator[str]:
    width = max(out.width - 26, 20)
    for item in trace.get("sentences", []):
        numbers = "".join(f"[{number}]" for number in dict.fromkeys(c["number"] for c in item["citations"]))
        yield f"  support {item['support']:.2f} {escape(numbers)}  [dim]{escape(shortened(item['text'], width))}[/dim]"
    for item in trace.get("dropped_sentences", []):
        yield f"  [yellow]dropped: {item['reason']}[/yellow]  [dim]{escape(shortened(item['text'], width))}[/dim]"


def _left_out(trace: Mapping[str, Any]) -> Iterator[str]:
    for reason, count in Counter(item["reason"] for item in trace.get("dropped", [])).items():
        yield f"  [dim]not read: {count} passage{'s'[: count > 1]}: {escape(reason)}[/dim]"


def _short(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
