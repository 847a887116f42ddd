import pytest

from answerable.gateway.guards.checks import luhn
from answerable.gateway.guards.pii import find


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in find(text)]


@pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "6011111111111117", "3530111333300000"])
def test_the_check_digit_of_a_card_is_luhns(number: str) -> None:
    assert luhn(number)
    assert not luhn(number[:-1] + str((int(number[-1]) + 1) % 10))


def test_a_row_of_one_digit_is_no_card() -> None:
    assert not luhn("0000000000000000")


@pytest.mark.parametrize(
    "text",
    [
        "my card is 4111111111111111",
        "4111 1111 1111 1111 exp 04/27",
        "on 2026-11-26 4111-1111-1111-1111 was charged",
        "卡号4111111111111111。",
        "order 17 was paid with card 4111111111111111",
    ],
)
def test_cards_are_found_among_other_numbers(text: str) -> None:
    assert [kind for kind, _ in kinds(text)] == ["card"]


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111111 has shipped",
        "tracking id: 4111111111111111",
        "https://example.com/status/4665257406579254314",
        "4111111111111112",
        "0.4111111111111111",
        "a4111111111111111",
        "41111111111111111111111",
    ],
)
def test_what_only_looks_like_a_card_is_left_alone(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    "value", ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "fr1420041010050500013m02606"]
)
def test_ibans_are_found_with_and_without_spaces(value: str) -> None:
    assert kinds(f"send it to {value} by Friday") == [("iban", value)]


def test_an_iban_with_a_wrong_digit_is_none() -> None:
    assert kinds("DE89370400440532013001") == []


@pytest.mark.parametrize(
    "value",
    [
        "+49 30 1234567",
        "+1-984-182-0190",
        "001-518-640-0854",
        "(579)888-3058",
        "541-714-1388",
        "555.123.4567 x890",
        "0494 92 82 32",
        "+46 (0)8 928 571 38",
        "(37) 788-063",
        "+447700677662",
    ],
)
def test_phones_are_found_by_their_form(value: str) -> None:
    assert kinds(f"it is {value} again") == [("phone", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("call me at 699 956 915", "699 956 915"),
        ("781 1704 office", "781 1704"),
        ("Fax: 3660170548", "3660170548"),
        ("teléfono 91 123 45 67", "91 123 45 67"),
        ("电话 28-64-66-98", "28-64-66-98"),
    ],
)
def test_phones_of_any_form_are_found_by_the_words_around_them(text: str, value: str) -> None:
    assert kinds(text) == [("phone", value)]


@pytest.mark.parametrize(
    "text",
    [
        "order number 541-714-1388",
        "from 2026-11-26 10:30 to 2026-11-27",
        "ISBN 978-3-16-148410-0",
        "population 1 234 567 890",
        "1,234,567.89 USD",
        "pages 1990-2005",
        "1700000000123",
        "https://example.com/status/12345678901",
        "3.14159265358979",
        "UUID 123e4567-e89b-12d3-a456-426614174000",
        "lat 52.520008, lon 13.404954",
        "ticket #12345678",
    ],
)
def test_dates_orders_and_long_numbers_are_no_phones(text: str) -> None:
    assert kinds(text) == []


def test_social_security_numbers_need_a_form_or_a_word() -> None:
    assert kinds("her number is 123-45-6789") == [("ssn", "123-45-6789")]
    assert kinds("SSN 123456789") == [("ssn", "123456789")]
    assert kinds("my social is 123 45 6789") == [("ssn", "123 45 6789")]
    assert kinds("ITIN 912-70-1234") == [("ssn", "912-70-1234")]
    assert kinds("666-45-6789, 000-12-3456, 123-00-6789, 123-45-0000, part 123-45-6789") == []


def test_addresses_of_hosts_are_found_and_versions_are_not() -> None:
    assert kinds("from 203.0.113.7:443 and 2001:db8::8a2e:370:7334") == [
        ("ip", "203.0.113.7"),
        ("ip", "2001:db8::8a2e:370:7334"),
    ]
    assert kinds("version 1.2.3.4, v10.0.0.1, 300.1.1.1, 127.0.0.1, 255.255.255.0, 12:34:56, ::1, std::a::b1") == []


def test_an_e_mail_address_is_no_file_name() -> None:
    assert kinds("mail Ann.O'Neil+x@mail.example.co.uk, please") == [("email", "Ann.O'Neil+x@mail.example.co.uk")]
    assert kinds("icon@2x.png and lodash@4.17.21 and @angular/core") == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("password", "password: hunter22"),
        ("password", "the pwd is tr0ub4dor&3"),
        ("password", 'API_KEY="9f8e7d6c5b4a39281706"'),
        ("password", "postgres://app:s3cr3t@db.internal/x"),
        ("token", "Authorization: Bearer abcdEFGH1234ijklMNOP"),
        ("api_key", "AKIAIOSFODNN7EXAMPLE"),
        ("api_key", "ak-9f8e7d6c5b4a39281706abcd"),
    ],
)
def test_secrets_are_found(kind: str, text: str) -> None:
    assert [found for found, _ in kinds(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "password: required",
        "password: <your-password>",
        "token = get_token(user_id)",
        "secret: changeme123456",
        "sk-learn-is-a-library-for-python",
        "the key is under the mat",
        "max_tokens=4096",
        "API_KEY=your-api-key-1234",
    ],
)
def test_words_about_secrets_are_none(text: str) -> None:
    assert kinds(text) == []
