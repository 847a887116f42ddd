from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.core.filters import Filter, parse_filter
from answerable.core.identity import OWNER, Principal
from answerable.knowledge.catalog import Catalog, Scope
from answerable.storage.documents import LiveSpan


def span(
    version_id: int,
    first: int,
    count: int = 2,
    *,
    metadata: Mapping[str, Any] | None = None,
    readers: tuple[str, ...] = ("*",),
    valid: tuple[int, int | None] = (10, None),
) -> LiveSpan:
    return LiveSpan(
        version_id,
        f"doc_{version_id}",
        f"s{version_id}",
        "T",
        "text/plain",
        metadata or {},
        readers,
        first,
        count,
        *valid,
    )


def ids(
    catalog: Catalog, where: Filter | None = None, as_of: int | None = None, reader: Principal = OWNER
) -> list[int]:
    return [int(i) for i in catalog.mask(Scope(reader, where, as_of)).nonzero()[0]]


def build(*spans: LiveSpan) -> Catalog:
    catalog = Catalog()
    catalog.apply(spans, 1)
    return catalog


def test_an_empty_catalogue_allows_nothing() -> None:
    assert ids(Catalog()) == []


def test_ended_versions_are_not_served_now_but_as_of_then() -> None:
    catalog = build(span(1, 1, valid=(10, 20)), span(2, 3, valid=(20, None)))
    assert ids(catalog) == [3, 4]
    assert ids(catalog, as_of=9) == []
    assert ids(catalog, as_of=10) == [1, 2]
    assert ids(catalog, as_of=19) == [1, 2]
    assert ids(catalog, as_of=20) == [3, 4]


def test_a_version_that_changed_replaces_what_was_known_of_it() -> None:
    catalog = build(span(1, 1))
    assert ids(catalog) == [1, 2]
    catalog.apply([span(1, 1, valid=(10, 20))], 2)
    assert ids(catalog) == []
    assert catalog.revision == 2


def test_a_reader_sees_public_documents_and_those_of_their_groups() -> None:
    catalog = build(span(1, 1), span(2, 3, readers=("hr",)), span(3, 5, readers=("ann", "it")))
    assert ids(catalog, reader=Principal("bob")) == [1, 2]
    assert ids(catalog, reader=Principal("ann")) == [1, 2, 5, 6]
    assert ids(catalog, reader=Principal("bob", frozenset({"hr"}))) == [1, 2, 3, 4]
    assert ids(catalog) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("lang=de", [1, 3]),
        ("lang!=de", [2, 4]),
        ("lang=en|fr", [2]),
        ("year>=2021", [2, 3]),
        ("year=2020", [1]),
        ("tags=red", [1, 2]),
        ({"not": {"lang": "de"}}, [2, 4]),
        ({"or": [{"year": {"lt": 2021}}, {"tags": "blue"}]}, [1, 2]),
        ({"lang": "de", "year": {"gt": 2020}}, [3]),
        ("title=T", [1, 2, 3, 4]),
        ("document_id=doc_2", [2]),
        ("updated>=2024-01-01", [4]),
        ("missing=1", []),
    ],
)
def test_filters_choose_documents(where: Any, expected: list[int]) -> None:
    catalog = build(
        span(1, 1, 1, metadata={"lang": "de", "year": 2020, "tags": ["red"]}),
        span(2, 2, 1, metadata={"lang": "en", "year": 2021, "tags": ["red", "blue"]}),
        span(3, 3, 1, metadata={"lang": "de", "year": 2022}),
        span(4, 4, 1, metadata={"updated": "2024-05-01"}),
    )
    assert ids(catalog, parse_filter(where)) == expected


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.sampled_from(["*", "a", "b"])), max_size=12))
def test_the_mask_holds_exactly_the_chunks_of_live_readable_versions(rows: list[tuple[int, bool, str]]) -> None:
    spans, first, expected = [], 1, []
    for number, (count, live, who) in enumerate(rows, 1):
        spans.append(span(number, first, count, readers=(who,), valid=(10, None if live else 20)))
        if live and who in ("*", "a"):
            expected += list(range(first, first + count))
        first += count
    assert ids(build(*spans), reader=Principal("a")) == expected


def test_a_version_that_is_not_indexed_yet_waits_and_the_one_it_replaces_is_served() -> None:
    catalog = build(span(1, 1), span(2, 3))
    updated = replace(span(3, 5, valid=(20, None)), document_id="doc_1")
    catalog.apply([span(1, 1, valid=(10, 20)), updated, span(4, 7, valid=(20, None))], 2, waiting=5)
    assert ids(catalog) == [1, 2, 3, 4]
    assert not catalog.is_complete
    catalog.hold_back(7)
    assert ids(catalog) == [3, 4, 5, 6]
    catalog.hold_back(None)
    assert ids(catalog) == [3, 4, 5, 6, 7, 8]
    assert catalog.is_complete


def test_a_document_updated_twice_while_its_text_waits_shows_its_first_version() -> None:
    second, third = (
        replace(span(2, 3, valid=(20, 30)), document_id="doc_1"),
        replace(span(3, 5, valid=(30, None)), document_id="doc_1"),
    )
    catalog = Catalog()
    catalog.apply([span(1, 1, valid=(10, 20)), second, third], 3, waiting=3)
    assert ids(catalog) == [1, 2]


def test_a_document_that_was_removed_is_not_served_again_while_others_wait() -> None:
    catalog = Catalog()
    removed = replace(span(2, 3, valid=(20, 30)), document_id="doc_1")
    catalog.apply([span(1, 1, valid=(10, 20)), removed, span(3, 5, valid=(30, None))], 3, waiting=3)
    assert ids(catalog) == []
