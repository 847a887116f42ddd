"""Every error the program raises on purpose, in one tree.

AnswerableError
├── CallerError      the request is at fault; retrying it unchanged cannot help
│   ├── InvalidRequest 400   ├── Blocked 400  ├── Unauthenticated 401   ├── Forbidden 403
│   ├── NotFound 404 (ModelNotFound)  ├── Conflict 409 (AnswerRunning)  ├── TooLarge 413
│   ├── KeyReused 422
│   └── LimitExceeded 429: RateLimited, BudgetExceeded (do not retry)
├── UpstreamError    a model or another service is at fault
│   ├── ProviderTimeout 504  ├── ProviderBusy 503     ├── ProviderDown 502  ├── ProviderRefused 502
│   └── AllRoutesFailed 503  └── StreamBroken 502 (after the first token: an event, never a status)
├── ServiceError     a part of this program cannot do its work now: GuardUnavailable 503, StorageDown 503,
│                    Overloaded 503
├── DataError        stored or given data is at fault
│   ├── UnreadableDocument 422 (Encrypted, Empty, Unsupported, NeedsOcr, TooBig are its `reason`)
│   └── IndexMismatch 500    └── StaleIndex 409
├── AgentError       a tool or an agent could not do its work: ToolFailed 422, StepLimit 502, SourceFailed 502,
│                    BudgetSpent 402, ModelNeeded 422
└── SetupError       found at start-up: a missing setting, extra, file

Foreign exceptions are translated where they enter (`raise ... from error`). `str(error)` is the public message:
it names what is wrong and what to do, and never holds a secret or a stack trace.
"""

from typing import ClassVar, Literal

from answerable.core.usage import LimitState


