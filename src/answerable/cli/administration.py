"""`answerable users`, `keys` and `topics`, as they are typed; what does it is imported when it runs."""

from typing import Annotated, Literal

import typer

from answerable.cli.options import Data, Json

Role = Literal["member", "reviewer", "admin"]
Tier = Literal["free", "pro", "enterprise"]

users = typer.Typer(help="Look after accounts.", no_args_is_help=True)
keys = typer.Typer(help="Look after API keys and secrets.", no_args_is_help=True)
topics = typer.Typer(help="Look after topics that people answer, not a model.", no_args_is_help=True)


@users.command("add", epilog="Example: answerable users add ada@example.org --role reviewer --tier pro")
def add_user(
    email: Annotated[str, typer.Argument(help="E-mail address")],
    name: Annotated[str, typer.Option(help="What people call them")] = "",
    role: Annotated[Role, typer.Option(help="What they may do")] = "member",
    tier: Annotated[Tier, typer.Option(help="How much they may use")] = "free",
    workspace: Annotated[str | None, typer.Option(help="Tenant; else the first one")] = None,
    group: Annotated[list[str] | None, typer.Option("--group", help="Entry of access lists that they hold")] = None,
    service: Annotated[bool, typer.Option("--service", help="A program's account: keys, and no password")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make an account; its password is generated and shown once."""
    from answerable.cli import people

    people.add_user(people.Wanted(email, name, role, tier, workspace, tuple(group or ()), service), data, json)


@users.command("list", epilog="Example: answerable users list --json")
def list_users(data: Data = None, json: Json = False) -> None:
    """List the accounts of all workspaces."""
    from answerable.cli import people

    people.list_users(data, json)


@users.command("set", epilog="Example: answerable users set ada@example.org --tier enterprise")
def set_user(
    user: Annotated[str, typer.Argument(help="E-mail address or id")],
    name: Annotated[str | None, typer.Option(help="What people call them")] = None,
    role: Annotated[Role | None, typer.Option(help="What they may do")] = None,
    tier: Annotated[Tier | None, typer.Option(help="How much they may use")] = None,
    group: Annotated[list[str] | None, typer.Option("--group", help="All groups they are in from now on")] = None,
    disabled: Annotated[bool | None, typer.Option("--disable/--enable", help="Shut out, or let in again")] = None,
    password: Annotated[bool, typer.Option("--new-password", help="Generate a password, and show it once")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Change an account; what takes something away ends its tokens and streams."""
    from answerable.cli import people

    change = people.Change(name, role, tier, tuple(group) if group else None, disabled, password)
    people.set_user(user, change, data, json)


@users.command("remove", epilog="Example: answerable users remove ada@example.org")
def remove_user(
    user: Annotated[str, typer.Argument(help="E-mail address or id")], data: Data = None, json: Json = False
) -> None:
    """Erase an account with its sessions and keys."""
    from answerable.cli import people

    people.remove_user(user, data, json)


@keys.command("create", epilog="Example: answerable keys create --user ada@example.org --name laptop --scope chat")
def create_key(
    user: Annotated[str, typer.Option(help="Whose key: e-mail address or id")],
    name: Annotated[str, typer.Option(help="What it is for")] = "key",
    scope: Annotated[list[str] | None, typer.Option("--scope", help="What it may do; else all its owner may")] = None,
    days: Annotated[float | None, typer.Option(help="Days it is good for; else for good")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make an API key; it is shown once."""
    from answerable.cli import people

    people.create_key(user, name, tuple(scope) if scope else None, days, data, json)


@keys.command("list", epilog="Example: answerable keys list --user ada@example.org")
def list_keys(
    user: Annotated[str | None, typer.Option(help="Only those of this account")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List the API keys that are not revoked."""
    from answerable.cli import people

    people.list_keys(user, data, json)


@keys.command("revoke", epilog="Example: answerable keys revoke ak_0123456789abcdef")
def revoke_key(
    key: Annotated[str, typer.Argument(help="The key's id, as `list` shows it")], data: Data = None, json: Json = False
) -> None:
    """End an API key, and the streams that came with it."""
    from answerable.cli import people

    people.revoke_key(key, data, json)


@keys.command("rotate-secrets", epilog="Example: answerable keys rotate-secrets")
def rotate_secrets(data: Data = None, json: Json = False) -> None:
    """Add a secret that signs from the next start on; older ones go on verifying."""
    from answerable.cli import people

    people.rotate_secrets(data, json)


@keys.command("remove-secret", epilog="Example: answerable keys remove-secret s1")
def remove_secret(
    secret: Annotated[str, typer.Argument(help="The secret's id, as `rotate-secrets` shows it")],
    force: Annotated[bool, typer.Option("--force", help="Even where API keys end with it")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Remove an old secret: what it signed is no longer good after the next start."""
    from answerable.cli import people

    people.remove_secret(secret, force, data, json)


@topics.command("list", epilog="Example: answerable topics list")
def list_topics(data: Data = None, json: Json = False) -> None:
    """List the topics."""
    from answerable.cli import topics as work

    work.list_topics(data, json)


@topics.command("put", epilog="Example: answerable topics put refunds -k refund -k 'money back' --message 'Call us.'")
def put_topic(
    name: Annotated[str, typer.Argument(help="Name of the topic; one of that name is replaced")],
    keyword: Annotated[list[str] | None, typer.Option("--keyword", "-k", help="Word or phrase that tells it")] = None,
    example: Annotated[list[str] | None, typer.Option("--example", "-e", help="Question that is like it")] = None,
    action: Annotated[Literal["people", "notice"], typer.Option(help="To people, or a fixed notice")] = "people",
    message: Annotated[str, typer.Option(help="What the reader is told")] = "",
    enabled: Annotated[bool, typer.Option("--on/--off", help="Whether it works")] = True,
    data: Data = None,
    json: Json = False,
) -> None:
    """Add or replace a topic; every worker knows within seconds."""
    from answerable.cli import topics as work
    from answerable.flows.topics import Topic

    topic = Topic(name, tuple(keyword or ()), tuple(example or ()), action, message, enabled)
    work.put_topic(topic, data, json)


@topics.command("remove", epilog="Example: answerable topics remove refunds")
def remove_topic(
    name: Annotated[str, typer.Argument(help="Name of the topic")], data: Data = None, json: Json = False
) -> None:
    """Take a topic away: its questions are answered again."""
    from answerable.cli import topics as work

    work.remove_topic(name, data, json)
