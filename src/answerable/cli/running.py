"""Running a command: opens the platform, runs a coroutine, turns our errors into one line and an exit code."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from answerable.config import Settings, load_settings
from answerable.core.errors import AnswerableError, CallerError
from answerable.flows.platform import Platform
from answerable.telemetry import log
from answerable.wiring import open_platform

T = TypeVar("T")

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def settings_for(data: Path | None, **more: Any) -> Settings:
    """Settings of this call; a mistake in them ends the program with what is wrong."""
    try:
        settings = load_settings(data=data, **more)
    except AnswerableError as error:
        stop(error)
    log.configure(settings.log_level)
    return settings


def run(settings: Settings, work: Callable[[Platform], Awaitable[T]]) -> T:
    """Run `work` on an open platform, and close it whatever happens. The log of each request is for servers: here it
    would stand between the lines of the answer.
    """
    log.configure("warning" if settings.log_level == "info" else settings.log_level)

    async def inside() -> T:
        platform = await open_platform(settings)
        try:
            return await work(platform)
        finally:
            await platform.close()

    try:
        return asyncio.run(inside())
    except AnswerableError as error:
        stop(error)
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(130) from None


def stop(error: AnswerableError) -> NoReturn:
    """One line that says what is wrong; exit code 2 for bad usage, else 1."""
    err.print(f"[red]error:[/red] {escape(error.message)}", soft_wrap=True)
    raise typer.Exit(2 if isinstance(error, CallerError) and error.status == 400 else 1)


def print_json(value: Any) -> None:
    """JSON on standard output, readable."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")
    sys.stdout.buffer.flush()
