import time

import pytest

from answerable.agents.tools._tables import Answer, Stop, find_tables, kind_of, run_query
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import TABLE

BOOK = f"Sales 2026\n\n{TABLE}\n\nStaff\n\n| name | since |\n| Ann | 2020-01-02 |\n| Bo \\| Co | 2021-03-04 |"


def stop(seconds: float = 20.0) -> Stop:
    return Stop(time.monotonic() + seconds)


def ask(sql: str, text: str = TABLE, *, rows: int = 100, seconds: float = 20.0) -> Answer:
    return run_query(find_tables(text, "text/csv"), sql, rows, stop(seconds))


def test_cells_are_typed_and_blank_ones_are_null() -> None:
    (table,) = find_tables(TABLE, "text/csv")
    assert [kind_of(table, column) for column in range(3)] == ["TEXT", "REAL", "INTEGER"]
    assert ask("SELECT item, price, qty FROM data WHERE qty IS NULL").rows == [("Lamp", 15.0, None)]


def test_a_workbook_has_a_table_for_each_sheet_named_by_its_heading() -> None:
    names = [table.name for table in find_tables(BOOK, "")]
    assert names == ["sales_2026_1", "staff_2"]
    assert ask("SELECT name FROM staff_2 WHERE since > '2021'", BOOK).rows == [("Bo | Co",)]


def test_plain_csv_is_read_too() -> None:
    text = 'name;price\n"A; B";3\nC;4\n'
    assert ask("SELECT name, price + 1 FROM data", text).rows == [("A; B", 4), ("C", 5)]


def test_headers_become_names_that_need_no_quotes() -> None:
    text = "| Unit price (€) | Unit Price € | 2026 |  |\n| 1 | 2 | 3 | 4 |"
    assert find_tables(text, "")[0].columns == ("unit_price", "unit_price__2", "n_2026", "column_4")


def test_rows_are_bounded_and_it_is_said_that_there_are_more() -> None:
    found = ask("SELECT item FROM data ORDER BY price DESC", rows=2)
    assert found == Answer(("item",), [("TV",), ("Radio",)], is_whole=False)
    assert ask("SELECT item FROM data", rows=3).is_whole


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM data",
        "INSERT INTO data VALUES (1, 2, 3)",
        "UPDATE data SET qty = 1",
        "DROP TABLE data",
        "CREATE TABLE x (y)",
        "ATTACH '/tmp/stolen.db' AS other",
        "PRAGMA database_list",
        "VACUUM INTO '/tmp/stolen.db'",
        "SELECT * FROM sqlite_master",
        "SELECT sql FROM sqlite_schema",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('/tmp/x.so')",
        "SELECT randomblob(1000000000)",
        "SELECT hex(zeroblob(1000000000))",
        "SELECT readfile('/etc/passwd')",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        "SELECT 1; SELECT 2",
        "BEGIN",
        "nonsense",
        "",
        "\x00",
        "SELECT " + "(" * 500 + "1" + ")" * 500,
        "SELECT replace(replace(printf('%90000d', 1), ' ', printf('%900d', 1)), ' ', 'xxxxxxxx')",
    ],
)
def test_nothing_but_a_bounded_select_from_the_tables_works(sql: str) -> None:
    with pytest.raises(ToolFailed):
        ask(sql)


def test_a_query_without_end_is_stopped_by_its_steps_and_by_the_clock() -> None:
    many = "| a |  b |\n" + "\n".join(f"| {n} | x |" for n in range(2_000))
    endless = "SELECT count(*) FROM data a, data b, data c, data d WHERE a.a + b.a + c.a + d.a = -1"
    with pytest.raises(ToolFailed, match="took too long"):
        ask(endless, many)
    with pytest.raises(ToolFailed, match=r"took too long|in time"):
        ask(endless, many, seconds=-1)


def test_wide_results_are_bounded_before_they_fill_the_memory() -> None:
    wide = ", ".join(["printf('%99999d', 1)"] * 100)
    with pytest.raises(ToolFailed, match="too large"):
        ask(f"SELECT {wide} FROM data a, data b")


def test_a_text_without_a_table_is_refused() -> None:
    with pytest.raises(ToolFailed, match="holds no table"):
        find_tables("Only words.", "text/plain")
    with pytest.raises(ToolFailed):
        find_tables("", "text/csv")


def test_a_mistake_in_sql_comes_with_the_tables_that_there_are() -> None:
    with pytest.raises(ToolFailed, match=r"no such column: cost.*data\(item, price, qty\)"):
        ask("SELECT cost FROM data")
