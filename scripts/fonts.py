"""Makes the fonts of the PDF export from Debian's packages: all characters, without hints and layout tables.

Usage: python scripts/fonts.py FOLDER

FOLDER holds the unpacked packages fonts-noto-core, fonts-dejavu-core and fonts-droid-fallback. Hints serve small
letters on old screens, layout tables serve shaping; the PDF uses neither, and without them the fonts are smaller.
The font of Chinese, Japanese and Korean becomes three, because to open all its 33,000 glyphs takes 0.9 seconds.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

NAMES = (
    "NotoSans-Regular.ttf",
    "NotoSans-Bold.ttf",
    "NotoSans-Italic.ttf",
    "DejaVuSans.ttf",
    "DejaVuSansMono.ttf",
)
CJK = "DroidSansFallback.ttf"
COMMON = ("gb2312", "shift_jis")
BIG5_FREQUENT = (b"\xa4\x40", b"\xc6\x7e")
"""The first plane of Big5: 5,401 traditional characters in everyday use."""
DROPPED = ("GSUB", "GPOS", "GDEF", "DSIG", "vhea", "vmtx", "gasp", "FFTM", "kern", "MATH", "JSTF")
TARGET = Path(__file__).resolve().parents[1] / "src" / "answerable" / "agents" / "exports" / "fonts"


def is_common(char: str) -> bool:
    """Whether a standard of China, Japan or Taiwan counts the character among the frequent ones."""
    for encoding in (*COMMON, "big5"):
        try:
            code = char.encode(encoding)
        except UnicodeEncodeError:
            continue
        if encoding != "big5" or BIG5_FREQUENT[0] <= code <= BIG5_FREQUENT[1]:
            return True
    return False


def shares(characters: Iterable[int]) -> dict[str, set[int]]:
    """Files of the large font and their characters; each character is in one."""
    found: dict[str, set[int]] = {"DroidSansFallback-Han.ttf": set(), "DroidSansFallback-Rare.ttf": set()}
    found["DroidSansFallback-Hangul.ttf"] = korean = {
        c for c in characters if 0x1100 <= c < 0x1200 or 0xAC00 <= c < 0xD7B0
    }
    for code in set(characters) - korean:
        common = not 0x3400 <= code < 0xFB00 or is_common(chr(code))
        found[f"DroidSansFallback-{'Han' if common else 'Rare'}.ttf"].add(code)
    return found


def slim(source: Path, target: Path, characters: Iterable[int] = ()) -> None:
    """Write the font without what the PDF does not use; the name, version and licence of the font stay in it."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=[], glyph_names=False, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables = list(DROPPED)
    options.recalc_timestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters or font.getBestCmap().keys())
    subsetter.subset(font)
    font.save(target)


def main() -> None:
    """Make each font anew and say how large it is."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    made = [(name, name, set[int]()) for name in NAMES]
    made += [(CJK, name, share) for name, share in shares(TTFont(find(CJK)).getBestCmap()).items()]
    for source, target, characters in made:
        slim(find(source), TARGET / target, characters)
        print(f"{target}: {(TARGET / target).stat().st_size:,} bytes, {len(characters) or 'all'} characters")


def find(name: str) -> Path:
    """The font below the folder."""
    found = next(Path(sys.argv[1]).rglob(name), None)
    if found is None:
        raise SystemExit(f"{name} is not below {sys.argv[1]}: unpack the packages there")
    return found


if __name__ == "__main__":
    main()
