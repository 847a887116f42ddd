"""Errors of drivers as errors of ours. What a real server says is in test_postgres.py."""

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from answerable.core.errors import InvalidRequest, StorageDown
from answerable.storage.outages import translated, translation_of


class Said(Exception):
    """An error of a driver of Postgres."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("host 10.0.0.5 said no")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "meaning", "unreachable"),
    [
        ("08006", "it cannot be reached", True),
        ("28P01", "it refuses our sign-in", False),
        ("53300", "it has no connection left", False),
        ("53100", "it has no room left", False),
        ("57P01", "it is stopping or starting", True),
        ("57014", "it took too long", False),
        ("40P01", "another transaction stood in the way", False),
        ("42501", "our role may not use its tables", False),
    ],
)
def test_an_outage_is_told_in_words_that_name_no_host(sqlstate: str, meaning: str, unreachable: bool) -> None:
    found = translation_of(DBAPIError("SELECT 1", None, Said(sqlstate)))
    assert isinstance(found, StorageDown)
    assert (found.message, found.retry_after_s) == (f"the database cannot be used now: {meaning}", 5.0)
    assert found.unreachable == unreachable


def test_a_value_is_the_fault_of_the_request_and_a_constraint_passes() -> None:
    assert isinstance(translation_of(DBAPIError("SELECT 1", None, Said("22021"))), InvalidRequest)
    assert translation_of(IntegrityError("SELECT 1", None, Said("23505"))) is None
    assert translation_of(ValueError("ours")) is None


@pytest.mark.parametrize(
    ("code", "unreachable"), [(sqlite3.SQLITE_BUSY, False), (sqlite3.SQLITE_FULL, False), (sqlite3.SQLITE_IOERR, True)]
)
def test_what_sqlite_says_is_kept(code: int, unreachable: bool) -> None:
    said = sqlite3.OperationalError("database is locked")
    said.sqlite_errorcode = code
    found = translation_of(OperationalError("SELECT 1", None, said))
    assert isinstance(found, StorageDown)
    assert "database is locked" in found.message
    assert found.unreachable == unreachable


@pytest.mark.parametrize(
    ("error", "unreachable"),
    [(ConnectionRefusedError("10.0.0.5"), True), (TimeoutError(), False), (NoConnectionFree("pool"), False)],
)
def test_what_never_reached_the_server_is_an_outage_with_its_cause(error: Exception, unreachable: bool) -> None:
    with pytest.raises(StorageDown) as caught, translated():
        raise error
    assert caught.value.__cause__ is error
    assert "10.0.0.5" not in caught.value.message
    assert caught.value.unreachable == unreachable


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(KeyError), translated():
        raise KeyError("x")
