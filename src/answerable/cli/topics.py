"""What `topics` does: lists, puts and removes topics that people answer, on the accounts' database alone."""

from pathlib import Path

from rich.markup import escape

from answerable.accounts.assembly import Accounts
from answerable.api.account_views import topic_json
from answerable.cli.layout import columns, shortened
from answerable.cli.people import run_on_accounts
from answerable.cli.running import out, print_json
from answerable.core.identity import OWNER
from answerable.flows import topics
from answerable.flows.admin import HERE

_SHOWN = 30


def list_topics(data: Path | None, as_json: bool) -> None:
    """Show all topics."""

    rows = [topic_json(row) for row in run_on_accounts(topics.list_topics, data)]
    if as_json:
        print_json({"topics": rows})
        return
    if not rows:
        out.print("no topics: every question is answered")
        return
    table = columns("TOPIC", "ACTION", "STATE", "RECOGNISED BY")
    for row in rows:
        signs = [*row["keywords"], *(f'"{example}"' for example in row["examples"])]
        state = "on" if row["enabled"] else "off"
        table.add_row(escape(row["name"]), row["action"], state, escape(shortened(", ".join(signs), _SHOWN)))
    out.print(table)


def put_topic(topic: topics.Topic, data: Path | None, as_json: bool) -> None:
    """Add or change a topic."""

    async def work(a: Accounts) -> None:
        row = await topics.put_topic(OWNER, topic, HERE, a)
        if as_json:
            print_json(topic_json(row))
        else:
            out.print(f"{escape(row.name)}: {row.action}, {'on' if row.enabled else 'off'}")

    run_on_accounts(work, data)


def remove_topic(name: str, data: Path | None, as_json: bool) -> None:
    """Take a topic away."""
    run_on_accounts(lambda a: topics.remove_topic(OWNER, name, HERE, a), data)
    if as_json:
        print_json({"removed": name})
    else:
        out.print(f"removed {escape(name)}: its questions are answered again")
