"""Metadata filters: a small tree of comparisons, and its two written forms (JSON and `key=value` text).

JSON: {"product": "excel"} | {"year": {"gte": 2020, "lt": 2024}} | {"lang": {"in": ["de", "en"]}} |
{"and": [..]} | {"or": [..]} | {"not": {..}}; several keys in one object mean "and".
Text: `product=excel`, `year>=2020`, `lang!=de`, `lang=de|en`; several are joined by "and".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from answerable.core.errors import InvalidRequest

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in"]
_SIGNS: dict[str, Operator] = {"!=": "ne", ">=": "gte", "<=": "lte", "=": "eq", ">": "gt", "<": "lt"}


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison. A list-valued field matches when any of its items does; a missing field matches only `ne`."""

    field: str
    operator: Operator
    value: str | int | float | bool | tuple[str | int | float | bool, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold (an empty one is true)."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Filter"


Filter = Compare | And | Or | Not


def parse_filter(value: Any) -> Filter | None:
    """A filter from its JSON form (an object, or the text of one) or its text form; None for nothing.

    Raises InvalidRequest that names what was not understood.
    """
    if value is None or value in ("", {}):
        return None
    if isinstance(value, str):
        return _from_object(_json(value)) if value.lstrip().startswith("{") else _from_text(value)
    if isinstance(value, Sequence):
        return And(tuple(part for part in map(parse_filter, value) if part is not None))
    return _from_object(value)


def to_json(where: Filter | None) -> Any:
    """The JSON form, for the trace."""
    match where:
        case None:
            return None
        case Compare(field, operator, value):
            return {field: {operator: list(value) if isinstance(value, tuple) else value}}
        case And(parts):
            return {"and": [to_json(part) for part in parts]}
        case Or(parts):
            return {"or": [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidRequest(f"the filter is not valid JSON: {error}", param="filter") from error


def _from_object(value: Any) -> Filter:
    if not isinstance(value, Mapping):
        raise InvalidRequest('a filter is an object such as {"product": "excel"}', param="filter")
    parts = tuple(_from_entry(str(key), entry) for key, entry in value.items())
    return parts[0] if len(parts) == 1 else And(parts)


def _from_entry(key: str, entry: Any) -> Filter:
    if key in ("and", "or"):
        if not isinstance(entry, Sequence) or isinstance(entry, str):
            raise InvalidRequest(f"'{key}' takes a list of filters", param="filter")
        parts = tuple(_from_object(part) for part in entry)
        return And(parts) if key == "and" else Or(parts)
    if key == "not":
        return Not(_from_object(entry))
    if isinstance(entry, Mapping):
        comparisons = tuple(_compare(key, str(name), value) for name, value in entry.items())
        return comparisons[0] if len(comparisons) == 1 else And(comparisons)
    return _compare(key, "in" if isinstance(entry, list) else "eq", entry)


def _compare(field: str, name: str, value: Any) -> Compare:
    if name not in get_args(Operator):
        raise InvalidRequest(f"unknown operator '{name}'; known: {', '.join(get_args(Operator))}", param="filter")
    operator: Operator = name  # type: ignore[assignment]  # checked in the line above
    if operator == "in":
        if not isinstance(value, list | tuple):
            raise InvalidRequest(f"'in' on '{field}' takes a list", param="filter")
        value = tuple(value)
    for item in value if isinstance(value, tuple) else (value,):
        if not isinstance(item, str | int | float | bool):
            raise InvalidRequest(f"'{field}' is compared with text, numbers or true/false", param="filter")
    return Compare(field, operator, value)


def _from_text(text: str) -> Filter:
    found = re.fullmatch(r"\s*([^\s!<>=]+)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*", text, re.DOTALL)
    if not found:
        raise InvalidRequest(f"'{text}' is not a filter; write key=value, key>=value or a JSON object", param="filter")
    field, sign, value = found.groups()
    if sign == "=" and "|" in value:
        return Compare(field, "in", tuple(_scalar(part) for part in value.split("|")))
    return Compare(field, _SIGNS[sign], _scalar(value))


def _scalar(text: str) -> str | int | float | bool:
    if text in ("true", "false"):
        return text == "true"
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text
