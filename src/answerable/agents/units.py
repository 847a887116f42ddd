"""Units of measure: exact factors to the base unit of their kind, and the names people write.

Factors are the definitions of the SI brochure (9th edition) and NIST SP 811, appendix B; a year is the Julian year.
"""

import difflib
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from answerable.core.errors import ToolFailed

Q: Final = Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """`value` in this unit is `value * factor + offset` in the base unit of its kind."""

    kind: str
    name: str
    factor: Fraction
    offset: Fraction = Fraction(0)


_INCH, _POUND, _GALLON, _PINT = Q("0.0254"), Q("0.45359237"), Q("3.785411784"), Q("0.56826125")

_TABLE: Final[dict[str, tuple[tuple[str, Fraction], ...]]] = {
    "length": (
        ("m metre meter metres meters", Q(1)),
        ("km kilometre kilometer kilometres kilometers", Q(1_000)),
        ("cm centimetre centimeter centimetres centimeters", Q(1, 100)),
        ("mm millimetre millimeter millimetres millimeters", Q(1, 1_000)),
        ("µm um micrometre micrometer micron microns", Q(1, 10**6)),
        ("nm nanometre nanometer nanometres nanometers", Q(1, 10**9)),
        ('in inch inches "', _INCH),
        ("ft foot feet '", 12 * _INCH),
        ("yd yard yards", 36 * _INCH),
        ("mi mile miles", 63_360 * _INCH),
        ("nmi nautical_mile nautical_miles", Q(1_852)),
        ("au astronomical_unit", Q(149_597_870_700)),
        ("ly light_year light_years", Q(9_460_730_472_580_800)),
    ),
    "mass": (
        ("kg kilogram kilograms kilo kilos", Q(1)),
        ("g gram grams", Q(1, 1_000)),
        ("mg milligram milligrams", Q(1, 10**6)),
        ("µg ug microgram micrograms", Q(1, 10**9)),
        ("t tonne tonnes metric_ton metric_tons", Q(1_000)),
        ("lb lbs pound pounds", _POUND),
        ("oz ounce ounces", _POUND / 16),
        ("st stone stones", 14 * _POUND),
        ("short_ton short_tons us_ton", 2_000 * _POUND),
        ("long_ton long_tons uk_ton", 2_240 * _POUND),
        ("ct carat carats", Q(1, 5_000)),
    ),
    "volume": (
        ("l L litre liter litres liters", Q(1)),
        ("ml mL millilitre milliliter millilitres milliliters cc cm3 cm³", Q(1, 1_000)),
        ("cl centilitre centiliter", Q(1, 100)),
        ("dl decilitre deciliter", Q(1, 10)),
        ("m3 m³ cubic_metre cubic_meter cubic_metres cubic_meters", Q(1_000)),
        ("gal gallon gallons us_gallon us_gallons", _GALLON),
        ("qt quart quarts", _GALLON / 4),
        ("pt pint pints us_pint us_pints", _GALLON / 8),
        ("cup cups", _GALLON / 16),
        ("fl_oz fluid_ounce fluid_ounces", _GALLON / 128),
        ("tbsp tablespoon tablespoons", _GALLON / 256),
        ("tsp teaspoon teaspoons", _GALLON / 768),
        ("uk_gallon uk_gallons imperial_gallon imperial_gallons", 8 * _PINT),
        ("uk_pint uk_pints imperial_pint imperial_pints", _PINT),
        ("ft3 ft³ cubic_foot cubic_feet", Q("28.316846592")),
        ("in3 in³ cubic_inch cubic_inches", Q("0.016387064")),
        ("bbl barrel barrels", 42 * _GALLON),
    ),
    "speed": (
        ("m/s mps meters_per_second metres_per_second", Q(1)),
        ("km/h kmh kph kilometers_per_hour kilometres_per_hour", Q(5, 18)),
        ("mph mi/h miles_per_hour", 63_360 * _INCH / 3_600),
        ("kn knot knots kt", Q(1_852, 3_600)),
        ("ft/s fps feet_per_second", 12 * _INCH),
    ),
    "data": (
        ("B byte bytes", Q(1)),
        ("bit bits b", Q(1, 8)),
        ("kB KB kilobyte kilobytes", Q(10**3)),
        ("MB megabyte megabytes", Q(10**6)),
        ("GB gigabyte gigabytes", Q(10**9)),
        ("TB terabyte terabytes", Q(10**12)),
        ("PB petabyte petabytes", Q(10**15)),
        ("KiB kibibyte kibibytes", Q(2**10)),
        ("MiB mebibyte mebibytes", Q(2**20)),
        ("GiB gibibyte gibibytes", Q(2**30)),
        ("TiB tebibyte tebibytes", Q(2**40)),
        ("kbit kb kilobit kilobits", Q(125)),
        ("Mbit Mb megabit megabits", Q(125_000)),
        ("Gbit Gb gigabit gigabits", Q(125_000_000)),
    ),
    "time": (
        ("s sec second seconds", Q(1)),
        ("ms millisecond milliseconds", Q(1, 1_000)),
        ("µs us microsecond microseconds", Q(1, 10**6)),
        ("ns nanosecond nanoseconds", Q(1, 10**9)),
        ("min minute minutes", Q(60)),
        ("h hr hour hours", Q(3_600)),
        ("d day days", Q(86_400)),
        ("wk week weeks", Q(604_800)),
        ("month months", Q(86_400 * 36_525, 1_200)),
        ("yr year years", Q(86_400 * 36_525, 100)),
    ),
    "area": (
        ("m2 m² square_metre square_meter square_metres square_meters sqm", Q(1)),
        ("km2 km² square_kilometre square_kilometer square_kilometres square_kilometers", Q(10**6)),
        ("cm2 cm² square_centimetre square_centimeter", Q(1, 10**4)),
        ("mm2 mm² square_millimetre square_millimeter", Q(1, 10**6)),
        ("ha hectare hectares", Q(10**4)),
        ("acre acres ac", Q("4046.8564224")),
        ("ft2 ft² sqft square_foot square_feet", (12 * _INCH) ** 2),
        ("in2 in² square_inch square_inches", _INCH**2),
        ("yd2 yd² square_yard square_yards", (36 * _INCH) ** 2),
        ("mi2 mi² square_mile square_miles", (63_360 * _INCH) ** 2),
    ),
    "energy": (
        ("J joule joules", Q(1)),
        ("kJ kilojoule kilojoules", Q(1_000)),
        ("MJ megajoule megajoules", Q(10**6)),
        ("cal calorie calories", Q("4.184")),
        ("kcal kilocalorie kilocalories Cal", Q(4_184)),
        ("Wh watt_hour watt_hours", Q(3_600)),
        ("kWh kilowatt_hour kilowatt_hours", Q(3_600_000)),
        ("MWh megawatt_hour megawatt_hours", Q(3_600_000_000)),
        ("BTU btu", Q("1055.05585262")),
        ("eV electronvolt electronvolts", Q("1.602176634e-19")),
    ),
    "power": (
        ("W watt watts", Q(1)),
        ("kW kilowatt kilowatts", Q(1_000)),
        ("MW megawatt megawatts", Q(10**6)),
        ("hp horsepower", 550 * 12 * _INCH * _POUND * Q("9.80665")),
        ("PS metric_horsepower", 75 * Q("9.80665")),
    ),
    "pressure": (
        ("Pa pascal pascals", Q(1)),
        ("kPa kilopascal kilopascals", Q(1_000)),
        ("hPa hectopascal mbar millibar", Q(100)),
        ("bar bars", Q(10**5)),
        ("atm atmosphere atmospheres", Q(101_325)),
        ("psi", _POUND * Q("9.80665") / _INCH**2),
        ("mmHg torr", Q(101_325, 760)),
    ),
}
"""Kind -> (names, the first is the symbol; factor). The first row of a kind is its base unit."""

