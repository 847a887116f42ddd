"""`answerable research` and `answerable reports`, as they are typed; what does it is imported when it runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; else ANSWERABLE_DATA, else ~/.answerable")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines")]
Run = Annotated[str, typer.Argument(help="The run's id, or the beginning of it, as `list` shows it")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write the report here: .md, .html, .pdf or .docx")]
Collections = Annotated[list[str] | None, typer.Option("--collection", "-c", help="Documents to use; repeat it")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", "-s", help="collections, wikipedia, arxiv, web, pages; repeat it")
]
Addresses = Annotated[list[str] | None, typer.Option("--url", help="A page to read; repeat it")]
Model = Annotated[str | None, typer.Option("--model", "-m", help="Model; else the default one")]
Usd = Annotated[float | None, typer.Option("--budget-usd", help="US dollars at most; else 2, or the team's own")]
Tokens = Annotated[int | None, typer.Option("--budget-tokens", help="Tokens at most; else 500,000, or the team's own")]
Seconds = Annotated[float | None, typer.Option("--budget-seconds", help="Seconds of work; else 900, or the team's own")]

reports = typer.Typer(
    help="Look after research runs and their reports.",
    epilog="Example: answerable reports show res_0123",
    no_args_is_help=True,
)


def research(
    topic: Annotated[str, typer.Argument(help="The question or the topic")],
    collection: Collections = None,
    source: Sources = None,
    url: Addresses = None,
    model: Model = None,
    approve: Annotated[bool, typer.Option("--approve", help="Ask before writing, and before publishing")] = False,
    to: Out = None,
    budget_usd: Usd = None,
    budget_tokens: Tokens = None,
    budget_seconds: Seconds = None,
    questions: Annotated[int, typer.Option(min=1, max=20, help="Questions to look for")] = 6,
    sections: Annotated[int, typer.Option(min=1, max=8, help="Main sections at most")] = 5,
    revisions: Annotated[int, typer.Option(min=0, max=5, help="Revisions at most")] = 2,
    orchestrator: Annotated[
        Literal["graph", "team"], typer.Option(help="graph: LangGraph; team: AutoGen, an extra")
    ] = "graph",
    data: Data = None,
    json: Json = False,
) -> None:
    """Research a topic: five agents find sources, plan, write, criticise and revise a cited report."""
    from answerable.agents.state import Settings
    from answerable.cli import research as work
    from answerable.cli.running import stop
    from answerable.core.errors import AnswerableError

    try:
        wanted = Settings(
            sources=tuple(source or (["collections"] if not url else ["pages"])),
            collections=tuple(collection or ()),
            addresses=tuple(url or ()),
            model=model or "",
            approve=("outline", "report") if approve else (),
            questions=questions,
            sections=sections,
            max_revisions=revisions,
            orchestrator=orchestrator,
        )
        wanted = work.with_budget(wanted, budget_tokens, budget_usd, budget_seconds)
    except AnswerableError as error:
        stop(error)
    work.research(topic, wanted, work.Output(to, json), data)


@reports.command("list", epilog="Example: answerable reports list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most this many")] = 20,
    data: Data = None,
    json: Json = False,
) -> None:
    """List what was researched, newest first."""
    from answerable.cli import research as work

    work.list_reports(limit, data, json)


@reports.command("show", epilog="Example: answerable reports show res_0123 --out report.pdf")
def show(run: Run, to: Out = None, data: Data = None, json: Json = False) -> None:
    """Show the report of a run, or write it to a file."""
    from answerable.cli import research as work

    work.show_report(run, work.Output(to, json), data)


@reports.command("resume", epilog="Example: answerable reports resume res_0123 --out report.pdf")
def resume(run: Run, to: Out = None, data: Data = None, json: Json = False) -> None:
    """Go on with a run where it stopped, or decide what it waits for."""
    from answerable.cli import research as work

    work.resume(run, work.Output(to, json), data)


@reports.command("decide", epilog="Example: answerable reports decide res_0123 reject --note 'more on costs'")
def decide(
    run: Run,
    decision: Annotated[Literal["approve", "reject"], typer.Argument(help="What you decide")],
    note: Annotated[str, typer.Option(help="With reject: what should be otherwise; without it the run ends")] = "",
    to: Out = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Approve or reject the outline or the report that a run waits with."""
    from answerable.cli import research as work
    from answerable.flows.research import Decision

    work.decide(run, Decision(decision, note), work.Output(to, json), data)


@reports.command("cancel", epilog="Example: answerable reports cancel res_0123")
def cancel(run: Run, data: Data = None) -> None:
    """End a run where it stands, also one that a server works on."""
    from answerable.cli import research as work

    work.cancel(run, data)


@reports.command("delete", epilog="Example: answerable reports delete res_0123")
def delete(run: Run, data: Data = None) -> None:
    """Erase a run: report, evidence, record."""
    from answerable.cli import research as work

    work.delete(run, data)
