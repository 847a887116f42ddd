"""`add`, `list`, `show`, `remove`: collections and what is in them."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from answerable.api.views import chunk_json, collection_json, document_json, result_json, version_json
from answerable.cli.layout import columns, shortened, tail
from answerable.cli.running import err, out, print_json, run, settings_for
from answerable.core.errors import InvalidRequest
from answerable.flows import collections as flow
from answerable.flows.ingest import Ingest, Ingested, ItemResult, embed, ingest
from answerable.flows.platform import Platform
from answerable.knowledge import backfill
from answerable.storage.documents import DocumentRow

_WATCH_S = 2.0


@dataclass(frozen=True, slots=True)
class Addition:
    """What `add` was told; tags are `key=value` texts."""

    sources: tuple[str, ...]
    collection: str
    tags: tuple[str, ...]
    readers: tuple[str, ...]
    watch: bool
    wait: bool

    def request(self) -> Ingest:
        """The flow's request. Raises InvalidRequest for a tag that is none."""
        metadata: dict[str, Any] = {}
        for tag in self.tags:
            key, sign, value = tag.partition("=")
            if not sign or not key.strip():
                raise InvalidRequest(f"'{tag}' is not a tag; write key=value", param="tag")
            metadata[key.strip()] = value.strip()
        return Ingest(self.collection, self.sources, metadata=metadata, readers=self.readers or None)


def add(wanted: Addition, data: Path | None, as_json: bool) -> None:
    """Add, show progress, wait for the embeddings; exit code 1 when a file failed."""

    async def work(p: Platform) -> Ingested:
        while True:
            added = await _add_once(wanted, p, as_json)
            if not wanted.watch:
                return added
            await asyncio.sleep(_WATCH_S)

    added = run(settings_for(data), work)
    if as_json:
        items = [result_json(item, None) | {"document_id": item.document_id} for item in added.items]
        print_json({"items": items, "skipped": added.skipped})
    if added.count("failed"):
        raise typer.Exit(1)


async def _add_once(wanted: Addition, p: Platform, as_json: bool) -> Ingested:
    request = wanted.request()
    with _bar(as_json) as bar:
        task = bar.add_task("reading", total=None, count="")
        read = itertools.count(1)

        async def report(item: ItemResult) -> None:
            bar.update(task, count=f"{next(read):,} documents")
            if item.error is not None:
                err.print(f"[red]failed[/red] {escape(item.error.message)}", soft_wrap=True)

        added = await ingest(request, p, report)
        bar.update(task, total=1, completed=1)
        if wanted.wait:
            await _wait_for_embeddings(wanted.collection, p, bar)
    changed = added.count("added") + added.count("updated") + added.count("removed")
    if not as_json and (changed or added.count("failed") or not wanted.watch):
        _print_summary(added, wanted.collection)
    return added


async def _wait_for_embeddings(collection: str, p: Platform, bar: Progress) -> None:
    pending = (await p.backfill.progress(collection)).pending
    if not pending:
        return
    task = bar.add_task("embedding", total=pending, count=f"0 of {pending:,} chunks")

    async def report(progress: backfill.Progress) -> None:
        done = pending - progress.pending
        bar.update(task, completed=done, count=f"{done:,} of {pending:,} chunks")

    await embed(collection, p, report)


def _bar(quiet: bool) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal)


def _print_summary(added: Ingested, collection: str) -> None:
    parts = [
        f"{count} {status}"
        for status in ("added", "updated", "unchanged", "removed", "failed")
        if (count := added.count(status))
    ]
    others = "1 file of another kind" if added.skipped == 1 else f"{added.skipped} files of other kinds"
    skipped = f"; {others} skipped" if added.skipped else ""
    out.print(f"{collection}: {', '.join(parts) or 'nothing to do'}{skipped}")


def show_list(collection: str | None, contains: str, limit: int, data: Path | None, as_json: bool) -> None:
    """Print collections, or the documents of one."""

    async def collections(p: Platform) -> list[flow.CollectionView]:
        return await flow.list_collections(p)

    async def documents(p: Platform) -> tuple[list[DocumentRow], str | None]:
        return await flow.list_documents(collection or "", p, limit=limit, contains=contains)

    if collection is None:
        views = run(settings_for(data), collections)
        if as_json:
            return print_json({"data": [collection_json(view) for view in views]})
        return _print_collections(views)
    rows, following = run(settings_for(data), documents)
    if as_json:
        return print_json({"data": [document_json(row) for row in rows], "has_more": following is not None})
    _print_documents([document_json(row) for row in rows])
    if following is not None:
        err.print(f"[dim]the first {limit}; --limit shows more, --contains looks for some[/dim]", soft_wrap=True)
    return None


