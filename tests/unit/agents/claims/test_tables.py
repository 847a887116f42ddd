"""Tables in passages."""

from answerable.agents.claims.tables import find_tables

PRICES = "Prices of plans:\n\n| Plan | Price |\n|---|---|\n| Free | $0 |\n| Team | $12 |\n| Pro | $30 |\n\nand so on."


def test_a_table_with_its_numbers_and_places() -> None:
    table = next(find_tables(PRICES, 3))
    assert (table.caption, table.head) == ("Prices of plans", ("Plan", "Price"))
    assert (table.amounts, table.unit) == ((0.0, 12.0, 30.0), "$")
    assert PRICES[table.rows[1].start : table.rows[1].end] == "| Team | $12 |"


def test_a_table_without_a_head_or_without_values_or_too_small_is_none() -> None:
    body = "| Free | $0 |\n| Team | $12 |\n| Pro | $30 |\n| Max | $90 |\n"
    assert not list(find_tables(body, 3))
    assert not list(find_tables("| Key | Use |\n|---|---|\n| A | go |\n| B | stop |\n| C | wait |\n", 3))
    assert not list(find_tables(PRICES, 4))


def test_units_that_differ_give_no_numbers() -> None:
    text = PRICES.replace("$30", "€30")
    assert not list(find_tables(text, 3))


def test_the_end_of_a_wrapped_paragraph_is_no_caption() -> None:
    wrapped = PRICES.replace("Prices of plans:\n\n", "All of this was measured in\nSpring on one machine\n\n")
    assert next(find_tables(wrapped, 3)).caption == ""
