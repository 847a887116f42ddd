"""How bodies are read, and what every JSON body has in common: text that cannot be stored or sent on is refused before
anything reads it.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from starlette.requests import ClientDisconnect
from starlette.types import Receive


async def read_whole(receive: Receive) -> bytes:
    """The body of a plain ASGI endpoint. Raises ClientDisconnect where the client left before its end. Starlette's
    `Request.body` goes through an asynchronous generator, at four times the cost.
    """
    parts = list[bytes]()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


class Body(BaseModel):
    """Base of request bodies. Raises for half a surrogate pair, which JSON can spell and no encoding can hold."""

    model_config = ConfigDict(allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        _check_text(value)
        return value


class Strict(Body):
    """Base of bodies that change accounts: a field that is not declared is refused, never passed on."""

    model_config = ConfigDict(extra="forbid")


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise ValueError("the text is not valid Unicode: it holds half a surrogate pair") from error
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_text(inner)
