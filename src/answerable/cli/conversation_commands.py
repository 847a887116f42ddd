"""`answerable conversations`, as it is typed; what does it is imported when it runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from answerable.cli.options import Data, Json

Id = Annotated[str, typer.Argument(help="The conversation's id, as `list` shows it")]
To = Annotated[Path | None, typer.Option("--to", help="Write to this file instead of standard output")]

conversations = typer.Typer(
    help="Look after the stored conversations of this machine's owner.",
    epilog="Example: answerable conversations import conversations.json",
    no_args_is_help=True,
)


@conversations.command("list", epilog="Example: answerable conversations list --folder work")
def list_(
    folder: Annotated[str | None, typer.Option(help="Only this folder and those below it")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag")] = None,
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones instead")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many")] = 50,
    data: Data = None,
    json: Json = False,
) -> None:
    """List conversations, the one where something was said last first."""
    from answerable.cli import conversations as work
    from answerable.core.identity import OWNER
    from answerable.storage.conversations import Shelf

    work.list_conversations(Shelf(OWNER.id, archived, folder, tag), limit, data, json)


@conversations.command("show", epilog="Example: answerable conversations show conv_0123...")
def show(
    id: Id,  # noqa: A002 - what the user sees in the help
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Only the newest so many messages")] = 50,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show the messages of a conversation."""
    from answerable.cli import conversations as work

    work.show_conversation(id, limit, data, json)


@conversations.command("search", epilog="Example: answerable conversations search '\"power button\" -tv role:user'")
def search(
    query: Annotated[str, typer.Argument(help='Words, "phrases", -not, begin*, folder:x, tag:x, role:user')],
    best: Annotated[bool, typer.Option("--best", help="Best first instead of newest first")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most this many")] = 20,
    data: Data = None,
    json: Json = False,
) -> None:
    """Find what was said."""
    from answerable.cli import conversations as work

    work.search_conversations(query, best, limit, data, json)


@conversations.command("export", epilog="Example: answerable conversations export --to all.json")
def export(
    id: Annotated[str | None, typer.Argument(help="One conversation; else all")] = None,  # noqa: A002 - the same
    form: Annotated[
        Literal["json", "jsonl", "markdown"], typer.Option("--format", help="jsonl is for all, markdown for one")
    ] = "json",
    to: To = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Write conversations to standard output or a file."""
    from answerable.cli import conversations as work

    work.export_conversations(id, form, to, data, json)


@conversations.command("import", epilog="Example: answerable conversations import chatgpt-export.zip")
def import_(
    file: Annotated[Path, typer.Argument(help="ChatGPT's export (zip or conversations.json), or one of this program")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Take in conversations; what is there already is left alone."""
    from answerable.cli import conversations as work

    work.import_conversations(file, data, json)


@conversations.command("delete", epilog="Example: answerable conversations delete conv_0123...")
def delete(id: Id, data: Data = None, json: Json = False) -> None:  # noqa: A002 - the same
    """Erase a conversation with its messages and shares, for good."""
    from answerable.cli import conversations as work

    work.delete_conversation(id, data, json)