_TEMPERATURES: Final = (
    ("K kelvin kelvins", Q(1), Q(0)),
    ("°C C celsius centigrade degc degree_celsius degrees_celsius", Q(1), Q("273.15")),
    ("°F F fahrenheit degf degree_fahrenheit degrees_fahrenheit", Q(5, 9), Q("459.67") * 5 / 9),
)


def _collect() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for kind, rows in _TABLE.items():
        for names, factor in rows:
            symbol, *others = names.split()
            found |= {name: Unit(kind, symbol, factor) for name in (symbol, *others)}
    for names, factor, offset in _TEMPERATURES:
        symbol, *others = names.split()
        found |= {name: Unit("temperature", symbol, factor, offset) for name in (symbol, *others)}
    return found


UNITS: Final = _collect()
KINDS: Final = (*_TABLE, "temperature")
_LOWER: Final[dict[str, set[str]]] = {}
for _name in UNITS:
    _LOWER.setdefault(_name.lower(), set()).add(_name)


def find_unit(name: str) -> Unit:
    """The unit of a symbol or a name. Upper and lower case matter only where they tell two units apart (Mb, MB).

    Raises ToolFailed that suggests what may be meant.
    """
    plain = "_".join(name.strip().rstrip(".").split())
    if plain in UNITS:
        return UNITS[plain]
    lower = plain.lower()
    found = {UNITS[one] for one in _LOWER.get(lower, ())}
    if len(found) == 1:
        return found.pop()
    if len(found) > 1:
        raise ToolFailed(f"'{name}' may be {' or '.join(sorted(one.name for one in found))}; write it exactly")
    near = difflib.get_close_matches(lower, _LOWER, 3)
    hint = f"did you mean {', '.join(near)}?" if near else f"known kinds: {', '.join(KINDS)}; no currencies"
    raise ToolFailed(f"there is no unit '{name[:40]}'; {hint}")


def convert(value: Fraction, start: Unit, target: Unit) -> Fraction:
    """`value` of one unit in another. Raises ToolFailed where they measure different things."""
    if start.kind != target.kind:
        raise ToolFailed(f"{start.name} measures {start.kind} and {target.name} measures {target.kind}")
    found = (value * start.factor + start.offset - target.offset) / target.factor
    if start.kind == "temperature" and value * start.factor + start.offset < 0:
        raise ToolFailed("nothing is colder than absolute zero (0 K, -273.15 °C)")
    return found
