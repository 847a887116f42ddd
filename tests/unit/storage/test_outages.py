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
    ("sqlstate", "meaning"),
    [
        ("08006", "it cannot be reached"),
        ("28P01", "it refuses our sign-in"),
        ("53300", "it has no connection left"),
        ("53100", "it has no room left"),
        ("57P01", "it is stopping or starting"),
        ("57014", "it took too long"),
        ("40P01", "another transaction stood in the way"),
        ("42501", "our role may not use its tables"),
    ],
)
def test_an_outage_is_told_in_words_that_name_no_host(sqlstate: str, meaning: str) -> None:
    found = translation_of(DBAPIError("SELECT 1", None, Said(sqlstate)))
    assert isinstance(found, StorageDown)
    assert (found.message, found.retry_after_s) == (f"the database cannot be used now: {meaning}", 5.0)


def test_a_value_is_the_fault_of_the_request_and_a_constraint_passes() -> None:
    assert isinstance(translation_of(DBAPIError("SELECT 1", None, Said("22021"))), InvalidRequest)
    assert translation_of(IntegrityError("SELECT 1", None, Said("23505"))) is None
    assert translation_of(ValueError("ours")) is None


def test_what_sqlite_says_is_kept() -> None:
    said = sqlite3.OperationalError("database is locked")
    said.sqlite_errorcode = sqlite3.SQLITE_BUSY
    found = translation_of(OperationalError("SELECT 1", None, said))
    assert isinstance(found, StorageDown)
    assert "database is locked" in found.message


@pytest.mark.parametrize("error", [ConnectionRefusedError("10.0.0.5"), TimeoutError(), NoConnectionFree("pool")])
def test_what_never_reached_the_server_is_an_outage_with_its_cause(error: Exception) -> None:
    with pytest.raises(StorageDown) as caught, translated():
        raise error
    assert caught.value.__cause__ is error
    assert "10.0.0.5" not in caught.value.message


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(KeyError), translated():
        raise KeyError("x")