def _print_documents(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return out.print("no documents")
    table = columns("document", "version", "chunks", "changed", "source", right=("version", "chunks"))
    titles = [shortened(row["title"], max(out.width // 3, 12)) for row in rows]
    room = out.width - max(8, *map(len, titles)) - len("  version  chunks  2026-01-01  ")
    for row, title in zip(rows, titles, strict=True):
        source = escape(tail(row["source"], max(room, 12)))
        changed = str(row["updated_at"])[:10]
        table.add_row(escape(title), str(row["version"]), str(row["chunks"]), changed, f"[dim]{source}[/dim]")
    return out.print(table)


def _print_collections(views: list[flow.CollectionView]) -> None:
    if not views:
        return out.print("no collections yet: add documents with `answerable add FILE`")
    table = columns(
        "collection", "documents", "chunks", "embedded", "changed", right=("documents", "chunks", "embedded")
    )
    for row in map(collection_json, views):
        share = f"{row['embedded_chunks'] / row['chunks']:.0%}" if row["chunks"] else "-"
        numbers = f"{row['documents']:,}", f"{row['chunks']:,}"
        table.add_row(row["name"], *numbers, share, _minute(row["updated_at"]))
    return out.print(table)


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def show(
    document: str, collection: str | None, chunks: bool, version: int | None, data: Path | None, as_json: bool
) -> None:
    """Print one document."""

    async def work(p: Platform) -> dict[str, Any]:
        name = collection or await flow.choose_collection(p)
        row = await flow.get_document(name, document, p)
        found = document_json(row)
        found["version_list"] = [version_json(v) for v in await flow.list_versions(name, row.id, p)]
        if chunks:
            found["chunk_list"] = [chunk_json(c, p.embedder) for c in await flow.list_chunks(name, row.id, p, version)]
        else:
            found["text"] = (await flow.read_document(name, row.id, p, version)).text
        return found

    found = run(settings_for(data), work)
    if as_json:
        return print_json(found)
    _print_head(found)
    for chunk in found.get("chunk_list", ()):
        place = f", page {chunk['page']}" if chunk["page"] else ""
        where = f"characters {chunk['start']}-{chunk['end']}, {chunk['tokens']} tokens{place}"
        out.print(f"\n[cyan]{chunk['ordinal'] + 1}[/cyan]  [dim]{where}[/dim]", soft_wrap=True)
        out.print(escape(chunk["text"]), soft_wrap=True)
    if "text" in found:
        out.print("\n" + escape(found["text"]), soft_wrap=True)
    return None


def _print_head(found: dict[str, Any]) -> None:
    out.print(f"[bold]{escape(found['title'])}[/bold]  [dim]{found['id']}[/dim]", soft_wrap=True)
    out.print(f"[dim]{escape(found['source'])}[/dim]", soft_wrap=True)
    for one in found["version_list"]:
        until = f" to {_minute(one['valid_to'])}" if one["valid_to"] else ", served now"
        out.print(f"version {one['number']}: from {_minute(one['valid_from'])}{until}; {one['chunks']} chunks")
    for name in ("metadata", "readers", "warnings"):
        if found[name] and found[name] != ["*"]:
            pairs = found[name].items() if name == "metadata" else ()
            listed = [f"{key}={value}" for key, value in pairs] or found[name]
            out.print(f"{name}: {escape(', '.join(listed))}", soft_wrap=True)


def remove(
    document: str, collection: str | None, purge: bool, everything: bool, data: Path | None, as_json: bool
) -> None:
    """Remove a document, or a whole collection."""

    async def one(p: Platform) -> dict[str, Any]:
        name = collection or await flow.choose_collection(p)
        row = await flow.remove_document(name, document, p, purge=purge)
        return {"removed": row.source, "collection": name, "purged": purge}

    async def all_of_it(p: Platform) -> dict[str, Any]:
        await flow.delete_collection(document, p)
        return {"removed": document, "collection": document, "purged": True}

    work: Callable[[Platform], Awaitable[dict[str, Any]]] = all_of_it if everything else one
    done = run(settings_for(data), work)
    if as_json:
        return print_json(done)
    how = "erased with its history" if done["purged"] else "removed; its history stays for --as-of"
    return out.print(f"{escape(done['removed'])}: {how}", soft_wrap=True)
