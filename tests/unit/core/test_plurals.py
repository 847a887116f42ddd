"""One is one."""

from answerable.core.plurals import counted


def test_one_source_is_a_source_and_all_else_are_sources() -> None:
    assert [counted(n, "source") for n in (0, 1, 2_000)] == ["0 sources", "1 source", "2,000 sources"]
