"""Placeholders for what was masked in one request: `[EMAIL_1]` for a value, the same one wherever it stands again."""

import orjson

from answerable.gateway.guards.pii import Found, Kind


class MaskTable:
    """Which value has which placeholder. `taken` is text in which placeholders may stand already (the user's own)."""

    def __init__(self, unmasked: frozenset[Kind] = frozenset()) -> None:
        self._unmasked = unmasked
        self._names: dict[tuple[Kind, str], str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[Kind, int] = {}
        self._taken = ""

    def __len__(self) -> int:
        return len(self._names)

    @property
    def may_unmask(self) -> bool:
        """Whether any placeholder is to be turned back into its value."""
        return bool(self._values)

    def avoid(self, text: str) -> None:
        """Give out no placeholder that stands in `text` as it came."""
        if "_" in text and "[" in text:
            self._taken += text

    def mask(self, text: str, found: list[Found]) -> str:
        """`text` with a placeholder for each of `found`, which lie in order and apart."""
        parts, last = [""], 0
        for one in found:
            parts += (text[last : one.start], self.name(one.kind, one.value))
            last = one.end
        return "".join((*parts, text[last:]))

    def name(self, kind: Kind, value: str, *, keep: bool = True) -> str:
        """The placeholder of a value. Without `keep`, a new value's placeholder is never turned back."""
        known = self._names.get((kind, value))
        if known:
            return known
        while True:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            name = f"[{kind.upper()}_{self._counts[kind]}]"
            if name not in self._taken:
                break
        self._names[kind, value] = name
        if keep and kind in self._unmasked:
            self._values[name] = value
        return name

    def unmask(self, text: str, *, as_json: bool = False) -> str:
        """`text` with the values put back for kinds that the policy says so of; `as_json` inside a JSON string."""
        if self._values and "[" in text:
            for name, value in self._values.items():
                if name in text:
                    text = text.replace(name, orjson.dumps(value)[1:-1].decode() if as_json else value)
        return text


HELD = r"\[[A-Z_]{0,14}[0-9]{0,6}"
"""The end of a text that may become a placeholder."""
