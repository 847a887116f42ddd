from answerable.gateway.guards.masks import MaskTable
from answerable.gateway.guards.pii import find


def test_the_same_value_gets_the_same_placeholder() -> None:
    text = "ann@example.com, bob@example.com, ann@example.com"
    assert MaskTable().mask(text, find(text)) == "[EMAIL_1], [EMAIL_2], [EMAIL_1]"


def test_a_placeholder_that_the_user_wrote_is_not_given_out() -> None:
    table = MaskTable()
    text = "what does [EMAIL_1] mean? ann@example.com"
    table.avoid(text)
    assert table.mask(text, find(text)) == "what does [EMAIL_1] mean? [EMAIL_2]"


def test_values_come_back_only_for_the_kinds_of_the_policy() -> None:
    table = MaskTable(frozenset(("email",)))
    text = "ann@example.com 4111111111111111"
    masked = table.mask(text, find(text))
    assert masked == "[EMAIL_1] [CARD_1]"
    assert table.unmask(masked) == "ann@example.com [CARD_1]"
    assert table.may_unmask


def test_a_value_inside_of_json_is_escaped() -> None:
    table = MaskTable(frozenset(("email",)))
    table.name("email", 'a"b@example.com')
    assert table.unmask('{"to": "[EMAIL_1]"}', as_json=True) == '{"to": "a\\"b@example.com"}'


def test_a_value_that_only_the_model_wrote_is_never_turned_back() -> None:
    table = MaskTable(frozenset(("email",)))
    table.name("email", "eve@example.com", keep=False)
    assert table.unmask("[EMAIL_1]") == "[EMAIL_1]"
