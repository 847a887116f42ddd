"""The command line: a thin face over the flows. Every command has `--json`; exit codes 0 done, 1 failed, 2 bad usage.

Nothing heavy is imported here, so that `--help` answers at once; a command imports what it needs when it runs.
"""

import io
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from answerable.cli import administration, conversation_commands, research_commands, team_commands

app = typer.Typer(
    name="answerable",
    help="Ask your documents; every sentence of the answer is cited and checked.",
    epilog="Example: answerable add ./docs && answerable ask 'How do I reset the TV?'",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; else ANSWERABLE_DATA, else ~/.answerable")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines")]
Collection = Annotated[str | None, typer.Option("--collection", "-c", help="Collection name")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="What was known then: 2026-03-31 or 2026-03-31T12:00Z")]
Where = Annotated[list[str] | None, typer.Option("--filter", help="key=value, key>=value, key=a|b, or a JSON object")]
Explain = Annotated[bool, typer.Option("--explain", help="Show how the answer came about")]


@app.command(epilog="Example: answerable serve --port 9000")
def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; else 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one; else 8080")] = None,
    handbook: Annotated[bool, typer.Option(help="Index the program's own documentation into an empty folder")] = True,
) -> None:
    """Start the API and the web pages."""
    from answerable.cli import server

    server.run(handbook, data=data, host=host, port=port)


@app.command(epilog="Example: answerable add manual.pdf ./docs https://example.com/help --tag product=tv")
def add(
    source: Annotated[list[str], typer.Argument(help="Files, folders, globs or addresses")],
    collection: Annotated[str, typer.Option("--collection", "-c", help="Collection name")] = "default",
    tag: Annotated[list[str] | None, typer.Option("--tag", help="key=value, kept with each document")] = None,
    reader: Annotated[list[str] | None, typer.Option("--reader", help="Who may read it; else everybody")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and add what changes")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the embeddings")] = True,
    data: Data = None,
    json: Json = False,
) -> None:
    """Add documents to a collection, or update the ones that changed."""
    from answerable.cli import documents

    wanted = documents.Addition(tuple(source), collection, tuple(tag or ()), tuple(reader or ()), watch, wait)
    documents.add(wanted, data, json)