class AnswerableError(Exception):
    """Base of the tree. `code` is stable and machine-readable; `status` is the HTTP status it maps to. `request_id` is
    the ledger's name of the request that it ended, where there is one.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s
        self.request_id = ""


class CallerError(AnswerableError):
    """The request is at fault."""

    code = "invalid_request"
    status = 400


class InvalidRequest(CallerError):
    """A field is missing, malformed or out of range; `param` names it."""


class Blocked(CallerError):
    """A guard refused the content: which guard, and what kind of thing it found (never a value)."""

    code = "content_filter"

    def __init__(self, message: str, *, param: str | None = None, guard: str = "", kind: str = "") -> None:
        super().__init__(message, param=param)
        self.guard = guard
        self.kind = kind


class Unauthenticated(CallerError):
    """No valid credential."""

    code = "invalid_api_key"
    status = 401


class Forbidden(CallerError):
    """A valid credential without the right."""

    code = "permission_denied"
    status = 403


class NotFound(CallerError):
    """The thing does not exist, or the caller may not know that it does."""

    code = "not_found"
    status = 404


class ModelNotFound(NotFound):
    """No model of that name is configured, or its key is missing."""

    code = "model_not_found"


class Conflict(CallerError):
    """The state does not allow it now (another writer, the same key with another body)."""

    code = "conflict"
    status = 409


class AnswerRunning(Conflict):
    """The message to go on from is an answer that is not finished; `message_id` is its id."""

    code = "answer_running"

    def __init__(self, message_id: str) -> None:
        told = f"the answer {message_id} is still being given: wait for its end, or stop it, before going on from it"
        super().__init__(told, param="parent", retry_after_s=1)
        self.message_id = message_id


class KeyReused(CallerError):
    """An Idempotency-Key came before with another request."""

    code = "idempotency_key_reused"
    status = 422


class TooLarge(CallerError):
    """The request body or a field of it is beyond a limit, which the message states."""

    code = "request_too_large"
    status = 413


class LimitExceeded(CallerError):
    """A limit of a user, key, address or workspace is reached: `limit` is its name, `limits` how all of them stand."""

    status = 429

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry_after_s: float | None = None,
        limits: tuple[LimitState, ...] = (),
        limit: str = "",
    ) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)
        self.limits = limits
        self.limit = limit


class RateLimited(LimitExceeded):
    """Too many requests; `retry_after_s` says when the next one may pass."""

    code = "rate_limit_exceeded"


class BudgetExceeded(LimitExceeded):
    """The budget of a user, key or workspace is spent; retrying does not help."""

    code = "insufficient_quota"
    status = 429


class UpstreamError(AnswerableError):
    """A model or another service is at fault. `billable` is false where it surely did no work that it could bill."""

    code = "upstream_error"
    status = 502
    billable: bool = True


class ProviderTimeout(UpstreamError):
    """The provider did not answer in time."""

    code = "provider_timeout"
    status = 504


class ProviderBusy(UpstreamError):
    """The provider asked us to slow down (429, 503, 529)."""

    code = "provider_busy"
    status = 503
    billable = False


class ProviderDown(UpstreamError):
    """The provider could not be reached or answered with a server error or with garbage."""

    code = "provider_down"


RefusalReason = Literal["setup", "request", "content", "context_length"]


class ProviderRefused(UpstreamError):
    """The provider understood and refused. `reason` says what is at fault: our set-up there (a bad key, an unknown
    model: another route may work), the request, its content, or its length (a model with a larger window may work).
    """

    code = "provider_refused"
    billable = False

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry_after_s: float | None = None,
        reason: RefusalReason = "request",
    ) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)
        self.reason: RefusalReason = reason


class AllRoutesFailed(UpstreamError):
    """Every route was tried or passed over; `attempts` holds each model with the code of why, as the message does."""

    code = "all_routes_failed"
    status = 503

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry_after_s: float | None = None,
        attempts: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)
        self.attempts = attempts


class StreamBroken(UpstreamError):
    """The stream ended after the first visible token without saying that it was finished."""

    code = "stream_broken"


class ServiceError(AnswerableError):
    """A part of this program cannot do its work now; trying again may help."""

    code = "service_unavailable"
    status = 503


class GuardUnavailable(ServiceError):
    """A guard could not judge the content; it is refused, since what was not checked does not pass."""

    code = "guard_unavailable"


class StorageDown(ServiceError):
    """The database cannot be reached or cannot take what it is given; the same request works once it is back. Nothing
    was done, unless it was a commit whose confirmation got lost. `unreachable`: what was known may be believed for a
    while, because no connection is to be had; a database that is only busy still takes changes from others.
    """

    code = "storage_down"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry_after_s: float | None = 5.0,
        unreachable: bool = False,
    ) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)
        self.unreachable = unreachable


class Overloaded(ServiceError):
    """More requests came than the program can answer in time; `retry_after_s` is the wait it expects."""

    code = "overloaded"


class DataError(AnswerableError):
    """Stored or given data is at fault."""

    code = "data_error"


UnreadableReason = Literal[
    "corrupt", "encrypted", "empty", "unsupported", "needs_ocr", "too_large", "too_slow", "not_found"
]


class UnreadableDocument(DataError):
    """A document that cannot be indexed; the message names the file and the reason."""

    code = "unreadable_document"
    status = 422

    def __init__(self, name: str, reason: UnreadableReason, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.reason: UnreadableReason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["UnreadableDocument"], tuple[str, UnreadableReason, str]]:
        """Cross process borders whole: loaders run in a process of their own."""
        return (type(self), (self.name, self.reason, self.detail))


class IndexMismatch(DataError):
    """An index was built with another embedding model or dimension than the one configured."""

    code = "index_mismatch"


class StaleIndex(DataError):
    """An index is behind the database and could not catch up."""

    code = "stale_index"
    status = 409


class AgentError(AnswerableError):
    """A tool or an agent could not do its work."""

    code = "agent_error"


class ToolFailed(AgentError):
    """A tool could not give a result. The model sees the message, so it says what to do instead."""

    code = "tool_failed"
    status = 422


class StepLimit(AgentError):
    """The model went on calling tools until its rounds were used up, and gave no answer."""

    code = "step_limit"
    status = 502


class SourceFailed(AgentError):
    """A source of research could not be asked: it is down, refuses, or asks to slow down. Others are asked instead."""

    code = "source_failed"
    status = 502


class BudgetSpent(AgentError):
    """A research run may not spend what the next step could cost; `limit` is `tokens`, `usd` or `seconds`. It never
    ends a run: what stands is published, with what is missing.
    """

    code = "budget_spent"
    status = 402

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class ModelNeeded(AgentError):
    """What is asked for cannot be done by quoting: it needs a language model."""

    code = "model_needed"
    status = 422


class SetupError(AnswerableError):
    """Found at start-up: a missing setting, a missing extra (with its install line), a broken file."""

    code = "setup_error"
