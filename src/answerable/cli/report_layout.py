"""A report on a terminal."""

from rich.markup import escape

from answerable.cli.layout import Flowing, columns
from answerable.cli.running import out
from answerable.core.report import Block, Bullets, Chart, Grid, Listing, Paragraph, Report, Section, Sentence


def print_report(report: Report) -> None:
    """A report on a terminal: wrapped, its citations as numbers, its sources below."""
    text = Flowing(out)
    out.print(f"[bold]{escape(report.title)}[/bold]\n", soft_wrap=True)
    for sentence in report.summary:
        text.write(f"- {_marked(sentence)}\n")
    for section in report.sections:
        _print_section(section, text)
    for conflict in report.conflicts:
        out.print(f"\n[yellow]sources disagree:[/yellow] {escape(conflict.subject)}", soft_wrap=True)
        for side in conflict.sides:
            text.write(f"- {side.value}: {_marked(side.sentence)}\n")
    for gap in report.gaps:
        out.print(f"\n[yellow]not answered:[/yellow] {escape(gap.question)}", soft_wrap=True)
        text.write(f"{gap.reason}\n")
    out.print()
    for one in report.references:
        out.print(
            f"[cyan]\\[{one.number}][/cyan] {escape(one.title)}  [dim]{escape(one.address)}[/dim]", soft_wrap=True
        )
    for note in report.notes:
        text.write(f"\n{note}")
    text.end()
    if report.score:
        out.print(f"[dim]judged {report.score.overall:.1f} of 10[/dim]")


def _print_section(section: Section, text: Flowing) -> None:
    name = escape(section.heading)
    out.print(f"\n[bold]{name}[/bold]" if section.level == 1 else f"\n[italic]{name}[/italic]", soft_wrap=True)
    if section.missing:
        text.write(f"{section.missing}\n")
    for block in section.blocks:
        _print_block(block, text)


def _print_block(block: Block, text: Flowing) -> None:
    match block:
        case Paragraph(sentences):
            text.write(" ".join(map(_marked, sentences)) + "\n")
        case Bullets(items, numbered):
            for at, item in enumerate(items, start=1):
                text.write(f"{at}. {_marked(item)}\n" if numbered else f"- {_marked(item)}\n")
        case Listing(code):
            text.write(f"```\n{code}\n```\n")
        case Grid(caption, head, rows):
            text.write(f"{caption}\n")
            table = columns(*head)
            for row in rows:
                table.add_row(*(escape(_marked(cell)) for cell in row))
            out.print(table)
        case Chart(caption, unit, bars):
            text.write(f"{caption}\n")
            for bar in bars:
                text.write(f"- {bar.label}: {bar.value:g} {unit}\n")


def _marked(sentence: Sentence) -> str:
    return sentence.text + "".join(f" [{number}]" for number in sentence.numbers)
