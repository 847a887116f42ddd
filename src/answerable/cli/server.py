"""`serve`: the API and the web pages, with the handbook in an empty folder and three things to try."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Iterator
from pathlib import Path

import typer
import uvicorn
from rich.markup import escape
from uvicorn.loops.auto import auto_loop_factory

from answerable.api import app
from answerable.api.access import Door
from answerable.api.address import Proxies, parse_networks
from answerable.cli.running import err, out, settings_for, stop
from answerable.config import Settings, asset
from answerable.core.errors import AnswerableError, SetupError
from answerable.flows.admin import ensure_administrator
from answerable.flows.collections import HANDBOOK, list_collections
from answerable.flows.handbook import add_handbook
from answerable.flows.platform import Platform
from answerable.telemetry import log
from answerable.telemetry.tracking import Tracker
from answerable.wiring import open_platform

_TRY = ("How do I add documents?", "How do I connect a language model?", "What happens when a document changes?")


def run(handbook: bool, *, data: Path | None, host: str | None, port: int | None) -> None:
    """Serve until stopped."""
    settings = settings_for(data, host=host, port=port)
    try:
        listener = _listen(settings)
        with _tracked(settings), asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(_serve(settings, listener, handbook))
    except AnswerableError as error:
        stop(error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@contextlib.contextmanager
def _tracked(settings: Settings) -> Iterator[None]:
    """Errors of the block also go where `ANSWERABLE_SENTRY_DSN` says. Raises SetupError."""
    if settings.sentry_dsn is None:
        yield
        return
    tracker = Tracker(settings.sentry_dsn.get_secret_value())
    log.configure(settings.log_level, tracker.report)
    try:
        yield
    finally:
        tracker.close()


async def _serve(settings: Settings, listener: socket.socket, handbook: bool) -> None:
    """Open first, so that what is wrong with the data folder is said in one line, then serve."""
    platform = await open_platform(settings)
    try:
        door = door_of(settings)
        if door.accounts and (password := await ensure_administrator(settings.admin_email, platform.accounts)):
            _hand_over(settings.admin_email, password)
        if handbook:
            await add_handbook(asset("docs"), platform)
    except BaseException:
        await platform.close()
        raise

    platform.toolbox.warm()
    there = {view.row.name for view in await list_collections(platform)}

    async def opened() -> Platform:
        _settle_memory()
        _greet(f"http://{settings.host}:{listener.getsockname()[1]}", settings, HANDBOOK in there)
        return platform

    limits = settings.limits
    application = app.build(opened, max_request_bytes=limits.request_bytes, max_json_bytes=limits.json_bytes, door=door)
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        timeout_keep_alive=75,  # proxies keep idle connections for 60 s: one that we close first loses their request
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=False,  # it believes every program on this machine; api/address.py decides whom to believe
    )
    await uvicorn.Server(config).serve(sockets=[listener])


def _settle_memory() -> None:
    """What is there at start stays: the collector need not walk through it again and again. Requests make few cycles,
    so that it may wait for more of them (a full collection took 60 ms, every 150 requests).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def door_of(settings: Settings) -> Door:
    """How the server may be reached. Raises SetupError for a proxy that is no address."""
    hosts = {name.strip().lower() for name in (settings.hosts or "").split(",") if name.strip()}
    return Door(
        accounts=settings.accounts == "on",
        hosts=frozenset(hosts | {settings.host.lower()}),
        proxies=Proxies(parse_networks(settings.trusted_proxies or ""), settings.forwarded_header),
        secure_cookies=settings.secure_cookies,
    )


def _hand_over(email: str, password: str) -> None:
    """The one time that the first password can be read."""
    out.print("the first administrator; this password is shown once:")
    out.print(f"  e-mail    {escape(email)}\n  password  {escape(password)}\n")


def _listen(settings: Settings) -> socket.socket:
    """The listening socket, taken before anything is opened: a port in use is said at once."""
    if settings.host not in app.LOOPBACK and settings.accounts == "off":
        raise SetupError(
            f"a server that has no accounts makes everybody who reaches {settings.host} the owner of this machine; "
            "set ANSWERABLE_ACCOUNTS=on, or listen on 127.0.0.1"
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SetupError(f"port {settings.port} is in use; choose another with --port, or --port 0") from error
    listener.listen(2_048)
    return listener


def _greet(address: str, settings: Settings, handbook: bool) -> None:
    err.print(f"\n[bold]Answerable[/bold] is at [link={address}]{address}[/link]  [dim](stop with Ctrl+C)[/dim]")
    err.print(f"[dim]data in {escape(str(settings.folder))}; API at {address}/v1[/dim]\n")
    if not handbook:
        err.print("to begin: answerable add FILE, or connect a language model (docs/how-to/connect-a-model.md)\n")
        return
    err.print("three things to try:")
    for number, question in enumerate(_TRY, 1):
        err.print(f"  {number}. answerable ask '{question}' -c handbook", soft_wrap=True)
    err.print()
