"""Arithmetic from text: a small recursive-descent parser over exact fractions, no `eval`, and bounded work.

`+ - * / // %`, powers, factorials, percentages (`15% of 80`), functions and constants. Results stay exact as long as
they are rational; a root, a logarithm or an angle makes them inexact.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from fractions import Fraction
from typing import Final

from answerable.core.errors import ToolFailed

MAX_BITS: Final = 13_000
"""Size of the largest numerator or denominator: about 3,900 digits, below what Python refuses to print."""

_MAX_DEPTH = 60
_CONTEXT = Context(prec=50, Emax=4_500, Emin=-4_500, traps=[InvalidOperation, DivisionByZero, Overflow])
_TOKEN = re.compile(
    r"\s*(?:(\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|//|\S))", re.ASCII
)
_SAME: Final = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**", "π": "pi"})


@dataclass(frozen=True, slots=True)
class Number:
    """A value, and whether it is exact."""

    value: Fraction
    exact: bool = True


def evaluate(text: str) -> Number:
    """The value of an expression. Raises ToolFailed that says what is wrong and where."""
    return _Parser(text).parse()


def shown(number: Number, digits: int = 15) -> str:
    """The value as text: whole where it is exact and short, else rounded to `digits` significant digits."""
    value = number.value
    if value.denominator == 1 and number.exact:
        return str(value.numerator)
    places = _decimal_places(value.denominator)
    if number.exact and places is not None and places <= 40:
        scaled = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{scaled[:-places]}.{scaled[-places:]}".rstrip("0").rstrip(".")
    rounding = Context(prec=digits)
    rounded = rounding.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(rounding)
    plain = f"{rounded:f}" if -7 < rounded.adjusted() < digits + 3 else f"{rounded:E}"
    return f"about {plain}"


def _decimal_places(denominator: int) -> int | None:
    """Decimals of a fraction in lowest terms; None when they never end (or beyond 200)."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0 and fives < 200:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 and twos < 200 else None


class _Parser:
    """One expression. Precedence, loosest first: `+ -`; `* / // % of`; unary `-`; `**` (to the right); `! %`."""

    def __init__(self, text: str) -> None:
        found = _TOKEN.finditer(text.translate(_SAME).strip())
        self._tokens = [(m.group(m.lastindex or 0), m.lastindex or 3) for m in found]
        self._at = 0
        self._depth = 0

    def parse(self) -> Number:
        if not self._tokens:
            raise ToolFailed("the expression is empty; send something like (2 + 3) * 4")
        found = self._sum()
        if self._at < len(self._tokens):
            hint = "; write * between factors, and no commas inside of numbers"
            raise ToolFailed(f"'{self._peek()}' is not expected after '{self._before()}'{hint}")
        return found

    def _before(self) -> str:
        return " ".join(token for token, _ in self._tokens[max(self._at - 4, 0) : self._at])

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._peek()
        if token not in wanted or not token:
            return ""
        self._at += 1
        return token

    def _sum(self) -> Number:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ToolFailed(f"the expression is nested more than {_MAX_DEPTH} deep; split it")
        left = self._product()
        while sign := self._take("+", "-"):
            left = _binary(operator.add if sign == "+" else operator.sub, left, self._product())
        self._depth -= 1
        return left

    def _product(self) -> Number:
        left = self._unary()
        while sign := self._take("*", "/", "//", "%", "of", "mod"):
            left = _binary(_PRODUCTS[sign], left, self._unary())
        return left

    def _unary(self) -> Number:
        negative = False
        while sign := self._take("-", "+"):
            negative ^= sign == "-"
        found = self._power()
        return Number(-found.value, found.exact) if negative else found

    def _power(self) -> Number:
        base = self._postfix()
        if not self._take("**"):
            return base
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ToolFailed(f"the expression is nested more than {_MAX_DEPTH} deep; split it")
        found = _power(base, self._unary())
        self._depth -= 1
        return found

    def _postfix(self) -> Number:
        found = self._atom()
        while True:
            if self._take("!"):
                found = _factorial(found)
            elif self._peek() == "%" and not self._operand_follows():
                self._at += 1
                found = _binary(operator.truediv, found, Number(Fraction(100)))
            else:
                return found

    def _operand_follows(self) -> bool:
        """Whether the token after this one begins a value: then `%` is the remainder, else a percentage."""
        if self._at + 1 >= len(self._tokens):
            return False
        text, kind = self._tokens[self._at + 1]
        return kind == 1 or text == "(" or (kind == 2 and text not in ("of", "mod"))

    def _atom(self) -> Number:
        text = self._peek()
        kind = self._tokens[self._at][1] if text else 0
        self._at += 1
        if kind == 1:
            return _number(text)
        if kind == 2:
            return self._named(text)
        if text == "(":
            found = self._sum()
            self._close()
            return found
        what = f"'{text}'" if text else "the end"
        raise ToolFailed(f"a number is expected, not {what} (after '{self._before()}')")

    def _close(self) -> None:
        if not self._take(")"):
            raise ToolFailed(f"a ')' is missing after '{self._before()}'")

    def _named(self, name: str) -> Number:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        function = FUNCTIONS.get(name.lower())
        if function is None:
            raise ToolFailed(f"'{name}' is not known; functions: {', '.join(FUNCTIONS)}; constants: pi, e")
        if not self._take("("):
            raise ToolFailed(f"write the arguments of {name} in parentheses: {name}(...)")
        given: list[Number] = []
        while self._peek() != ")":
            given.append(self._sum())
            if not self._take(",", ";"):
                break
        self._close()
        low, high, work = function
        if not low <= len(given) <= high:
            wants = str(low) if low == high else f"{low} or more" if high > 99 else f"{low} to {high}"
            raise ToolFailed(f"{name} takes {wants} argument(s), not {len(given)}")
        return _checked(work(given))


