"""What `conversations` does, on the database alone: no index and no model is opened."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
from rich.markup import escape

from answerable.accounts.assembly import Accounts
from answerable.api.conversation_views import conversation_json, found_json, imported_json, page_json
from answerable.cli.layout import columns, shortened
from answerable.cli.people import run_on_accounts
from answerable.cli.running import err, out, print_json, stop
from answerable.core.errors import InvalidRequest
from answerable.core.identity import OWNER
from answerable.flows import conversations as flow
from answerable.flows import message_search, transfer
from answerable.storage.conversations import Shelf

_TITLE, _SNIPPET = 34, 60


def list_conversations(shelf: Shelf, limit: int, data: Path | None, as_json: bool) -> None:
    """Show a page."""
    rows, _ = run_on_accounts(lambda a: flow.list_conversations(shelf, a.database, limit), data)
    shown = [conversation_json(row) for row in rows]
    if as_json:
        print_json({"conversations": shown})
        return
    if not shown:
        out.print("no conversations")
        return
    table = columns("LAST", "TITLE", "FOLDER", "ID")
    for row in shown:
        title, folder = escape(shortened(row["title"], _TITLE)), escape(shortened(row["folder"], _TITLE // 2))
        table.add_row(row["updated_at"][:10], title, folder, row["id"])
    out.print(table)


def show_conversation(id_: str, limit: int, data: Path | None, as_json: bool) -> None:
    """Show its newest messages."""

    async def work(a: Accounts) -> tuple[dict[str, object], flow.MessagePage]:
        row = await flow.get_conversation(id_, OWNER, a.database)
        return conversation_json(row), await flow.read_messages(id_, OWNER, a.database, limit=limit)

    row, page = run_on_accounts(work, data)
    if as_json:
        print_json(row | {"messages": page_json(page)["data"]})
        return
    out.print(escape(str(row["title"])), style="bold")
    if page.before:
        out.print("earlier messages: --limit", style="dim")
    for message in page.rows:
        out.print(f"\n[cyan]{escape(message.role)}[/cyan]  [dim]{escape(message.model)}[/dim]")
        out.print(escape(message.text), soft_wrap=True)


def search_conversations(query: str, best: bool, limit: int, data: Path | None, as_json: bool) -> None:
    """Show what was found."""
    asked = message_search.Asked(query, "best" if best else "newest", limit)
    found = run_on_accounts(lambda a: message_search.search_messages(asked, OWNER, a.database), data)
    if as_json:
        print_json({"hits": found_json(found)["data"]})
        return
    if not found.hits:
        out.print("nothing found")
    for hit in found.hits:
        out.print(f"[bold]{escape(shortened(hit.title, _SNIPPET))}[/bold]  [dim]{hit.entry.conversation}[/dim]")
        out.print(f"  {escape(hit.entry.role)}: {_marked(hit)}\n", soft_wrap=True)


def _marked(hit: message_search.Hit) -> str:
    pieces, at = [], 0
    for start, end in hit.snippet.marks:
        pieces += [escape(hit.snippet.text[at:start]), f"[yellow]{escape(hit.snippet.text[start:end])}[/yellow]"]
        at = end
    pieces.append(escape(hit.snippet.text[at:]))
    return ("… " if hit.snippet.cut_before else "") + "".join(pieces) + (" …" if hit.snippet.cut_after else "")


def export_conversations(id_: str | None, form: str, to: Path | None, data: Path | None, as_json: bool) -> None:
    """Write one or all."""
    if form not in (("json", "jsonl") if id_ is None else ("json", "markdown")):
        stop(InvalidRequest("all go out as json or jsonl, one as json or markdown", param="format"))

    async def work(a: Accounts) -> int:
        written = 0
        with contextlib.nullcontext(sys.stdout.buffer) if to is None else to.open("wb") as target:
            async for piece in _pieces(id_, form, a):
                written += target.write(piece)
        return written

    written = run_on_accounts(work, data)
    if to is not None and as_json:
        print_json({"file": str(to), "bytes": written})
    elif to is not None:
        out.print(f"{written:,} bytes written to {escape(str(to))}")


async def _pieces(id_: str | None, form: str, a: Accounts) -> AsyncIterator[bytes]:
    if id_ is None:
        async for piece in transfer.export_all(OWNER, a.database, lines=form == "jsonl"):
            yield piece
    elif form == "markdown":
        yield (await transfer.export_markdown(id_, OWNER, a.database))[1].encode()
    else:
        yield orjson.dumps(await transfer.export_conversation(id_, OWNER, a.database)) + b"\n"


def import_conversations(file: Path, data: Path | None, as_json: bool) -> None:
    """Take in a file."""
    try:
        opened = file.open("rb")
    except OSError as error:
        stop(InvalidRequest(f"{file} cannot be read: {error.strerror}", param="file"))
    with opened:
        report = run_on_accounts(lambda a: transfer.import_conversations(opened, OWNER, a.database), data)
    if as_json:
        print_json(imported_json(report))
        return
    out.print(f"imported: {report.conversations:,} conversations with {report.messages:,} messages")
    if report.already_there:
        out.print(f"already there: {report.already_there:,}")
    for one in report.failed:
        err.print(f"[red]failed:[/red] {escape(one.title) or '(no title)'}: {escape(one.reason)}", soft_wrap=True)


def delete_conversation(id_: str, data: Path | None, as_json: bool) -> None:
    """Erase one."""
    run_on_accounts(lambda a: flow.delete_conversation(id_, OWNER, a.database), data)
    if as_json:
        print_json({"deleted": id_})
    else:
        out.print(f"deleted {escape(id_)}")
