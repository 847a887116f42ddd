"""`serve`: the API and the web pages, with the handbook in an empty folder and three things to try."""

import asyncio
import socket
from pathlib import Path

import typer
import uvicorn
from rich.markup import escape
from uvicorn.loops.auto import auto_loop_factory

from answerable.api import app
from answerable.cli.running import err, settings_for, stop
from answerable.config import Settings, asset
from answerable.core.errors import AnswerableError, SetupError
from answerable.flows.handbook import add_handbook
from answerable.flows.platform import Platform
from answerable.wiring import open_platform

_TRY = ("How do I add documents?", "How do I connect a language model?", "What happens when a document changes?")


def run(handbook: bool, *, data: Path | None, host: str | None, port: int | None) -> None:
    """Serve until stopped."""
    settings = settings_for(data, host=host, port=port)
    try:
        listener = _listen(settings)
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(_serve(settings, listener, handbook))
    except AnswerableError as error:
        stop(error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _serve(settings: Settings, listener: socket.socket, handbook: bool) -> None:
    """Open first, so that what is wrong with the data folder is said in one line, then serve."""
    platform = await open_platform(settings)
    try:
        if handbook:
            await add_handbook(asset("docs"), platform)
    except BaseException:
        await platform.close()
        raise

    async def opened() -> Platform:
        _greet(f"http://{settings.host}:{listener.getsockname()[1]}", settings)
        return platform

    application = app.build(opened, max_request_bytes=settings.limits.request_bytes)
    config = uvicorn.Config(
        application, log_config=None, access_log=False, timeout_graceful_shutdown=5, server_header=False
    )
    await uvicorn.Server(config).serve(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    """The listening socket, taken before anything is opened: a port in use is said at once."""
    if settings.host not in app.LOOPBACK:
        raise SetupError(
            f"this version has no accounts, so it does not listen on {settings.host}; "
            "listen on 127.0.0.1 and put a proxy that signs people in before it"
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


def _greet(address: str, settings: Settings) -> None:
    err.print(f"\n[bold]Answerable[/bold] is at [link={address}]{address}[/link]  [dim](stop with Ctrl+C)[/dim]")
    err.print(f"[dim]data in {escape(str(settings.folder))}; API at {address}/v1[/dim]\n")
    err.print("three things to try:")
    for number, question in enumerate(_TRY, 1):
        err.print(f"  {number}. answerable ask '{question}' -c handbook", soft_wrap=True)
    err.print()
