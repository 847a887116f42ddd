"""Types that are written in TypeScript, read far enough to hold JSON against them: interfaces, unions, literals,
arrays, tuples, inline objects, `Record`, `T["field"]`. What the pages expect of a reply must really be in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"[^"]*"|\w+|\?:|[{}\[\]()<>|:;,=?]', re.DOTALL)
_BASIC: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}

Shape = tuple[Any, ...]
"""("name", x), ("literal", x), ("list", shape), ("tuple", shapes), ("union", shapes), ("record", shape), ("field",
shape, name), ("object", {name: (shape, must)}, names of bases).
"""


@dataclass
class Types:
    """The types of a file by name."""

    shapes: dict[str, Shape] = field(default_factory=dict)

    def fields(self, name: str) -> dict[str, bool]:
        """Of an interface: its fields, and which of them must be there."""
        return {one: must for one, (_, must) in self._members(self.shapes[name]).items()}

    def misfits(self, name: str, value: Any) -> list[str]:
        """Where a value is not of a type, and why; nothing when it is. What the type does not name may be there."""
        return self._misfits(("name", name), value, name)

    def _misfits(self, shape: Shape, value: Any, at: str) -> list[str]:
        kind, *rest = shape
        match kind:
            case "name" if rest[0] in _BASIC:
                is_flag = isinstance(value, bool) and rest[0] != "boolean"
                fits = isinstance(value, _BASIC[rest[0]]) and not is_flag
                return [] if fits else [f"{at}: {value!r:.60} is no {rest[0]}"]
            case "name":
                return [] if rest[0] == "unknown" else self._misfits(self.shapes[rest[0]], value, at)
            case "literal":
                return [] if value == rest[0] else [f"{at}: {value!r:.60} is not {rest[0]!r}"]
            case "field":
                return self._misfits(self._members(rest[0])[rest[1]][0], value, at)
            case "union":
                found = [self._misfits(one, value, at) for one in rest[0]]
                return [] if [] in found else min(found, key=len)
        return self._inner(shape, value, at)

    def _inner(self, shape: Shape, value: Any, at: str) -> list[str]:
        """The same for what holds values."""
        kind, *rest = shape
        if not _holds(kind, value):
            return [f"{at}: {value!r:.60} is no {kind}"]
        parts: Sequence[tuple[Shape, Any, str]]
        if kind == "object":
            members = self._members(shape)
            missing = [f"{at}.{name} is missing" for name, (_, must) in members.items() if must and name not in value]
            parts = [(part, value[name], f".{name}") for name, (part, _) in members.items() if name in value]
        elif kind == "record":
            missing, parts = [], [(rest[0], one, f".{name}") for name, one in value.items()]
        else:
            shapes = rest[0] if kind == "tuple" else [rest[0]] * len(value)
            missing = [] if len(shapes) == len(value) else [f"{at}: {len(value)} values for {len(shapes)}"]
            parts = [(part, one, f"[{number}]") for number, (part, one) in enumerate(zip(shapes, value, strict=False))]
        return missing + [bad for part, one, where in parts for bad in self._misfits(part, one, at + where)]

    def _members(self, shape: Shape) -> dict[str, tuple[Shape, bool]]:
        if shape[0] == "name":
            return self._members(self.shapes[shape[1]])
        found: dict[str, tuple[Shape, bool]] = {}
        for base in shape[2]:
            found |= self._members(("name", base))
        found |= shape[1]
        return found


def _holds(kind: str, value: Any) -> bool:
    return isinstance(value, list if kind in ("list", "tuple") else dict)


def read(path: Path) -> Types:
    """The types of a file. Raises ValueError at what is not read here."""
    tokens = [one for one in _TOKEN.findall(path.read_text("utf-8")) if not one.startswith(("//", "/*"))]
    reader, types = _Reader(tokens), Types()
    while reader.tokens:
        reader.take("export")
        if reader.next() == "interface":
            name = reader.next()
            bases = [reader.next()] if reader.skip("extends") else []
            types.shapes[name] = ("object", reader.members(), bases)
        else:  # type X = ...;
            name = reader.next()
            reader.take("=")
            types.shapes[name] = reader.shape()
            reader.skip(";")
    return types


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def next(self) -> str:
        return self.tokens.pop()

    def skip(self, wanted: str) -> bool:
        is_it = bool(self.tokens) and self.tokens[-1] == wanted
        if is_it:
            self.tokens.pop()
        return is_it

    def take(self, wanted: str) -> None:
        if not self.skip(wanted):
            raise ValueError(f"{wanted} was expected before {' '.join(self.tokens[:-12:-1])}")

    def members(self) -> dict[str, tuple[Shape, bool]]:
        self.take("{")
        found: dict[str, tuple[Shape, bool]] = {}
        while not self.skip("}"):
            name = self.next()
            must = not self.skip("?:")
            if must:
                self.take(":")
            found[name] = (self.shape(), must)
            self.skip(";")
        return found

    def shape(self) -> Shape:
        self.skip("|")
        parts = [self._one()]
        while self.skip("|"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else ("union", parts)

    def _one(self) -> Shape:
        found = self._first()
        while self.skip("["):
            if self.skip("]"):
                found = ("list", found)
            else:
                found = ("field", found, self.next().strip('"'))
                self.take("]")
        return found

    def _first(self) -> Shape:
        if self.tokens[-1] == "{":
            return ("object", self.members(), [])
        token = self.next()
        if token == "(":
            inner = self.shape()
            self.take(")")
            return inner
        if token == "[":
            parts = [self.shape()]
            while self.skip(","):
                parts.append(self.shape())
            self.take("]")
            return ("tuple", parts)
        if token == "Record":
            return self._record()
        return ("literal", token.strip('"')) if token.startswith('"') else ("name", token)

    def _record(self) -> Shape:
        """Of named keys each is a field; of any string there are as many as there are."""
        self.take("<")
        keys = self.shape()
        self.take(",")
        value = self.shape()
        self.take(">")
        named = [one[1] for one in keys[1]] if keys[0] == "union" else []
        return ("object", dict.fromkeys(named, (value, True)), []) if named else ("record", value)
