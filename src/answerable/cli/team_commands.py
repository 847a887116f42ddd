"""`answerable teams`, as it is typed; what does it is imported when it runs."""

from typing import Annotated

import typer

from answerable.cli.research_commands import (
    Addresses,
    Collections,
    Data,
    Json,
    Model,
    Out,
    Seconds,
    Sources,
    Tokens,
    Usd,
)

teams = typer.Typer(
    help="Have other teams than the research team work: content, code with a review, customer support.",
    epilog="Example: answerable teams run support 'How do I reset my TV?'",
    invoke_without_command=True,
)


@teams.callback()
def list_(context: typer.Context, data: Data = None, json: Json = False) -> None:
    """List the teams, or have one work."""
    from answerable.cli import teams as work

    if context.invoked_subcommand is None:
        work.list_teams(data, json)


@teams.command("run", epilog="Example: answerable teams run content 'A page for new users on backups' -o page.md")
def run(
    name: Annotated[str, typer.Argument(help="The team, as `answerable teams` lists it")],
    request: Annotated[str, typer.Argument(help="What it is to do")],
    collection: Collections = None,
    source: Sources = None,
    url: Addresses = None,
    model: Model = None,
    approve: Annotated[bool, typer.Option("--approve", help="Ask before it is given out")] = False,
    to: Out = None,
    budget_usd: Usd = None,
    budget_tokens: Tokens = None,
    budget_seconds: Seconds = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Have a team do something; what comes of it is kept beside the reports (`answerable reports`)."""
    from answerable.cli import teams as work
    from answerable.cli.research import Output

    def wanted(terms: work.Terms) -> work.Terms:
        return work.changed(
            terms,
            {
                "sources": tuple(source or (["pages"] if url else [])),
                "collections": tuple(collection or ()),
                "addresses": tuple(url or ()),
                "model": model or "",
                "approve": ("report",) if approve else (),
            },
            (budget_tokens, budget_usd, budget_seconds),
        )

    work.run_team(name, request, wanted, Output(to, json), data)
