import pickle
from collections.abc import Iterator

import pytest

from answerable.core.errors import (
    AgentError,
    AnswerableError,
    CallerError,
    DataError,
    RateLimited,
    ServiceError,
    SetupError,
    UnreadableDocument,
    UpstreamError,
)


def below(kind: type[AnswerableError]) -> Iterator[type[AnswerableError]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


@pytest.mark.parametrize("kind", list(below(AnswerableError)))
def test_the_family_decides_whose_fault_a_status_says_it_is(kind: type[AnswerableError]) -> None:
    assert issubclass(kind, CallerError | UpstreamError | ServiceError | DataError | AgentError | SetupError)
    if issubclass(kind, CallerError):
        assert 400 <= kind.status < 500
    if issubclass(kind, UpstreamError | ServiceError):
        assert kind.status in (502, 503, 504)


def test_the_message_is_what_is_shown_and_the_rest_is_for_machines() -> None:
    error = RateLimited("wait a moment", param="model", retry_after_s=2.5)
    assert str(error) == error.message == "wait a moment"
    assert (error.param, error.retry_after_s, error.code) == ("model", 2.5, "rate_limit_exceeded")


def test_an_unreadable_document_crosses_a_process_border_whole() -> None:
    error = pickle.loads(pickle.dumps(UnreadableDocument("a.pdf", "encrypted", "remove the password first")))
    assert str(error) == "a.pdf: remove the password first"
    assert (error.name, error.reason, error.detail) == ("a.pdf", "encrypted", "remove the password first")
