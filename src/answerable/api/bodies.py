"""What every JSON body has in common: text that cannot be stored or sent on is refused before anything reads it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


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
