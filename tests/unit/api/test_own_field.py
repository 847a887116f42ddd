from decimal import Decimal

from answerable.api.own_field import answer_json, extra_json
from answerable.core.messages import CacheHit, Finished, Routed, TextDelta, ToolCallDelta, ToolRan
from answerable.core.usage import Usage


def test_plain_text_and_tool_calls_add_nothing() -> None:
    assert extra_json(TextDelta("a")) is None
    assert extra_json(ToolCallDelta(0, "{}")) is None


def test_a_collected_answer_says_which_way_it_went_and_what_it_cost() -> None:
    told = answer_json(
        [
            Routed("big", "complexity 8 of 10", 8.0, 0.9, fallbacks=1),
            CacheHit("exact", 1.0, 3.21),
            ToolRan("calculator", "{}", "4", ok=True, ms=0.2),
            TextDelta("four"),
            Finished("stop", Usage(3, 1), "big", Decimal("0.000012"), "req_1"),
        ]
    )
    assert told["route"]["model"] == "big"
    assert told["route"]["fallbacks"] == 1
    assert told["cache"] == {"kind": "exact", "similarity": 1.0, "age_s": 3.2}
    assert told["tools"][0]["name"] == "calculator"
    assert told["usage"]["total_tokens"] == 4
    assert (told["cost_usd"], told["request_id"]) == ("0.000012", "req_1")


def test_an_unknown_price_is_null_and_never_zero() -> None:
    assert answer_json([Finished("stop", Usage(3, 1), "m", None)])["cost_usd"] is None