@app.command("list", epilog="Example: answerable list -c manuals")
def list_(
    collection: Collection = None,
    contains: Annotated[str, typer.Option(help="Only titles and sources that contain this")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many documents")] = 100,
    data: Data = None,
    json: Json = False,
) -> None:
    """List collections, or the documents of one."""
    from answerable.cli import documents

    documents.show_list(collection, contains, limit, data, json)


@app.command(epilog="Example: answerable show manual.pdf --chunks")
def show(
    document: Annotated[str, typer.Argument(help="Id, source or file name")],
    collection: Collection = None,
    chunks: Annotated[bool, typer.Option("--chunks", help="Show the chunks instead of the text")] = False,
    version: Annotated[int | None, typer.Option(help="Version number; else the one that is served")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show a document: versions, text, chunks."""
    from answerable.cli import documents

    documents.show(document, collection, chunks, version, data, json)


@app.command(epilog="Example: answerable remove manual.pdf --purge")
def remove(
    document: Annotated[str, typer.Argument(help="Id, source or file name; or a collection with --all")],
    collection: Collection = None,
    purge: Annotated[bool, typer.Option("--purge", help="Erase its history too, for good")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Erase the whole collection of this name")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Stop serving a document at once (its history stays for --as-of unless --purge)."""
    from answerable.cli import documents

    documents.remove(document, collection, purge, everything, data, json)


@app.command(epilog="Example: answerable search 'reset network' -k 5 --filter product=tv")
def search(
    query: Annotated[str, typer.Argument(help="What to look for")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="At most this many passages")] = 10,
    mode: Annotated[
        Literal["hybrid", "keyword", "vector"], typer.Option(help="By meaning and words, or one")
    ] = "hybrid",
    collection: Collection = None,
    where: Where = None,
    as_of: AsOf = None,
    explain: Explain = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Find passages."""
    from answerable.cli import asking

    asking.search(asking.Looking(query, collection, tuple(where or ()), as_of, explain), k, mode, data, json)


@app.command(epilog="Example: answerable ask 'How do I connect a model?' -c handbook --explain")
def ask(
    question: Annotated[str, typer.Argument(help="The question")],
    collection: Collection = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Model; else the default one")] = None,
    where: Where = None,
    as_of: AsOf = None,
    explain: Explain = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Ask a question: a cited and checked answer, or an honest refusal."""
    from answerable.cli import asking

    asking.ask(asking.Looking(question, collection, tuple(where or ()), as_of, explain), model, data, json)


@app.command(epilog="Example: answerable evaluate ./dataset --save before.json; answerable evaluate pii texts.jsonl")
def evaluate(
    dataset: Annotated[Path, typer.Argument(help="Folder; or cache, guards, pii, router and a file; or research")],
    file: Annotated[Path | None, typer.Argument(help="Labelled rows for the part named, or a folder of topics")] = None,
    foreign: Annotated[Path | None, typer.Option(help="Another dataset, whose questions cannot be answered")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many queries")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the report to this file")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Compare with a saved report; exit 1 when worse")] = None,
    fit: Annotated[bool, typer.Option("--fit", help="Fit the fusion weight to the labels; kept with --data")] = False,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Model that answers [default extractive]")] = None,
    judge: Annotated[str | None, typer.Option(help="Model that judges the answers [default: by rule]")] = None,
    models: Annotated[str | None, typer.Option(help="For router: CHEAP,STRONG, to tell costs by their prices")] = None,
    export: Annotated[Path | None, typer.Option(help="For research: write the reports to this file (.jsonl)")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Measure retrieval and answers on a folder of labelled data, reports on topics, or one other part on a file."""
    from answerable.cli import evaluation, parts_evaluation

    if parts_evaluation.is_research(dataset, file):
        measured = evaluation.Wanted(
            file, limit=limit, save=save, baseline=baseline, model=model, judge=judge, research=True, export=export
        )
        evaluation.run_evaluation(measured, data, json)
        return
    if file is not None:
        parts_evaluation.run_part(parts_evaluation.Wanted(str(dataset), file, limit, models), data, json)
        return
    parts_evaluation.refuse_part_without_file(str(dataset))

    wanted = evaluation.Wanted(dataset, foreign, limit, save, baseline, fit, model, judge)
    evaluation.run_evaluation(wanted, data, json)


tool_commands = typer.Typer(invoke_without_command=True, help="List the tools that a model may call, or run one.")
_TOOL_EXAMPLE = 'Example: answerable tools run calculator \'{"expression": "2 + 2"}\''
app.add_typer(tool_commands, name="tools", epilog=_TOOL_EXAMPLE)


@tool_commands.callback()
def tools_(context: typer.Context, data: Data = None, json: Json = False) -> None:
    """List the tools that a model may call, and what is missing for them; or run one."""
    if context.invoked_subcommand is None:
        from answerable.cli import tools

        tools.list_tools(data, json)


@tool_commands.command("run", epilog=_TOOL_EXAMPLE)
def tools_run(
    name: Annotated[str, typer.Argument(help="Name of the tool")],
    arguments: Annotated[str, typer.Argument(help="Arguments as a JSON object")] = "{}",
    collection: Collection = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Run one tool, as a model would."""
    from answerable.cli import tools

    tools.run_tool(name, arguments, collection, data, json)


@app.command(epilog="Example: answerable doctor")
def doctor(data: Data = None, json: Json = False) -> None:
    """Say what is configured, what works and what is missing; exit code 1 when something is wrong."""
    from answerable.cli.doctor import run_doctor

    if not run_doctor(data, json):
        raise typer.Exit(1)


@app.command(epilog="Example: answerable usage --by model --since 7d")
def usage(
    by: Annotated[Literal["day", "model", "user", "key", "outcome"], typer.Option(help="One line for each of")] = "day",
    since: Annotated[str, typer.Option(help="From then: 24h, 7d, 2w, 2026-11-01 or 2026-11-01T12:00Z")] = "30d",
    until: Annotated[str | None, typer.Option(help="Until then; else now")] = None,
    user: Annotated[str | None, typer.Option(help="Only this account, by its id")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show what was used and what it cost."""
    from answerable.cli import spending
    from answerable.flows.usage import Asked

    spending.show_usage(Asked(by, since, until, user), data, json)


_RESEARCH_EXAMPLE = "Example: answerable research 'How do limits work?' -c handbook --out report.pdf"
app.command("research", epilog=_RESEARCH_EXAMPLE)(research_commands.research)
app.add_typer(research_commands.reports, name="reports")
app.add_typer(team_commands.teams, name="teams")
app.add_typer(conversation_commands.conversations, name="conversations")
app.add_typer(administration.users, name="users")
app.add_typer(administration.keys, name="keys")
app.add_typer(administration.topics, name="topics")


def main() -> None:
    """Entry point: errors we raise on purpose become one line and exit code 1."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a letter shows another one
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
