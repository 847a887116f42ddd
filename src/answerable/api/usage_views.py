"""A usage report as JSON, for the endpoints and the command line. Money is text: JSON numbers are not decimal."""

from typing import Any

from answerable.flows.usage import Line, Report


def report_json(report: Report) -> dict[str, Any]:
    """The report; `cost_usd` null where no part of it has a known price."""
    return {
        "object": "usage",
        "by": report.by,
        "since": report.since.isoformat().replace("+00:00", "Z"),
        "until": report.until.isoformat().replace("+00:00", "Z"),
        "data": [
            {report.by: line.label} | ({"name": line.name} if line.name else {}) | _figures(line)
            for line in report.lines
        ],
        "total": _figures(report.total),
    }


def _name(line: Line) -> dict[str, Any]:
    return {"name": line.name} if line.name else {}


def _figures(line: Line) -> dict[str, Any]:
    return {
        "requests": line.requests,
        "cached": line.cached,
        "unsuccessful": line.unsuccessful,
        "prompt_tokens": line.prompt_tokens,
        "completion_tokens": line.completion_tokens,
        "cost_usd": None if line.cost_usd is None else f"{line.cost_usd:f}",
        "unpriced": line.unpriced,
    }
