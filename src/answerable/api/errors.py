"""Every error in OpenAI's shape: {"error": {"message", "type", "param", "code"}}, whatever raised it."""

import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from answerable.api import limit_headers
from answerable.core.errors import AnswerableError, BudgetExceeded, LimitExceeded, ProviderRefused

_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}
_HTTP: Mapping[int, tuple[str, str]] = {
    404: ("there is nothing at this address", "not_found"),
    405: ("this address does not take that method", "method_not_allowed"),
}

_LONGEST = 1_000


def body(message: str, status: int, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """The error object of a status. A message that quotes what a caller sent is cut: they know it."""
    message = message if len(message) <= _LONGEST else f"{message[:_LONGEST]} ..."
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def body_of(error: AnswerableError) -> dict[str, Any]:
    """The error object of one of our errors."""
    return body(error.message, error.status, error.code, error.param)


def unexpected() -> dict[str, Any]:
    """The error object of a mistake of ours; the log has the rest."""
    return body("something went wrong on the server; the log says what", 500, "internal_error")


def headers_of(error: AnswerableError) -> dict[str, str]:
    """What a client's retry logic reads: integer `Retry-After`, limits, and a plain no where a retry cannot help."""
    headers = {"x-request-id": error.request_id} if error.request_id else {}
    if error.retry_after_s is not None:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, LimitExceeded):
        headers.update(limit_headers.headers_of(error.limits))
    if isinstance(error, BudgetExceeded | ProviderRefused):
        headers["x-should-retry"] = "false"
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return headers


def wrong_method(allowed: str) -> JSONResponse:
    """The response to a method that an address does not take."""
    text, code = _HTTP[405]
    return JSONResponse(body(text, 405, code), 405, {"allow": allowed})


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AnswerableError)
    return response_of(error)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, AnswerableError):  # FastAPI wraps whatever ends the reading of a body
        return await _ours(request, error.__cause__)
    text, code = _HTTP.get(error.status_code, (str(error.detail), None))
    return JSONResponse(body(text, error.status_code, code), error.status_code, error.headers)


def response_of(error: AnswerableError | ValidationError) -> JSONResponse:
    """The response to one of our errors, or to a body that does not fit its model."""
    if isinstance(error, AnswerableError):
        return JSONResponse(body_of(error), error.status, headers_of(error))
    return _unfit(error.errors()[0])


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _unfit(error.errors()[0])


def _unfit(first: Mapping[str, Any]) -> JSONResponse:
    if first["type"] == "json_invalid":
        why = first.get("ctx", {}).get("error", first["msg"])
        return JSONResponse(body(f"the body is not valid JSON: {why}", 400, "invalid_request"), 400)
    param = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    text = f"{param}: {first['msg']}" if param else str(first["msg"])
    return JSONResponse(body(text, 422, "invalid_request", param or None), 422)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(AnswerableError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
