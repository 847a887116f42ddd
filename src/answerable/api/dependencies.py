"""What every route needs from the application: the platform, and who asks."""

from typing import cast

from starlette.requests import HTTPConnection

from answerable.core.identity import OWNER, Principal
from answerable.flows.platform import Platform


def platform(request: HTTPConnection) -> Platform:
    """The assembled program."""
    return cast("Platform", request.app.state.platform)


def reader(_request: HTTPConnection) -> Principal:
    """Who asks: on loopback, where alone the server listens without accounts, the person at this machine."""
    return OWNER
