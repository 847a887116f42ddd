"""Points as text: paragraphs of three to five sentences, lists after their lead-in, each sentence with its marker."""

from collections.abc import Sequence

from answerable.providers.extraction.phrasing import phrase
from answerable.providers.extraction.research.material import Material, Point
from answerable.providers.extraction.selection import Piece

_FULL, _ENOUGH = 5, 3


def written(material: Material, points: Sequence[Point]) -> str:
    """The text of points in this order."""
    return "\n\n".join("".join(phrase(_pieces(one))) for one in paragraphs(material, points))


def paragraphs(material: Material, points: Sequence[Point]) -> list[list[Point]]:
    """Points that stand together: of one place in one document, as far as they make a paragraph."""
    runs: list[list[Point]] = []
    for point in _once(points):
        same = runs and _place(material, runs[-1][-1]) == _place(material, point)
        if same and _length(runs[-1]) + point.sentences <= _FULL and not _ends_in_list(runs[-1]):
            runs[-1].append(point)
        else:
            runs.append([point])
    joined: list[list[Point]] = []
    for run in runs:
        before = joined[-1] if joined else None
        fits = before and _length(before) + _length(run) <= _FULL and not _ends_in_list(before)
        if before and fits and min(_length(before), _length(run)) < _ENOUGH:
            before.extend(run)
        else:
            joined.append(list(run))
    return joined


def _once(points: Sequence[Point]) -> list[Point]:
    """Without points that another one says together with more."""
    places = [frozenset((one.number, one.first + at) for at in range(len(one.units))) for one in points]
    return [
        point
        for at, (point, own) in enumerate(zip(points, places, strict=True))
        if not any(own < other or (own == other and at > by) for by, other in enumerate(places))
    ]


def _place(material: Material, point: Point) -> tuple[str, str]:
    return material.passages[point.number - 1].document_id, point.section


def _length(points: Sequence[Point]) -> int:
    return sum(point.sentences for point in points)


def _ends_in_list(points: Sequence[Point]) -> bool:
    return points[-1].units[-1].kind not in ("sentence", "lead")


def _pieces(points: Sequence[Point]) -> list[Piece]:
    """The units of a paragraph, each once."""
    found: dict[tuple[int, int], Piece] = {}
    for point in points:
        for at, unit in enumerate(point.units, start=point.first):
            found.setdefault((point.number, at), Piece(point.number, at, unit))
    return list(found.values())
