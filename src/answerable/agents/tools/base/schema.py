"""The JSON schema of a typed function, and arguments checked against it.

A model that wrote something wrong is told what is wrong and what is allowed, in words it can act on.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo

from answerable.core.errors import ToolFailed

CALLER = "caller"
"""The parameter that the program fills in: who asks. No model can set it."""

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True)
_MAX_CHARACTERS = 50_000
_MAX_PROBLEMS = 3


class Arguments:
    """Reads the arguments of one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        parameters = inspect.signature(function, eval_str=True).parameters
        fields: dict[str, Any] = {
            name: (one.annotation, ... if one.default is inspect.Parameter.empty else one.default)
            for name, one in parameters.items()
            if name != CALLER
        }
        self.wants_caller = CALLER in parameters
        self._model: type[BaseModel] = create_model(function.__name__, __config__=_STRICT, **fields)
        self.schema: Mapping[str, Any] = _plain(self._model.model_json_schema())

    def read(self, text: str) -> dict[str, Any]:
        """The arguments as the function takes them. Raises ToolFailed for what is no JSON object, unknown or wrong."""
        if len(text) > _MAX_CHARACTERS:
            raise ToolFailed(f"the arguments are longer than {_MAX_CHARACTERS:,} characters; send less")
        try:
            found = orjson.loads(text) if text.strip() else {}
        except orjson.JSONDecodeError as error:
            raise ToolFailed(f"the arguments are not valid JSON ({error}); {self._expected()}") from error
        if not isinstance(found, dict):
            raise ToolFailed(f"the arguments must be a JSON object; {self._expected()}")
        try:
            checked = self._model.model_validate(found)
        except ValidationError as error:
            # what is unknown first: it is most often a misspelt name of what is missing
            wrong = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")[:_MAX_PROBLEMS]
            problems = [self._problem(dict(one)) for one in wrong]
            raise ToolFailed(f"{'; '.join(problems)}; {self._expected()}") from error
        return {name: getattr(checked, name) for name in self._model.model_fields}

    def _problem(self, problem: Mapping[str, Any]) -> str:
        where = ".".join(map(str, problem["loc"]))[:100]
        if problem["type"] == "extra_forbidden":
            return f"there is no argument '{where}'"
        if problem["type"] == "missing":
            return f"the argument '{where}' is missing"
        return f"the argument '{where}' is wrong: {str(problem['msg'])[:200]}"

    def _expected(self) -> str:
        known = [name if info.is_required() else f"{name} (optional)" for name, info in self._fields().items()]
        return f"known arguments: {', '.join(known)}" if known else "it takes no arguments: send {}"

    def _fields(self) -> Mapping[str, FieldInfo]:
        return self._model.model_fields


def _plain(node: Any) -> Any:
    """A schema without the titles that pydantic makes of names: they cost tokens and say nothing."""
    if isinstance(node, dict):
        return {
            key: {name: _plain(one) for name, one in value.items()} if key == "properties" else _plain(value)
            for key, value in node.items()
            if key != "title"
        }
    return [_plain(one) for one in node] if isinstance(node, list) else node