def _number(token: str) -> Number:
    if len(token) > 1 and token[0] == "0" and token.isdigit():
        raise ToolFailed("write numbers without leading zeros and without commas inside: 1000, not 1,000")
    digits, _, exponent = token.lower().replace("_", "").partition("e")
    if len(digits) > 1_200 or abs(int(exponent[:7] or 0)) > 3_900:
        raise ToolFailed("a number has more than 1,200 digits or an exponent beyond 3,900")
    return _checked(Number(Fraction(f"{digits.rstrip('.') if digits.endswith('.') else digits}e{exponent or 0}")))


def _checked(number: Number) -> Number:
    if max(number.value.numerator.bit_length(), number.value.denominator.bit_length()) > MAX_BITS:
        raise ToolFailed("the result has more than about 3,900 digits; ask for its logarithm, or for a smaller one")
    return number


def _binary(work: Callable[[Fraction, Fraction], Fraction | int], left: Number, right: Number) -> Number:
    try:
        return _checked(Number(Fraction(work(left.value, right.value)), left.exact and right.exact))
    except ZeroDivisionError as error:
        raise ToolFailed("division by zero has no value") from error


def _power(base: Number, power: Number) -> Number:
    if power.value.denominator == 1:
        times = power.value.numerator
        if base.value == 0 and times < 0:
            raise ToolFailed("division by zero has no value")
        bits = max(base.value.numerator.bit_length(), base.value.denominator.bit_length())
        if bits > 1 and (bits - 1) * abs(times) > MAX_BITS:
            raise ToolFailed("the power has more than about 3,900 digits; ask for its logarithm instead")
        if bits <= 1:
            times = times % 2 if base.value in (1, -1) else int(times > 0)
        return _checked(Number(base.value**times, base.exact and power.exact))
    if power.value.denominator == 2 and power.exact and base.value >= 0:
        root = _root(base)
        return _power(root, Number(Fraction(power.value.numerator))) if root.exact else _real_power(base, power)
    return _real_power(base, power)


def _real_power(base: Number, power: Number) -> Number:
    if base.value < 0:
        raise ToolFailed("a negative number to a broken power is not a real number")
    if base.value == 0:
        return _power(base, Number(Fraction(1 if power.value > 0 else -1)))
    return _inexact(lambda one, two: (one.ln() * two).exp(), base, power)


def _root(number: Number) -> Number:
    if number.value < 0:
        raise ToolFailed("the square root of a negative number is not a real number")
    up, down = math.isqrt(number.value.numerator), math.isqrt(number.value.denominator)
    if up * up == number.value.numerator and down * down == number.value.denominator:
        return Number(Fraction(up, down), number.exact)
    return _inexact(lambda one: one.sqrt(), number)


def _inexact(work: Callable[..., Decimal], *numbers: Number) -> Number:
    """A function of decimals with 50 digits."""
    with localcontext(_CONTEXT):
        try:
            given = [Decimal(one.value.numerator) / Decimal(one.value.denominator) for one in numbers]
            found = work(*given)
            if not found.is_finite():
                raise ToolFailed("there is no such real number; check the arguments")
            return _checked(Number(Fraction(found), exact=False))
        except (InvalidOperation, DivisionByZero, Overflow) as error:
            raise ToolFailed("there is no such real number, or it is too large; check the arguments") from error


def _angle(work: Callable[[float], float]) -> Callable[[Sequence[Number]], Number]:
    def found(given: Sequence[Number]) -> Number:
        try:
            return Number(Fraction(round(work(float(given[0].value)), 15)), exact=False)
        except (ValueError, OverflowError) as error:
            raise ToolFailed("the angle or ratio is out of range; angles are in radians") from error

    return found


def _factorial(number: Number) -> Number:
    return Number(Fraction(math.factorial(_whole(number, 1_250))), number.exact)


