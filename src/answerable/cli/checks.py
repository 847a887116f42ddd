"""`doctor`: what is configured, what works, what is missing."""

import time
from pathlib import Path
from typing import Any

from rich.markup import escape

from answerable import __version__
from answerable.api.app import has_pages
from answerable.cli.layout import columns
from answerable.cli.running import out, print_json, run, settings_for
from answerable.config import Settings, changed_settings
from answerable.flows.collections import list_collections
from answerable.flows.platform import Platform


def run_checks(settings: Settings) -> list[tuple[str, bool, str]]:
    """(what, whether it works, detail) of everything there is to check."""

    async def work(p: Platform) -> list[tuple[str, bool, str]]:
        views = await list_collections(p)
        pending = sum(view.counts.pending_chunks for view in views)
        began = time.perf_counter()
        p.embedder.embed(["a first text loads the model"])
        first = time.perf_counter()
        p.embedder.embed(["How do I connect a language model?"])
        took = (time.perf_counter() - first) * 1_000
        found = [
            ("version", True, __version__),
            ("data folder", True, str(settings.folder)),
            ("database", True, settings.sql_url.partition(":")[0]),
            ("embedding model", True, f"{p.embedder.name}; loads in {first - began:.1f} s, {took:.1f} ms a question"),
            ("collections", True, ", ".join(f"{v.row.name} ({v.counts.documents})" for v in views) or "none yet"),
            ("embeddings", not pending, f"{pending:,} chunks wait: run `answerable serve`" if pending else "complete"),
            ("web pages", has_pages(), "built" if has_pages() else "run `make web`"),
            ("settings", True, ", ".join(changed_settings(settings)) or "all at their defaults"),
        ]
        found += [(f"model {name}", True, "ready") for name in p.models.names]
        return found + [(f"model {name}", False, why) for name, why in p.models.unavailable.items()]

    return run(settings, work)


def run_doctor(data: Path | None, as_json: bool) -> None:
    """Print the checks."""
    checks = run_checks(settings_for(data))
    if as_json:
        rows: list[dict[str, Any]] = [{"what": what, "ok": ok, "detail": detail} for what, ok, detail in checks]
        print_json({"checks": rows})
        return
    table = columns("", "", "")
    table.columns[2].no_wrap = False
    for what, ok, detail in checks:
        table.add_row("[green]ok[/green]" if ok else "[yellow]missing[/yellow]", what, escape(detail))
    table.show_header = False
    out.print(table)
