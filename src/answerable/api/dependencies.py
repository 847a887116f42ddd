"""What every route needs from the application: the platform, and who asks."""

from typing import cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from answerable.api.access import PRINCIPAL
from answerable.core.identity import Principal
from answerable.flows.platform import Platform


def platform(request: HTTPConnection) -> Platform:
    """The assembled program."""
    return platform_of(request.scope)


def platform_of(scope: Scope) -> Platform:
    """The same, for a plain ASGI endpoint."""
    found: Platform = scope["app"].state.platform
    return found


def reader(request: HTTPConnection) -> Principal:
    """Who asks, as `api/access.py` admitted them. A route that admits nobody cannot ask."""
    return cast("Principal", request.scope[PRINCIPAL])