def _whole(number: Number, most: int) -> int:
    if number.value.denominator != 1 or not 0 <= number.value <= most:
        raise ToolFailed(f"a whole number from 0 to {most:,} is expected")
    return number.value.numerator


def _choose(work: Callable[[int, int], int]) -> Callable[[Sequence[Number]], Number]:
    return lambda given: Number(Fraction(work(_whole(given[0], 1_250), _whole(given[1], 1_250))))


def _divisors(work: Callable[..., int]) -> Callable[[Sequence[Number]], Number]:
    return lambda given: Number(Fraction(work(*(_whole(one, 10**1_000) for one in given))))


def _logarithm(given: Sequence[Number]) -> Number:
    """`log(x)` to base 10, `log(x, b)` to base b."""
    base = given[1] if len(given) > 1 else Number(Fraction(10))
    found = _inexact(lambda x, b: x.ln() / b.ln(), given[0], base)
    near = round(found.value)
    whole = abs(near) < 4_000 and given[0].exact and base.exact and base.value**near == given[0].value
    return Number(Fraction(near)) if whole else found


def _round(given: Sequence[Number]) -> Number:
    """Half away from zero, as people round."""
    places = int(given[1].value) if len(given) > 1 else 0
    if abs(places) > 1_000:
        raise ToolFailed("rounding goes to 1,000 places at most")
    scaled = abs(given[0].value) * Fraction(10) ** places
    rounded = Fraction(math.floor(scaled + Fraction(1, 2))) / Fraction(10) ** places
    return Number(rounded if given[0].value >= 0 else -rounded)


def _over(work: Callable[[list[Fraction]], Fraction | int]) -> Callable[[Sequence[Number]], Number]:
    return lambda given: Number(Fraction(work([one.value for one in given])), all(one.exact for one in given))


def _median(values: list[Fraction]) -> Fraction:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _variance(values: list[Fraction]) -> Fraction:
    """The sample variance (n - 1)."""
    mean = sum(values) / Fraction(len(values))
    return sum(((value - mean) ** 2 for value in values), Fraction()) / (len(values) - 1)


_PRODUCTS: Final[dict[str, Callable[[Fraction, Fraction], Fraction | int]]] = {
    "*": operator.mul, "of": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "mod": operator.mod,
}  # fmt: skip
_CONSTANTS: Final = {
    "pi": Number(Fraction(Decimal("3.1415926535897932384626433832795028841971693993751")), exact=False),
    "e": Number(Fraction(Decimal("2.7182818284590452353602874713526624977572470937000")), exact=False),
}
_MANY = 1_000
FUNCTIONS: Final[dict[str, tuple[int, int, Callable[[Sequence[Number]], Number]]]] = {
    "sqrt": (1, 1, lambda given: _root(given[0])),
    "exp": (1, 1, lambda given: _inexact(lambda one: one.exp(), given[0])),
    "ln": (1, 1, lambda given: _inexact(lambda one: one.ln(), given[0])),
    "log": (1, 2, _logarithm),
    "log2": (1, 1, lambda given: _logarithm([given[0], Number(Fraction(2))])),
    "log10": (1, 1, _logarithm),
    "pow": (2, 2, lambda given: _power(given[0], given[1])),
    "abs": (1, 1, _over(lambda values: abs(values[0]))),
    "round": (1, 2, _round),
    "floor": (1, 1, _over(lambda values: math.floor(values[0]))),
    "ceil": (1, 1, _over(lambda values: math.ceil(values[0]))),
    "min": (1, _MANY, _over(min)),
    "max": (1, _MANY, _over(max)),
    "sum": (1, _MANY, _over(lambda values: sum(values, Fraction()))),
    "mean": (1, _MANY, _over(lambda values: sum(values, Fraction()) / len(values))),
    "median": (1, _MANY, _over(_median)),
    "stdev": (2, _MANY, lambda given: _root(_over(_variance)(given))),
    "variance": (2, _MANY, _over(_variance)),
    "gcd": (2, _MANY, _divisors(math.gcd)),
    "lcm": (2, _MANY, _divisors(math.lcm)),
    "factorial": (1, 1, lambda given: _factorial(given[0])),
    "comb": (2, 2, _choose(math.comb)),
    "perm": (2, 2, _choose(math.perm)),
    "sin": (1, 1, _angle(math.sin)),
    "cos": (1, 1, _angle(math.cos)),
    "tan": (1, 1, _angle(math.tan)),
    "asin": (1, 1, _angle(math.asin)),
    "acos": (1, 1, _angle(math.acos)),
    "atan": (1, 1, _angle(math.atan)),
    "radians": (1, 1, lambda given: _binary(operator.mul, given[0], Number(_CONSTANTS["pi"].value / 180, exact=False))),
    "degrees": (1, 1, lambda given: _binary(operator.truediv, given[0], Number(_CONSTANTS["pi"].value / 180, False))),
}  # fmt: skip
"""Fewest and most arguments, and the work."""
