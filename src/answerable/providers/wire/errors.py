"""Foreign failures into our tree. A message says what to do and never holds a key: a refused key is not quoted."""

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from answerable.core.errors import (
    ProviderBusy,
    ProviderDown,
    ProviderRefused,
    ProviderTimeout,
    RefusalReason,
    StreamBroken,
    UpstreamError,
)

_TOO_LONG = (
    "context_length_exceeded",
    "maximum context length",
    "prompt is too long",
    "context window",
    "context size",
)
_CONTENT = ("content_filter", "content_policy_violation")
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "tokens": 429,
    "requests": 429,
    "timeout_error": 504,
    "api_error": 500,
    "server_error": 500,
    "overloaded_error": 529,
}
_QUOTED_CHARACTERS = 300


def from_status(
    name: str, status: int, body: str, headers: Mapping[str, str] | None = None, secrets: tuple[str, ...] = ()
) -> UpstreamError:
    """The error for an HTTP status and the body that came with it."""
    code, said = _read(body)
    return _error(name, status, code, _quote(said, secrets), retry_after_s(headers or {}))


def from_payload(name: str, payload: object, secrets: tuple[str, ...] = ()) -> UpstreamError:
    """The error for an error object that came inside a stream which began with 200."""
    code, said = _read(json.dumps({"error": payload}))
    kind = str(payload.get("type") or "") if isinstance(payload, dict) else ""
    number = payload.get("code") if isinstance(payload, dict) else None
    status = number if isinstance(number, int) and 400 <= number <= 599 else 0
    status = status or _STATUS_OF_TYPE.get(code) or _STATUS_OF_TYPE.get(kind) or 500
    return _error(name, status, code, _quote(said, secrets), None)


def broken(error: UpstreamError) -> StreamBroken:
    """The error for a failure after the first visible token."""
    return StreamBroken(f"the answer broke off: {error.message}", retry_after_s=error.retry_after_s)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait from `retry-after-ms` or `retry-after` (seconds or an HTTP date); None when it says nothing."""
    lowered = {key.lower(): value for key, value in headers.items()}
    try:
        if "retry-after-ms" in lowered:
            return max(0.0, float(lowered["retry-after-ms"]) / 1_000)
        wanted = lowered.get("retry-after", "")
        if wanted.replace(".", "", 1).isdigit():
            return float(wanted)
        return max(0.0, parsedate_to_datetime(wanted).timestamp() - time.time()) if wanted else None
    except ValueError:
        return None


def _error(name: str, status: int, code: str, said: str, wait_s: float | None) -> UpstreamError:
    detail = f": {said}" if said else ""
    if code in _TOO_LONG or any(phrase in said.lower() for phrase in _TOO_LONG):
        return ProviderRefused(
            f"{name}: the conversation is longer than the model's context window{detail}", reason="context_length"
        )
    if status in (401, 403):
        return ProviderRefused(
            f"{name}: the provider refused the key ({status}); check the model's API key and its rights",
            reason="setup",
        )
    if status == 404:
        return ProviderRefused(
            f"{name}: the provider knows no such model or address (404); check model and base_url{detail}",
            reason="setup",
        )
    if status in (408, 504):
        return ProviderTimeout(f"{name}: the provider did not answer in time ({status})", retry_after_s=wait_s)
    if code == "insufficient_quota":
        return ProviderBusy(
            f"{name}: the quota of the provider's account is spent; check its billing", retry_after_s=wait_s
        )
    if status in (429, 503, 529):
        return ProviderBusy(f"{name}: the provider is busy ({status}); try again later{detail}", retry_after_s=wait_s)
    if status >= 500:
        return ProviderDown(f"{name}: the provider failed ({status}){detail}", retry_after_s=wait_s)
    if 300 <= status < 400:
        return ProviderRefused(f"{name}: the provider redirects elsewhere ({status}); check base_url", reason="setup")
    reason: RefusalReason = "content" if code in _CONTENT else "request"
    return ProviderRefused(f"{name}: the provider refused the request ({status}){detail}", reason=reason)


def _read(body: str) -> tuple[str, str]:
    """Code and message of an error body: OpenAI's, Anthropic's, FastAPI's `detail`, or plain text."""
    try:
        found: Any = json.loads(body)
    except ValueError:
        return "", "" if "<" in body else body
    if isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, dict):
        return "", ""
    error = found.get("error", found)
    if not isinstance(error, dict):
        return "", str(error)
    code = error.get("code") or error.get("type") or ""
    return str(code), str(error.get("message") or error.get("detail") or "")


def _quote(said: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        said = said.replace(secret, "[key]") if secret else said
    return " ".join(said.split())[:_QUOTED_CHARACTERS]
